"""Goals: counted from entry, also after the run has ended, once per run.

Source: semantics, "Goals": the first match with entry < t <= end; its value is revenue, credited
once per flow, to the latest run.
"""

from __future__ import annotations

from engine.core import calendar
from engine.core.machine.state import Execution
from engine.core.model import Event, GoalReached, Instant, Occurrence, Run
from engine.core.program import Program
from engine.core.turn import Turn


def goal_end(program: Program, entered_at: Instant, zone: str) -> Instant | None:
    """When the last goal window of a run closes; None for a flow without a goal."""
    ends = (calendar.add(entered_at, *window, zone) for window in program.goal_window)
    return max(ends, default=None)


def reach_goals(work: Turn, occurrence: Occurrence, trigger: str, runs: list[Run]) -> None:
    reached: dict[str, list[Run]] = {}
    happened = occurrence.occurred_at if isinstance(occurrence, Event) else occurrence.at
    zone = work.lane.facts.zone
    news = isinstance(occurrence, Event)
    for run in runs:
        if run.goal_at is not None or run.goal_until is None or run.goal_until < happened:
            continue
        program = work.program(run)
        goals = None if program is None else program.goals.get(trigger)
        if not goals:
            continue
        # An event was found to follow already; of all else, what the entry itself caused is none.
        if not news and happened <= run.memory.get("since", run.entered_at):
            continue
        execution = Execution(work, run, at=occurrence.at, moment=occurrence.at)
        for matcher, amount, unit in goals:
            in_time = happened <= calendar.add(run.entered_at, amount, unit, zone)
            if in_time and matcher(execution, occurrence):
                reached.setdefault(run.flow, []).append(run)
                break
    for flow, winners in reached.items():
        latest = max(winners, key=lambda run: (run.entered_at, run.id))
        for run in winners:
            run.goal_at = happened
            work.changes.changed[run.id] = run
            revenue = _value(occurrence) if run is latest else 0
            work.changes.goals.append(
                GoalReached(
                    run.id, flow, run.customer, happened, trigger, revenue,
                    "holdout" in run.memory,
                )
            )  # fmt: skip


def _value(occurrence: Occurrence) -> int:
    if isinstance(occurrence, Event):
        value = occurrence.properties.get("value")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return round(value)
    return 0
