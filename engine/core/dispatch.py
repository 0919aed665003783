"""One customer's lane: what happened, applied to all flows in the prescribed order.

Source: semantics, paragraph "Order": facts, goals, exits, jumps, waits, entries. The lab keeps
lanes in memory; the worker loads them for a batch, applies, and writes the `Changes` in one
transaction. What steps cause for the same customer (events they record, flows they start, segments
joined by what they set) is applied right after the occurrence that caused it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from engine.core import dates
from engine.core import membership as memberships
from engine.core.changes import Changes
from engine.core.customer import CustomerState
from engine.core.deployment import Deployment
from engine.core.entry import enter_by, enter_manually, fire
from engine.core.following import follows
from engine.core.goals import reach_goals
from engine.core.machine import moves, state
from engine.core.machine.state import Execution
from engine.core.merging import missed_of
from engine.core.model import (
    Event,
    Firing,
    Instant,
    ManualStart,
    ManualStop,
    Occurrence,
    PriceFall,
    ProductChange,
    Refresh,
    Run,
    SegmentMove,
)
from engine.core.ports import CLOSED, Ports
from engine.core.program import WaitSpec
from engine.core.projection import MERGED, keep_facts
from engine.core.reachable import REACHABLE, try_again
from engine.core.triggers import trigger_of
from engine.core.turn import Turn

__all__ = ["CustomerState", "apply", "come_in", "leave", "settle"]

MAX_CAUSED = 200
"""So many caused occurrences follow one that came from outside; flows that start each other
without end stop there."""

_NUMBERED: Final = (Event, ManualStart, ManualStop)
"""What shares one sequence: a start or stop by hand is kept among the customer's events."""


def apply(
    deployment: Deployment,
    lane: CustomerState,
    occurrences: Iterable[Occurrence],
    now: Instant,
    changes: Changes,
    new_run_id: Callable[[], int],
    new_seq: Callable[[], int],
    ports: Ports = CLOSED,
) -> None:
    """Apply occurrences, and every timer that is due at `now`, by effective time.

    At a tie events go first, then sequence. `now` is the batch's clock (not before any
    occurrence's `at`). `changes` may be shared by a whole batch of lanes. `new_run_id` and
    `new_seq` number new runs and the events that steps emit (those are applied here, too);
    sequences are positive and never used twice. Facts of the lane are kept up to date, so that a
    lane may be applied again.
    """
    work = Turn(deployment, lane, now, changes, new_run_id, new_seq, ports)
    dates.follow(work)
    for occurrence in sorted(occurrences, key=_order(deployment)):
        _wake_due(work, before=occurrence.at)
        _apply_with_causes(work, occurrence)
    _wake_due(work, before=now + 1)


def come_in(
    deployment: Deployment,
    lane: CustomerState,
    event: Event,
    now: Instant,
    changes: Changes,
    new_run_id: Callable[[], int],
    new_seq: Callable[[], int],
    ports: Ports = CLOSED,
) -> None:
    """What is left to do of an event that the facts know already and that moves no run: whoever
    enters by it does. Only for who watches no segment and is in no flow that follows a date.
    """
    work = Turn(deployment, lane, now, changes, new_run_id, new_seq, ports)
    work.may_enter = event.fresh
    enter_by(work, event, event.name)
    _apply_causes(work)
    _wake_due(work, before=now + 1)


def settle(deployment: Deployment, lane: CustomerState, now: Instant) -> None:
    """Note who is in which watched segment now, without anybody joining or leaving."""
    lane.facts.segments = memberships.evaluate(deployment, lane.facts, now)


def _order(deployment: Deployment) -> Callable[[Occurrence], tuple[Instant, int, int, str, int]]:
    """By time; at a tie events first, with what is done by hand, then products and segments, each
    by sequence; last the firings, those of more important flows before the others.
    """

    def key(one: Occurrence) -> tuple[Instant, int, int, str, int]:
        if isinstance(one, Firing):
            program = deployment.programs.get(one.flow)
            return one.at, 2, 0 if program is None else -program.priority, one.flow, one.line
        # Changes of products have a sequence of their own, which says nothing about events.
        return one.at, 0 if isinstance(one, _NUMBERED) else 1, 0, "", one.seq

    return key


