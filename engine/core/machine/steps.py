"""What each kind of step does: one row a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine.core.machine import branches, changes, flows, messages, waits
from engine.core.machine.state import Execution
from engine.core.program import Op

Take = Callable[[Execution, Op], int]
"""Takes a step of a run; answers where the run goes on, or `PARKED`."""


class Step(NamedTuple):
    """`effect`: the step does something to the customer or the world, so that a held-out run
    passes it over. Every kind says so for itself.
    """

    take: Take
    effect: bool


STEPS: dict[str, Step] = {
    "send": Step(messages.send, effect=True),
    "show": Step(messages.show, effect=True),
    "notify": Step(messages.notify, effect=True),
    "call": Step(messages.call, effect=True),
    "set": Step(changes.set_property, effect=True),
    "clear": Step(changes.clear_property, effect=True),
    "add_tag": Step(changes.add_tag, effect=True),
    "remove_tag": Step(changes.remove_tag, effect=True),
    "add_score": Step(changes.add_score, effect=True),
    "give_coupon": Step(changes.give_coupon, effect=True),
    "subscribe": Step(changes.subscribe, effect=True),
    "unsubscribe": Step(changes.unsubscribe, effect=True),
    "track": Step(flows.track, effect=True),
    "start_flow": Step(flows.start_flow, effect=True),
    "stop_flow": Step(flows.stop_flow, effect=True),
    "unreadable": Step(branches.unreadable, effect=True),
    "wait": Step(waits.wait, effect=False),
    "if": Step(branches.choose_arm, effect=False),
    "switch": Step(branches.choose_arm, effect=False),
    "experiment": Step(branches.experiment, effect=False),
    "repeat": Step(branches.repeat, effect=False),
    "again": Step(branches.again, effect=False),
    "go_to": Step(branches.go_to, effect=False),
    "exit": Step(branches.leave, effect=False),
}

TAKE: dict[str, Take] = {kind: step.take for kind, step in STEPS.items()}

EFFECTS = frozenset(kind for kind, step in STEPS.items() if step.effect)
"""What a held-out run does not do."""
