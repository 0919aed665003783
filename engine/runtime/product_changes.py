"""Product changes reach the customers whom the flows mean.

Every write of a product's price or stock is a row of its history. A cursor follows those rows; each
change that can enter a flow, or move a run, is applied to one customer after another, in pieces of
work that note how far they came in the same transaction. So each customer has each change once,
whatever ends the process in between. A second cursor follows the same rows ten minutes behind, for
prices that have stood so long.
"""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from engine.core.conditions.scope import Scope
from engine.core.facts import Facts
from engine.core.model import Instant, Occurrence, PriceFall, ProductChange
from engine.core.triggers import PRODUCT, Matcher
from engine.publishing.live import Live
from engine.runtime.worker import LOCK_SECONDS, Worker
from engine.store import cursors, customers, interests, price_history, products
from engine.store.writer import Transaction, Writer

CHUNK: Final = 1_000
CURSOR: Final = "products"
_REACHED: Final = "products:customer"
PRICES: Final = "prices"
_PRICES_REACHED: Final = "prices:customer"
_NOBODY: Final = 0


class _Meant(NamedTuple):
    """Whom a change may concern: those who did one of `events` about it (None: anybody), and who
    stands in a run of one of `flows` about it.
    """

    events: frozenset[str] | None
    flows: frozenset[str]

    @property
    def nobody(self) -> bool:
        return self.events is not None and not self.events and not self.flows


class Spreading:
    """`tick` runs in any one thread at a time; every piece of it is one of the writer's."""

    def __init__(self, live: Live, writer: Writer, worker: Worker) -> None:
        self._live = live
        self._writer = writer
        self._worker = worker
        self._stopping = False
        writer.run(self._begin)

    def stop(self) -> None:
        """End after the piece that is being done; the next server goes on from there."""
        self._stopping = True

    def tick(self) -> int:
        """Spread all changes that are stored; give the number of pieces of work with effect."""
        names = self._asked_about()
        while not self._stopping and self._writer.run(lambda tx: interests.follow(tx, names)):
            pass
        while not self._stopping and self._writer.run(self._follow_runs):
            pass
        pieces = 0
        while not self._stopping and self._writer.run(self._piece):
            pieces += 1
        return pieces

    @staticmethod
    def _begin(transaction: Transaction) -> None:
        """What changed before anybody looked is not news."""
        newest = products.newest_change(transaction)
        cursors.begin(transaction, CURSOR, newest)
        cursors.begin(transaction, PRICES, newest)

    def next_moment(self, transaction: Transaction) -> Instant | None:
        """When the next price will have stood long enough to be looked at."""
        return price_history.next_judged(
            transaction, cursors.positions(transaction, [PRICES])[PRICES]
        )

    def _entries(self) -> list[tuple[Matcher, frozenset[str] | None]]:
        return [
            (entry.matcher, entry.interest)
            for program in self._live.deployment.entering.get(PRODUCT, ())
            for entry in program.entries[PRODUCT]
        ]

    def _asked_about(self) -> frozenset[str]:
        return frozenset().union(*(names for _, names in self._entries() if names is not None))

    def _follow_runs(self, transaction: Transaction) -> bool:
        """Look at a piece of the runs that products can move."""
        flows = {
            program.flow: self._live.flows.number(transaction, program.flow)
            for program in self._live.deployment.versions.values()
            if program.moved_by_products()
        }
        return interests.follow_runs(transaction, flows)

    # --- pieces ---------------------------------------------------------------------------

    def _piece(self, transaction: Transaction) -> bool:
        """Go on where the last piece stopped, for a moment; False when all is spread."""
        until = time.perf_counter() + LOCK_SECONDS / 2
        some = False
        while not some or time.perf_counter() < until:
            if not self._step(transaction):
                return some
            some = True
        return True

    def _step(self, transaction: Transaction) -> bool:
        """Spread the oldest change, or price that has stood, to the next customers."""
        at = cursors.positions(transaction, (CURSOR, _REACHED, PRICES, _PRICES_REACHED))
        change = products.next_change(transaction, at[CURSOR])
        price = price_history.next_price(transaction, at[PRICES], self._live.clock.now())
        if price is not None and (change is None or price.at <= change.at):
            last = None
            if price.fall is not None:
                last = self._spread(transaction, price.fall, at[_PRICES_REACHED])
            self._reach(transaction, (PRICES, _PRICES_REACHED), price.seq, last)
        elif change is not None:
            last = self._spread(transaction, change, at[_REACHED])
            self._reach(transaction, (CURSOR, _REACHED), change.seq, last)
        else:
            return False
        return True

    @staticmethod
    def _reach(
        transaction: Transaction, names: tuple[str, str], seq: int, last: int | None
    ) -> None:
        """Note up to which customer a change has come; None when it came to all."""
        whole, part = names
        reached = {whole: seq, part: _NOBODY} if last is None else {part: last}
        cursors.move(transaction, reached)

    def _spread(
        self, transaction: Transaction, change: ProductChange | PriceFall, after: int
    ) -> int | None:
        """Apply a change to the next customers; the last of them, None when it was all."""
        meant = self._meant(change)
        if meant.nobody:
            return None
        meant_now, last = self._customers(
            transaction, products.family(transaction, change.product), meant, after
        )
        if meant_now:
            occurrences: dict[int, list[Occurrence]] = {one: [change] for one in meant_now}
            self._worker.touch(transaction, occurrences, self._live.clock.now())
        return last

    def _meant(self, change: ProductChange | PriceFall) -> _Meant:
        deployment = self._live.deployment
        # Whether a price fell or stock came back is the same for everybody.
        scope = Scope(Facts(_NOBODY, deployment.zone), change.at)
        asked = [names for matcher, names in self._entries() if matcher(scope, change)]
        events: frozenset[str] | None = frozenset()
        for names in asked:
            events = None if names is None or events is None else events | names
        flows = frozenset(
            program.flow
            for program in deployment.versions.values()
            if any(matcher(scope, change) for matcher in program.moved_by_products())
        )
        return _Meant(events, flows)

    def _customers(
        self, transaction: Transaction, family: list[str], meant: _Meant, after: int
    ) -> tuple[list[int], int | None]:
        """The next whom a change may concern, and up to whom they were looked for: None for all."""
        if meant.events is None:
            found = customers.numbers(transaction, after, CHUNK)
            return found, found[-1] if len(found) == CHUNK else None
        did: set[int] = set()
        if meant.events:
            did.update(interests.interested(transaction, family, meant.events, after, CHUNK))
        inside: set[int] = set()
        if meant.flows:
            while self._follow_runs(transaction):  # who entered by the change before this one
                pass
            flows = {one: self._live.flows.number(transaction, one) for one in meant.flows}
            inside.update(interests.inside(transaction, family, flows, after, CHUNK))
        found = sorted(did | inside)[:CHUNK]
        last = found[-1] if len(found) == CHUNK else None
        if others := inside.difference(did).intersection(found):
            now = self._live.clock.now()
            others -= interests.standing(transaction, others, family, flows, now)
        return [one for one in found if one not in others], last
