"""The kinds of steps: one row says all that the rest of the house must know of a kind.

`engine.core.machine.steps` says what each does; a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from dsl import tree

NodeKind = Literal[
    "entry",
    "send",
    "show",
    "notify",
    "call",
    "set",
    "clear",
    "add_tag",
    "remove_tag",
    "add_score",
    "give_coupon",
    "subscribe",
    "unsubscribe",
    "track",
    "start_flow",
    "stop_flow",
    "go_to",
    "exit",
    "go_on",
    "wait",
    "if",
    "switch",
    "experiment",
    "repeat",
    "unreadable",
    "end",
]

Family = Literal["edge", "send", "wait", "branch", "staff", "gift", "change", "unreadable", "empty"]
"""Kinds of steps that share a colour; `change`: what is known of the customer becomes another."""


class StepKind(NamedTuple):
    """`label` is the kind in words, `icon` the strokes in a field of 16 x 16. `effect`: the step
    does something to the customer or the world, so that a held-out run passes it over. `sends`: it
    names a message file. `counted`: runs remember by its id how often they took it.
    """

    kind: NodeKind
    node: type[tree.Step | tree.Flow]
    label: str
    family: Family
    icon: str
    effect: bool
    sends: bool = False
    counted: bool = False


_PENCIL = "M3 12l1-3 7-7 2 2-7 7z M3 14h10"

_PLAY = "M5 3l8 5-8 5z"
_ENVELOPE = "M2 4h12v9H2z M2 4l6 5 6-5"
_WINDOW = "M2 3h12v10H2z M2 6h12"
_PERSON = "M8 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6z M3 14c0-3 2-5 5-5s5 2 5 5"
_ARROW = "M3 8h9 M9 4l4 4-4 4"
_TAG = "M2 3h6l6 6-5 5-7-7z M5 6v.5"
_BARS = "M3 13V9 M8 13V5 M13 13V2"
_TICKET = "M2 5h12v3a1.5 1.5 0 0 0 0 3v2H2v-2a1.5 1.5 0 0 0 0-3z M10 5v8"
_PULSE = "M2 9h3l2-5 3 9 2-4h2"
_FLAG = "M3 3v10l9-5z"
_SQUARE = "M4 4h8v8H4z"
_BEND = "M3 13V8a3 3 0 0 1 3-3h7 M10 2l3 3-3 3"
_STOP = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z M6 6h4v4H6z"
_PLACE = "M5 8h6 M8 5v6"
_CLOCK = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z M8 5v3l2 2"
_DIAMOND = "M8 2l6 6-6 6-6-6z"
_FORK = "M8 2v4 M8 6L3 13 M8 6v8 M8 6l5 7"
_FLASK = "M6 2h4 M7 2v4l-4 8h10L9 6V2"
_ROUND = "M3 8a5 5 0 1 1 2 4 M3 9V13H7"
_WARNING = "M8 2l7 12H1z M8 6v4 M8 12v.5"
_TICK = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z M5 8l2 2 4-4"

_ROWS = (
    StepKind("entry", tree.Flow, "entry", "edge", _PLAY, effect=False),
    StepKind("send", tree.Send, "send", "send", _ENVELOPE, effect=True, sends=True, counted=True),
    StepKind("show", tree.Show, "show", "send", _WINDOW, effect=True, sends=True, counted=True),
    StepKind(
        "notify", tree.Notify, "notify", "staff", _PERSON, effect=True, sends=True, counted=True
    ),
    StepKind("call", tree.Call, "call", "staff", _ARROW, effect=True, counted=True),
    StepKind("set", tree.SetProperty, "set", "change", _PENCIL, effect=True),
    StepKind("clear", tree.ClearProperty, "clear", "change", _PENCIL, effect=True),
    StepKind("add_tag", tree.AddTag, "add tag", "change", _TAG, effect=True),
    StepKind("remove_tag", tree.RemoveTag, "remove tag", "change", _TAG, effect=True),
    StepKind("add_score", tree.AddScore, "add score", "change", _BARS, effect=True),
    StepKind("give_coupon", tree.GiveCoupon, "give coupon", "gift", _TICKET, effect=True),
    StepKind("subscribe", tree.Subscribe, "subscribe", "change", _PENCIL, effect=True),
    StepKind("unsubscribe", tree.Unsubscribe, "unsubscribe", "change", _PENCIL, effect=True),
    StepKind("track", tree.Track, "track", "change", _PULSE, effect=True),
    StepKind("start_flow", tree.StartFlow, "start flow", "change", _FLAG, effect=True),
    StepKind("stop_flow", tree.StopFlow, "stop flow", "change", _SQUARE, effect=True),
    StepKind("go_to", tree.GoTo, "go to", "branch", _BEND, effect=False, counted=True),
    StepKind("exit", tree.Exit, "exit", "edge", _STOP, effect=False),
    StepKind("go_on", tree.GoOn, "go on", "empty", _PLACE, effect=False),
    StepKind("wait", tree.Wait, "wait", "wait", _CLOCK, effect=False),
    StepKind("if", tree.If, "if", "branch", _DIAMOND, effect=False),
    StepKind("switch", tree.Switch, "switch", "branch", _FORK, effect=False),
    StepKind("experiment", tree.Experiment, "experiment", "branch", _FLASK, effect=False),
    StepKind("repeat", tree.Repeat, "repeat", "branch", _ROUND, effect=False, counted=True),
    StepKind("unreadable", tree.Unreadable, "unreadable", "unreadable", _WARNING, effect=True),
    StepKind("end", tree.Flow, "end", "edge", _TICK, effect=False),
)

KINDS: Mapping[str, StepKind] = MappingProxyType({row.kind: row for row in _ROWS})
"""Every kind of step; `entry` and `end` stand for the flow itself."""

_BY_NODE: dict[type, NodeKind] = {row.node: row.kind for row in _ROWS if row.node is not tree.Flow}


def kind_of(step: tree.Step) -> NodeKind:
    if isinstance(step, tree.Unreadable):
        return "unreadable"
    return _BY_NODE[type(step)]
