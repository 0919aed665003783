"""The steps that wait: until a moment, for an event, or for the customer's best time."""

from __future__ import annotations

from engine.core import draws
from engine.core.following import follows
from engine.core.machine.state import Execution, park
from engine.core.model import Event, Instant, Occurrence
from engine.core.program import NotifySpec, Op, SendSpec, WaitSpec
from engine.core.send_time import choose
from engine.core.waits import Due


def wait(execution: Execution, op: Op) -> int:
    spec = op.wait
    timing = spec.timing
    if spec.arms:
        found = _look_back(execution, spec)
        if found is not None:
            return satisfied(execution, op, *found)
    elapsed = timing.elapsed
    why = ""
    due: Instant | str
    if timing.within is not None:
        due, why = _best_time(execution, op, timing.within)
    else:
        due = (
            timing.due(execution, execution.at, not execution.acted)
            if elapsed is None
            else execution.at + elapsed
        )
    if isinstance(due, str):
        execution.note(op, "done", due)
    elif due <= execution.at:
        execution.note(op, "done", why or "the moment has come already")
    else:
        execution.note(op, "waiting", why, due)
        _heed(execution, spec)
        return park(execution, op, due)
    return op.otherwise if spec.arms else op.next


def _heed(execution: Execution, spec: WaitSpec) -> None:
    """Remember which date the wait was for."""
    follows = spec.timing.follows
    if follows is not None:
        execution.memory["awaits"] = execution.facts.customer.get(follows)


def _best_time(execution: Execution, op: Op, within: Due) -> tuple[Instant, str]:
    end = within(execution, execution.at, False)
    assert isinstance(end, int)
    quiet = (
        None
        if execution.program.transactional
        else execution.program.quiet or execution.deployment.rules.quiet
    )
    run = execution.run
    # Not by the run's number: which one it got depends on who gives numbers beside whom.
    drawn = draws.draw("best time", run.flow, op.id, run.customer, run.key, run.entered_at)
    return choose(
        execution.facts,
        execution.at,
        end,
        shop=execution.turn.ports.habits,
        quiet=quiet,
        drawn=drawn,
    )


def wait_anew(execution: Execution, op: Op, until: Instant | bool) -> int:
    """A wait that was changed while the run stood at it (`until` True), or that ends at `until`
    and saw no events meanwhile: as if it had been so, and seen everything, since it was reached.

    Where the run goes on from, `PARKED` where it waits on.
    """
    run = execution.run
    spec = op.wait
    reached = run.arrived_at
    found = _look_back(execution, spec, reached) if spec.arms else None
    if found is not None:
        return satisfied(execution, op, *found)
    due = spec.timing.due(execution, reached, False) if until is True else until
    if isinstance(due, int) and due > execution.now:
        execution.note(op, "waiting", "", due)
        _heed(execution, spec)
        return park(execution, op, due, arrived=reached)
    execution.note(op, "done", due if isinstance(due, str) else "time is up")
    moment = reached if isinstance(due, str) else max(due, reached)
    execution.late = execution.now - moment > execution.deployment.max_lateness
    return op.otherwise if spec.arms else op.next


def _look_back(
    execution: Execution, spec: WaitSpec, reached: Instant | None = None
) -> tuple[int, Event] | None:
    """The earliest event that already came since the message that it is about was sent, or since
    the wait was reached where no message went before.

    Source: semantics, "Waits". The entering event and those that ended an earlier wait of this
    run have had their effect.
    """
    memory = execution.memory
    history = execution.facts.history
    used = memory.get("used", ())
    best: tuple[Instant, int, int, Event] | None = None
    for arm, matchers in enumerate(spec.arms):
        for matcher in matchers:
            past = history.get(matcher.trigger)
            start = _sent_at(execution, matcher.of) if past else None
            if start is None and matcher.of is None:
                start = reached
            if not past or start is None:
                continue
            for event in past:
                seq = event.seq
                if (
                    event.received_at >= start
                    and event is not execution.cause
                    and seq not in used
                    and follows(execution.run, event)
                    and (event.enters or event.occurred_at >= start)
                    and matcher(execution, event)
                    and (best is None or (event.received_at, seq) < best[:2])
                ):
                    best = (event.received_at, seq, arm, event)
    return None if best is None else (best[2], best[3])


def _sent_at(execution: Execution, of: str | None) -> Instant | None:
    """The latest intent of a label or a message in this run; without one the previous send."""
    memory = execution.memory
    last: Instant | None = memory.get("last_send")
    if of is None or last is None:
        return last
    program = execution.program
    sends: dict[str, Instant] = memory.get("sends", {})
    label = program.labels.get(of)
    moments = [
        at
        for step, at in sends.items()
        # A step may be gone since, by an edit.
        if (place := program.index.get(step)) is not None
        and (place == label or (label is None and _message(program.ops[place]) == of))
    ]
    return max(moments, default=None)


def _message(op: Op) -> str | None:
    return op.spec.message if isinstance(op.spec, SendSpec | NotifySpec) else None


def satisfied(execution: Execution, op: Op, arm: int, occurrence: Occurrence) -> int:
    says = execution.program.ops[op.position].wait.arms[arm][0].says
    if isinstance(occurrence, Event):
        says = occurrence.name
        remember(execution, occurrence)
    execution.note(op, "done", says)
    return op.arms[arm]


def remember(execution: Execution, event: Event) -> None:
    """`event.x` speaks of this event from now on, and it ends no other wait of this run."""
    execution.memory["event"] = execution.event = event.properties
    execution.memory["used"] = [*execution.memory.get("used", ())[-19:], event.seq]
