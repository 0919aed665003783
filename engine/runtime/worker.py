"""The worker: takes new events and due runs, moves them, and commits everything at once.

A batch is a set of customers: those of the oldest pending events and of the runs that are due
longest. For each of them everything that waits is applied, in the prescribed order, so a batch
never splits a customer's order. State, history, intents and the events taken off the list stand
in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from engine.core.changes import Changes
from engine.core.model import Instant, Occurrence
from engine.logs import logger
from engine.publishing.live import Live
from engine.runtime import choosing
from engine.runtime.batch import Steps, earliest
from engine.runtime.poison import set_aside
from engine.runtime.straight import TOGETHER, Straight
from engine.store import pending as waiting
from engine.store import runs
from engine.store.carts import know_carts, told_late
from engine.store.orders import know_orders
from engine.store.writer import Transaction, no_collection

SMALLEST: Final = 250
FIRST: Final = 1_000
LARGEST: Final = 20_000
LOCK_SECONDS: Final = 0.2
"""How long a batch may keep others from writing."""
LONGEST_SECONDS: Final = 1.5
"""How long a batch may take where nobody waits: a server that is asked to end ends after it."""

_log = logger(__name__)


class Batch(NamedTuple):
    """What one batch did. `full` says that there is probably more."""

    events: int
    due: int
    full: bool

    @property
    def idle(self) -> bool:
        return not self.events and not self.due


class Pace:
    """How large the next batch may be: it grows with the backlog, and shrinks when others wait."""

    def __init__(self) -> None:
        self.size = FIRST

    def after(self, seconds: float, *, full: bool, others_waited: bool) -> None:
        if others_waited and seconds > LOCK_SECONDS:
            self.size = max(SMALLEST, int(self.size * LOCK_SECONDS / seconds))
        elif seconds > LONGEST_SECONDS:
            self.size = max(SMALLEST, int(self.size * LONGEST_SECONDS / seconds))
        elif (
            full
            and 2 * seconds < LONGEST_SECONDS
            and (not others_waited or seconds < LOCK_SECONDS / 2)
        ):
            self.size = min(LARGEST, self.size * 2)

    def lost(self) -> None:
        """A batch has come to nothing: the next one is a small one."""
        self.size = SMALLEST


class Worker:
    """Moves customers. Every method runs inside the writer's thread."""

    def __init__(self, live: Live, find: Callable[[Transaction, str | int], int | None]) -> None:
        """`find` tells the customer's id for a user id, an e-mail address or an id."""
        self._live = live
        self.steps = Steps(live, find)
        self._straight = Straight(live)
        self.passed: Callable[[Iterable[tuple[str, str]]], None] | None = None
        """Told of each step that a run has passed, before it is committed: outcome, detail."""

    def batch(
        self, transaction: Transaction, size: int = FIRST, shards: Collection[int] | None = None
    ) -> Batch:
        """Apply what is pending or due, for about `size` events and `size` runs, of the customers
        in these shards (None: all).
        """
        now = self._live.clock.now()
        self._live.choices = choosing.look(transaction, self._live, now)
        pending = waiting.oldest(transaction, size, shards)
        due = self._due(transaction, now, size, shards)
        if not pending and not due:
            return Batch(0, 0, full=False)
        customers = {customer for _, customer in pending}
        customers.update(customer for customer, _ in due)
        if len(pending) == size:
            pending = waiting.of(transaction, customers)
        batch = Batch(len(pending), len(due), full=len(pending) >= size or len(due) >= size)
        plain = transaction.attempt(lambda: self._straight.take(transaction, due, pending, now))
        if isinstance(plain, Exception):
            # Whoever breaks it breaks it again, alone, and is set aside.
            _log.warning("no plain turns", error=type(plain).__name__)
        elif plain.customers:
            customers -= plain.customers
            if self.passed is not None:
                self.passed((outcome, "") for outcome in plain.outcomes)
            pending = [row for row in pending if row[1] in customers]
        if customers:
            self.apply(transaction, customers, pending, {}, now)
        return batch

    def anything(self, transaction: Transaction) -> bool:
        """Whether anything is pending or due, whoever may be at work on it."""
        now = self._live.clock.now()
        return bool(waiting.oldest(transaction, 1) or self._due(transaction, now, 1, None))

    def _due(
        self, transaction: Transaction, now: Instant, size: int, shards: Collection[int] | None
    ) -> list[tuple[int, ...]]:
        held = [self._live.flows.number(transaction, flow) for flow in self._live.holds]
        return runs.due(transaction, now, size, held, shards)

    def touch(
        self,
        transaction: Transaction,
        occurrences: Mapping[int, Sequence[Occurrence]],
        now: Instant,
    ) -> None:
        """Apply occurrences that are no stored events (a schedule's firing, a start by hand).

        What the customers have pending is applied with them, in order.
        """
        self._live.choices = choosing.look(transaction, self._live, now)
        pending = waiting.of(transaction, occurrences.keys())
        self.apply(transaction, occurrences.keys(), pending, occurrences, now)

    def apply(
        self,
        transaction: Transaction,
        customers: Collection[int],
        pending: Sequence[tuple[int, ...]],
        occurrences: Mapping[int, Sequence[Occurrence]],
        now: Instant,
    ) -> None:
        """Apply to these customers; whoever cannot be applied is set aside, alone."""
        error = transaction.attempt(
            lambda: self._apply(transaction, customers, pending, occurrences, now)
        )
        if error is None:
            return
        if len(customers) > 1:
            self._halve(transaction, customers, pending, occurrences, now)
        else:
            (customer,) = customers
            # Without a trace of values: a log is no place for what people told a shop.
            _log.error("set aside", customer=customer, error=type(error).__name__)
            set_aside(self.steps, transaction, customer, pending, occurrences, now)

    def _halve(
        self,
        transaction: Transaction,
        customers: Collection[int],
        pending: Sequence[tuple[int, ...]],
        occurrences: Mapping[int, Sequence[Occurrence]],
        now: Instant,
    ) -> None:
        ordered = sorted(customers)
        middle = len(ordered) // 2
        for half in (set(ordered[:middle]), set(ordered[middle:])):
            theirs = [row for row in pending if row[1] in half]
            self.apply(transaction, half, theirs, occurrences, now)

    def _apply(
        self,
        transaction: Transaction,
        customers: Collection[int],
        pending: Sequence[tuple[int, ...]],
        occurrences: Mapping[int, Sequence[Occurrence]],
        now: Instant,
    ) -> None:
        """Apply in the order of the customers, some at a time."""
        ordered = sorted(customers)
        rows: dict[int, list[tuple[int, ...]]] = {}
        for row in pending:
            rows.setdefault(row[1], []).append(row)
        with no_collection():
            for begin in range(0, len(ordered), TOGETHER):
                some = ordered[begin : begin + TOGETHER]
                theirs = [row for one in some for row in rows.get(one, ())]
                self._apply_some(transaction, some, theirs, occurrences, now)

    def _apply_some(
        self,
        transaction: Transaction,
        customers: Sequence[int],
        pending: Sequence[tuple[int, ...]],
        occurrences: Mapping[int, Sequence[Occurrence]],
        now: Instant,
    ) -> None:
        happened = self.steps.events(transaction, [row[0] for row in pending])
        # An order that is told days late may reach a goal whose time has been over since.
        loaded = self.steps.load(transaction, customers, now, earliest(happened))
        told: dict[int, list[Occurrence]] = {who: list(each) for who, each in happened.items()}
        for customer in customers:
            if more := occurrences.get(customer):
                told.setdefault(customer, []).extend(more)
        know_carts(transaction, loaded.lanes, told_late(loaded.lanes, told))
        know_orders(transaction, loaded.lanes, told)
        changes = Changes()
        carts = self.steps.advance(transaction, loaded, told, now, changes)
        self.steps.write(transaction, changes, loaded, carts, now)
        if self.passed is not None:
            self.passed((row.outcome, row.detail) for row in changes.history)
        if pending:
            waiting.done(transaction, [row[0] for row in pending])