def _wake_due(work: Turn, *, before: Instant) -> None:
    """Wake runs whose time comes before a moment, in its order; ties by priority, then flow.

    A wake may park the run at a moment that has come, too, so the order is found anew each time;
    the machine bounds the steps of each, and who has used up that share rests until the next
    pass.
    """
    runs, holds, yielded = work.lane.runs, work.ports.holds, work.yielded
    while True:
        due = None
        for run in runs:
            wake_at = run.wake_at
            if wake_at is None or wake_at >= before or run.id in yielded:
                continue
            if run.flow in holds:
                continue
            due = run if due is None else min(due, run, key=lambda one: _rank(work.deployment, one))
        if due is None:
            return
        assert due.wake_at is not None
        execution = Execution(work, due, at=work.now, moment=due.wake_at)
        moves.wake(execution)
        work.may_enter = True
        _apply_causes(work)


def _rank(deployment: Deployment, run: Run) -> tuple[Instant, int, str, int]:
    priority = deployment.versions[run.flow, run.version].priority
    return run.wake_at or 0, -priority, run.flow, run.id


def _apply_with_causes(work: Turn, occurrence: Occurrence) -> None:
    work.may_enter = not isinstance(occurrence, Event) or occurrence.fresh
    _apply_one(work, occurrence)
    _apply_causes(work)


def _apply_causes(work: Turn) -> None:
    queue = work.queue
    for _ in range(MAX_CAUSED):
        if work.memberships_stale:
            work.memberships_stale = False
            dates.follow(work)
            queue.extend(memberships.moves(work))
        if not queue:
            return
        _apply_one(work, queue.pop(0))
    queue.clear()


def _apply_one(work: Turn, occurrence: Occurrence) -> None:
    if isinstance(occurrence, Firing):
        fire(work, occurrence)
    elif isinstance(occurrence, ManualStart):
        enter_manually(work, occurrence)
    elif isinstance(occurrence, ManualStop):
        _stop(work, occurrence)
    elif isinstance(occurrence, Refresh):
        work.memberships_stale = True
        work.queue.extend(memberships.moves_by_edit(work, occurrence.edited))
    else:
        _happen(work, occurrence)


def _happen(work: Turn, occurrence: Event | ProductChange | PriceFall | SegmentMove) -> None:
    """Facts, goals, exits, jumps, waits, entries."""
    deployment, lane = work.deployment, work.lane
    trigger = trigger_of(occurrence)
    assert trigger is not None
    if isinstance(occurrence, Event) or trigger in deployment.scoring:
        keep_facts(work, occurrence)
    work.memberships_stale = True
    if lane.runs and trigger in deployment.moving:
        _move(work, occurrence, trigger, lane.runs)
    if isinstance(occurrence, Event) and occurrence.name == MERGED:
        for blind, missed in missed_of(occurrence):
            _move(work, missed, missed.name, [run for run in lane.runs if run.id in blind])
    if trigger in deployment.entering:
        enter_by(work, occurrence, trigger)
    elif isinstance(occurrence, Event) and occurrence.name == REACHABLE:
        try_again(work, occurrence)


def _move(work: Turn, occurrence: Occurrence, trigger: str, runs: list[Run]) -> None:
    """Goals, exits, jumps, waits: each phase looks at the runs as the phase before it left them."""
    if trigger not in work.deployment.moving:
        return
    runs = list(runs)
    if isinstance(occurrence, Event):
        runs = [run for run in runs if follows(run, occurrence)]
    reach_goals(work, occurrence, trigger, runs)
    _exit_runs(work, occurrence, trigger, runs)
    jumped = _jump_runs(work, occurrence, trigger, runs)
    _satisfy_waits(work, occurrence, trigger, [run for run in runs if run.id not in jumped])


