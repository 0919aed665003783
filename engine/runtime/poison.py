"""One customer whose lane cannot be applied: find the occurrence that breaks it, set it aside.

An event that breaks is taken off the list, a run that breaks is parked (it has no `wake_at` any
more); both get a row in `failure`, which the trace shows. Everything else of the same customer
goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.core.changes import Changes
from engine.core.model import History, Instant, Occurrence
from engine.runtime.batch import Steps
from engine.store import failures, runs
from engine.store import pending as waiting
from engine.store.states import Loaded
from engine.store.writer import Transaction


def set_aside(
    steps: Steps,
    transaction: Transaction,
    customer: int,
    pending: Sequence[tuple[int, ...]],
    occurrences: Mapping[int, Sequence[Occurrence]],
    now: Instant,
) -> None:
    """Apply each occurrence of `customer` by itself, and record those that fail."""
    due = runs.due_of(transaction, customer, now)
    for event, _ in pending:
        error = _attempt(steps, transaction, customer, now, event=event)
        if error is not None:
            failures.record(transaction, customer, now, _say(error), event=event)
        waiting.done(transaction, [event])
    for occurrence in occurrences.get(customer, ()):
        error = _attempt(steps, transaction, customer, now, occurrence=occurrence)
        if error is not None:
            failures.record(transaction, customer, now, _say(error))
    for run in due:
        error = _attempt(steps, transaction, customer, now, run=run)
        if error is not None:
            _park(steps, transaction, customer, run, now, error)


def _attempt(
    steps: Steps,
    transaction: Transaction,
    customer: int,
    now: Instant,
    *,
    event: int | None = None,
    occurrence: Occurrence | None = None,
    run: int | None = None,
) -> Exception | None:
    """Apply one thing, all timers asleep but that of `run`; undo and give the error if it fails."""

    def apply() -> None:
        loaded = steps.load(transaction, [customer], now)
        happened = [] if occurrence is None else [occurrence]
        if event is not None:
            happened += steps.events(transaction, [event]).get(customer, [])
        asleep = _put_to_sleep(loaded, customer, run, now)
        changes = Changes()
        carts = steps.advance(transaction, loaded, {customer: happened}, now, changes)
        for number, wake_at in asleep.items():
            moved = changes.changed.get(number)
            if moved is not None and moved.ended_at is None and moved.wake_at is None:
                moved.wake_at = wake_at
        steps.write(transaction, changes, loaded, carts, now)

    return transaction.attempt(apply)


def _put_to_sleep(
    loaded: Loaded, customer: int, but: int | None, now: Instant
) -> dict[int, Instant]:
    asleep: dict[int, Instant] = {}
    lane = loaded.lanes.get(customer)
    for run in lane.runs if lane is not None else ():
        if run.id != but and run.wake_at is not None and run.wake_at <= now:
            asleep[run.id] = run.wake_at
            run.wake_at = None
    return asleep


def _park(
    steps: Steps,
    transaction: Transaction,
    customer: int,
    run: int,
    now: Instant,
    error: Exception,
) -> None:
    runs.park(transaction, run)
    loaded = steps.load(transaction, [customer], now)
    _, node = runs.head(transaction, run)
    changes = Changes(history=[History(run, now, node, "failed", _say(error))])
    steps.write(transaction, changes, loaded, [], now)
    runs.park(transaction, run, loaded.heads.get(run))
    failures.record(transaction, customer, now, _say(error), run=run)


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500].encode("utf-8", "replace").decode()
