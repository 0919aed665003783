"""The steps that reach beyond their run: events they record, flows they start and stop."""

from __future__ import annotations

from typing import Any

from engine.core.machine.state import PARKED, Execution, end
from engine.core.model import Emitted, Event, ManualStart, ManualStop, Properties
from engine.core.program import Op, ValueSpec


def emit(
    execution: Execution, name: str, properties: Properties, op: Op, other: Any = None
) -> None:
    event = Event(name, properties, execution.now, execution.now, execution.turn.new_seq())
    execution.changes.emitted.append(
        Emitted(execution.facts.id, event, other, execution.run.id, op.id)
    )
    if other is None:
        execution.turn.queue.append(event)


def tell_of(execution: Execution, name: str, properties: Properties, op: Op) -> None:
    """Emit an event of the engine's own, if any flow or condition listens to it."""
    if execution.deployment.listens(name):
        emit(execution, name, properties, op)


def track(execution: Execution, op: Op) -> int:
    spec = op.spec
    assert isinstance(spec, ValueSpec)
    execution.acted = True
    other = None
    if spec.customer is not None:
        other = spec.customer(execution, None, None)
        if other is None or not isinstance(other, str | int):
            execution.note(op, "skipped", "the customer is not known")
            return op.next
        if other in (
            execution.facts.id,
            execution.facts.customer.get("id"),
            execution.facts.customer.get("email"),
        ):
            other = None
    found = {name: value(execution, None, None) for name, value, _kind in spec.values}
    properties = {name: value for name, value in found.items() if value is not None}
    if "item" in properties and "items" not in properties:
        properties["items"] = [{"id": properties["item"]}]
    emit(execution, spec.name, properties, op, other)
    execution.note(op, "done", spec.name)
    return op.next


def start_flow(execution: Execution, op: Op) -> int:
    execution.acted = True
    execution.turn.queue.append(ManualStart(op.name, dict(execution.entry), execution.now))
    execution.note(op, "done", op.name)
    return op.next


def stop_flow(execution: Execution, op: Op) -> int:
    execution.acted = True
    execution.turn.queue.append(ManualStop(op.name, execution.now))
    execution.note(op, "done", op.name)
    if op.name == execution.run.flow:
        end(execution, "stopped", f"by {execution.run.flow}", at=op.position)
        return PARKED
    return op.next
