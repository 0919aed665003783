"""What each kind of step does: a row for each of `dsl.graph.kinds`, and for the end of a loop."""

from __future__ import annotations

from collections.abc import Callable

from dsl.graph.kinds import KINDS
from engine.core.machine import branches, changes, flows, messages, waits
from engine.core.machine.state import Execution
from engine.core.program import Op

Take = Callable[[Execution, Op], int]
"""Takes a step of a run; answers where the run goes on, or `PARKED`."""


STEPS: dict[str, Take] = {
    "send": messages.send,
    "show": messages.show,
    "notify": messages.notify,
    "call": messages.call,
    "set": changes.set_property,
    "clear": changes.clear_property,
    "add_tag": changes.add_tag,
    "remove_tag": changes.remove_tag,
    "add_score": changes.add_score,
    "give_coupon": changes.give_coupon,
    "subscribe": changes.subscribe,
    "unsubscribe": changes.unsubscribe,
    "track": flows.track,
    "start_flow": flows.start_flow,
    "stop_flow": flows.stop_flow,
    "unreadable": branches.unreadable,
    "wait": waits.wait,
    "if": branches.choose_arm,
    "switch": branches.choose_arm,
    "experiment": branches.experiment,
    "repeat": branches.repeat,
    "again": branches.again,
    "go_to": branches.go_to,
    "exit": branches.leave,
    "go_on": branches.go_on,
}

EFFECTS = frozenset(kind for kind, row in KINDS.items() if row.effect)
"""What a held-out run does not do."""
