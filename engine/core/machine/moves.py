"""The five moves of a run. See `state.TRANSITIONS` for what may follow what.

To walk is to take steps until one parks or ends the run. Pure: time, facts and draws come in;
what goes out is in `Changes`. The run and the facts that are handed in belong to the caller and
are brought up to date.
"""

from __future__ import annotations

from engine.core.machine.state import PARKED, Execution, IllegalMove, end, make, yield_at
from engine.core.machine.steps import EFFECTS, STEPS
from engine.core.machine.waits import remember, satisfied, wait_anew
from engine.core.model import Event, Occurrence

MAX_STEPS = 1_000
"""Steps of one run in one go. Then it is parked, due at once, so that nobody starves."""


def enter(execution: Execution) -> None:
    """A new run takes its first steps."""
    make(execution, "enter")
    execution.changes.entered.append(execution.run)
    first = execution.program.ops[0]
    execution.note(first, "entered", "held out" if execution.held_out else "")
    _walk(execution, first.next)


def wake(execution: Execution) -> None:
    """The time that the run waited for, or the end of quiet hours, has come."""
    make(execution, "wake")
    run, memory = execution.run, execution.memory
    op = execution.program.ops[run.node]
    if memory.pop("parked", False) or run.state == "held" or op.kind != "wait":
        _walk(execution, run.node)
        return
    memory.pop("awaits", None)
    retime = memory.pop("retime", None)
    if retime is not None:
        _walk(execution, wait_anew(execution, op, retime))
    elif op.wait.arms:
        execution.note(op, "done", "time is up")
        _walk(execution, op.otherwise)
    else:
        _walk(execution, op.next)


def happen(execution: Execution, arm: int, occurrence: Occurrence) -> None:
    """What the run waited for happened."""
    run = execution.run
    op = execution.program.ops[run.node]
    if op.kind != "wait" or arm >= len(op.arms):
        raise IllegalMove(f"run {run.id} waits for nothing of the kind")
    make(execution, "happen")
    _settle(execution)
    _walk(execution, satisfied(execution, op, arm, occurrence))


def jump(execution: Execution, target: int, says: str) -> None:
    """`go to LABEL when HAPPENING`: on from the step at `target`."""
    make(execution, "jump")
    ops = execution.program.ops
    _settle(execution)
    if isinstance(execution.cause, Event):
        remember(execution, execution.cause)
    execution.note(ops[execution.run.node], "moved", f"{says}: on to {ops[target].id}")
    _walk(execution, target)


def _settle(execution: Execution) -> None:
    """What was still to be done at the next wake is overtaken."""
    execution.memory.pop("parked", None)
    execution.memory.pop("retime", None)
    execution.memory.pop("held", None)
    execution.memory.pop("awaits", None)


def _walk(execution: Execution, place: int) -> None:
    """Take steps from `place` until one parks or ends the run."""
    program = execution.program
    ops, exit_ifs = program.ops, program.exit_ifs
    steps = STEPS
    for _ in range(MAX_STEPS):
        if place == PARKED:
            return
        op = ops[place]
        kind = op.kind
        if kind == "end":
            end(execution, "finished", at=place)
            return
        for test, line in exit_ifs:
            if test(execution, None, None):
                end(execution, "condition", f"the condition on line {line} holds", at=place)
                return
        if execution.held_out and kind in EFFECTS:
            execution.note(op, "skipped", "holdout")
            place = op.next
            continue
        place = steps[kind](execution, op)
    if place != PARKED:
        yield_at(execution, place)
