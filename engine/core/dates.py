"""Dates that move: runs follow the customer's date that they wait for or were entered by.

Source: semantics, "Schedules". Looked at whenever the customer's facts may be others than before.
"""

from __future__ import annotations

from engine.core.machine import state
from engine.core.machine.state import Execution
from engine.core.model import Run
from engine.core.program import Program, WaitSpec
from engine.core.turn import Turn


def follow(work: Turn) -> None:
    """Re-time, or end, the waiting runs whose dates have moved. A send already held goes."""
    for run in list(work.lane.runs):
        if run.state != "waiting" or run.wake_at is None:
            continue
        memory = run.memory
        if "date" not in memory and "awaits" not in memory:
            continue
        program = work.program(run)
        if program is None or _every_year(program):
            continue
        if not _enters_anew(work, run, program) and "awaits" in memory:
            _retime(work, run, program)


def _every_year(program: Program) -> bool:
    """Birthdays and anniversaries come again: nobody in such a flow is re-timed."""
    return any(line.dated is not None and line.dated.yearly for line in program.schedules)


def _enters_anew(work: Turn, run: Run, program: Program) -> bool:
    """Whether the date by which the run entered has moved so far that its entry is still to come:
    then this run ends, and the new date enters at its moment.
    """
    if "date" not in run.memory:
        return False
    name, value = run.memory["date"]
    facts = work.lane.facts
    now_is = facts.customer.get(name)
    if now_is == value:
        return False
    for line in program.schedules:
        if line.dated is None or line.dated.yearly or line.dated.path != name:
            continue
        if line.next_after(facts, work.now) is not None:
            _end(work, run, "the date moved")
            return True
    run.memory["date"] = [name, now_is]
    work.changes.changed[run.id] = run
    return False


def _retime(work: Turn, run: Run, program: Program) -> None:
    spec = program.ops[run.node].spec
    if not isinstance(spec, WaitSpec) or spec.timing.follows is None:
        return
    value = work.lane.facts.customer.get(spec.timing.follows)
    if value == run.memory["awaits"]:
        return
    execution = Execution(work, run, at=work.now, moment=work.now)
    due = spec.timing.due(execution, run.arrived_at, False)
    if isinstance(due, str) or work.now - due > work.deployment.max_lateness:
        _end(work, run, "the date moved away")
        return
    run.memory["awaits"] = value
    state.retime(execution, due)
    op = program.ops[run.node]
    execution.note(op, "waiting", "the date moved", due)


def _end(work: Turn, run: Run, reason: str) -> None:
    execution = Execution(work, run, at=max(work.now, run.arrived_at), moment=work.now)
    state.end(execution, "exit", reason)
