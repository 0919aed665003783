"""The steps that change what is known of a customer."""

from __future__ import annotations

from typing import Any

from engine.core import calendar
from engine.core.conditions.operations import decayed
from engine.core.facts import CONTACT, Facts, Score
from engine.core.machine.flows import emit
from engine.core.machine.state import Execution
from engine.core.model import Instant
from engine.core.program import Op, ScoreSpec, ValueSpec


def set_property(execution: Execution, op: Op) -> int:
    spec = op.spec
    assert isinstance(spec, ValueSpec)
    execution.acted = True
    value = spec.values[0][1](execution, None, None)
    if isinstance(value, set):
        value = sorted(value)
    _put(execution, spec.name, value)
    execution.note(op, "done")
    return op.next


def clear_property(execution: Execution, op: Op) -> int:
    execution.acted = True
    _put(execution, op.name, None)
    execution.note(op, "done")
    return op.next


def _put(execution: Execution, name: str, value: Any) -> None:
    facts = execution.facts
    before = facts.customer.get(name)
    if value is None:
        facts.customer.pop(name, None)
    else:
        facts.customer[name] = value
    if name == "timezone":
        facts.zone = value if calendar.is_zone(value) else execution.deployment.zone
    execution.change("property", name, value, before)


def add_tag(execution: Execution, op: Op) -> int:
    execution.acted = True
    before = op.name in execution.facts.tags
    execution.facts.tags.add(op.name)
    execution.change("tag", op.name, True, before)
    execution.note(op, "done", op.name)
    return op.next


def remove_tag(execution: Execution, op: Op) -> int:
    execution.acted = True
    before = op.name in execution.facts.tags
    execution.facts.tags.discard(op.name)
    execution.change("tag", op.name, False, before)
    execution.note(op, "done", op.name)
    return op.next


def add_score(execution: Execution, op: Op) -> int:
    spec = op.spec
    assert isinstance(spec, ScoreSpec)
    name, points = spec.name, spec.points
    execution.acted = True
    add_points(execution.facts, name, points, spec.halves, execution.now)
    kept = execution.facts.scores[name]
    execution.change("score", name, kept.points)
    execution.note(op, "done", f"{points:+g} {name}")
    return op.next


def add_points(
    facts: Facts, name: str, points: float, halves: Instant | None, now: Instant
) -> None:
    """Points on top of what is left of a score at `now`."""
    kept = facts.scores.get(name)
    left = 0.0 if kept is None else decayed(kept.points, now - kept.at, halves)
    facts.scores[name] = Score(left + points, now)


def give_coupon(execution: Execution, op: Op) -> int:
    """Promise a code: it is drawn when a message that tells of it is about to go."""
    execution.acted = True
    name = op.name
    execution.memory["coupon"] = {
        "name": name,
        "step": op.id,
        "visit": execution.count("gives", op),
    }
    execution.note(op, "done", name)
    return op.next


def subscribe(execution: Execution, op: Op) -> int:
    return _consent(execution, op, given=True)


def unsubscribe(execution: Execution, op: Op) -> int:
    return _consent(execution, op, given=False)


def _consent(execution: Execution, op: Op, *, given: bool) -> int:
    execution.acted = True
    what = op.name
    execution.facts.consent[what] = given
    execution.change("consent", what, given)
    execution.note(op, "done", what)
    name = "subscribe" if given else "unsubscribe"
    emit(
        execution,
        name,
        {"channel" if what in CONTACT else "topic": what, "flow": execution.run.flow},
        op,
    )
    return op.next