def _exit_runs(work: Turn, occurrence: Occurrence, trigger: str, runs: list[Run]) -> None:
    for run in runs:
        if run.state == "ended" and not run.unclaimed:
            continue
        program = work.program(run)
        matchers = None if program is None else program.exits.get(trigger)
        if not matchers:
            continue
        execution = Execution(work, run, at=_at(run, occurrence), moment=occurrence.at)
        says = next((one.says for one in matchers if one(execution, occurrence)), None)
        if says is None:
            continue
        if run.state != "ended":
            state.end(execution, "event", says)
        else:
            state.cancel(execution, "event", says)


def leave(
    deployment: Deployment,
    lane: CustomerState,
    run: Run,
    now: Instant,
    changes: Changes,
    reason: str,
) -> None:
    """An `exit if` holds as a message of `run` is to be claimed: the run of this lane is over,
    with all its messages that have not gone.
    """
    work = Turn(deployment, lane, now, changes, _no_number, _no_number)
    execution = Execution(work, run, at=max(now, run.arrived_at), moment=now)
    if run.state != "ended":
        state.end(execution, "condition", reason)
    else:
        state.cancel(execution, "condition", reason, state.ended_by("condition", reason))


def _no_number() -> int:
    raise AssertionError("who leaves begins nothing")


def _jump_runs(work: Turn, occurrence: Occurrence, trigger: str, runs: list[Run]) -> set[int]:
    jumped: set[int] = set()
    for run in runs:
        if run.state == "ended" or run.flow in work.ports.holds:
            continue
        program = work.deployment.versions[run.flow, run.version]
        for matcher, target in program.jumps.get(trigger, ()):
            # It jumps ahead: who is past the label stays where they are.
            if program.ops[run.node].position >= target:
                continue
            execution = Execution(
                work, run, at=_at(run, occurrence), moment=occurrence.at, cause=occurrence
            )
            if matcher(execution, occurrence):
                moves.jump(execution, target, matcher.says)
                jumped.add(run.id)
                break
    return jumped


def _satisfy_waits(work: Turn, occurrence: Occurrence, trigger: str, runs: list[Run]) -> None:
    for run in _by_priority(work.deployment, runs):
        if run.state != "waiting" or run.flow in work.ports.holds:
            continue
        program = work.deployment.versions[run.flow, run.version]
        op = program.ops[run.node]
        spec = op.spec
        if not isinstance(spec, WaitSpec) or trigger not in spec.triggers:
            continue
        if "parked" in run.memory:
            continue
        if isinstance(occurrence, Event) and not _counts_for_wait(run, occurrence):
            continue
        execution = Execution(
            work, run, at=_at(run, occurrence), moment=occurrence.at, cause=occurrence
        )
        for arm, matchers in enumerate(spec.arms):
            if any(one.trigger == trigger and one(execution, occurrence) for one in matchers):
                moves.happen(execution, arm, occurrence)
                break


def _counts_for_wait(run: Run, event: Event) -> bool:
    """What is told late must at least have happened after the message that it may answer."""
    started: Instant = run.memory.get("last_send", run.arrived_at)
    return event.fresh or event.occurred_at >= started


def _by_priority(deployment: Deployment, runs: list[Run]) -> list[Run]:
    if len(runs) < 2:
        return runs
    return sorted(
        runs,
        key=lambda run: (-deployment.versions[run.flow, run.version].priority, run.flow, run.id),
    )


def _stop(work: Turn, stop: ManualStop) -> None:
    for run in list(work.lane.runs):
        if run.flow != stop.flow or (run.state == "ended" and not run.unclaimed):
            continue
        if work.program(run) is None:
            continue
        execution = Execution(work, run, at=_at(run, stop), moment=stop.at)
        reason = "by another flow or by hand"
        if run.state != "ended":
            state.end(execution, "stopped", reason)
        else:
            state.cancel(execution, "stopped", reason, "stopped")


def _at(run: Run, occurrence: Occurrence) -> Instant:
    """When it happens to this run: never before the run got where it stands."""
    return max(occurrence.at, run.arrived_at)
