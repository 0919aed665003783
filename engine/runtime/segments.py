"""Looking at whole segments: what time alone, the catalogue or a first publish does to them.

Customers whom an event touches are looked at in their own lane, at once. Here each segment's
conditions are asked of all customers as one query, and the answer is compared with who was inside.
Where a flow watches the segment, the customers who differ go through their lanes, which decide for
themselves; elsewhere the difference is written down. Reading keeps nobody from writing, and the
writing comes in pieces of at most a fifth of a second.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from engine.core.deployment import Deployment
from engine.core.model import Instant, Refresh
from engine.publishing.live import Live
from engine.runtime.worker import LOCK_SECONDS, Worker
from engine.segments.members import Inside
from engine.store import customers as people
from engine.store import generations
from engine.store import segments as memberships
from engine.store.database import Database, Reader
from engine.store.segments import Move
from engine.store.writer import Transaction

SHARE: Final = 20
"""Looking takes at most one part in so many of the time."""
_SMALLEST, _FIRST, _LARGEST = 50, 500, 5_000


class Difference(NamedTuple):
    """Customers who are in a segment and were not, or the other way round."""

    segment: str
    joined: bool
    customers: list[int]


class Refreshing:
    """Looks at segments as a whole. Any one thread at a time."""

    def __init__(self, live: Live, database: Database, worker: Worker, interval: Instant) -> None:
        self.interval = interval
        self._live = live
        self._database = database
        self._worker = worker
        self._inside = Inside(live.suppressions, database)
        self._size = _FIRST
        self._looked_at: Instant | None = None
        self._rest_until = 0.0
        self._stopping = False

    def stop(self) -> None:
        """End after the piece that is being done; the next look finds the rest."""
        self._stopping = True

    def settle(self) -> int:
        """Look for the first time at what was declared or edited; give how many differed.

        Whoever is inside of a new segment has not joined it. What an edit moves is a joining or
        leaving that enters no flow.
        """
        unsettled = self._live.deployment.unsettled
        return self.look(unsettled) if unsettled else 0

    def refresh_if_due(self) -> int:
        """Look at all segments when the last look is long enough ago."""
        deployment, now = self._live.deployment, self._live.clock.now()
        if not deployment.blocks or 0 <= now - self.looked_at() < self.interval:
            return 0
        return self._refresh_all(deployment, now)

    def refresh_within_share(self) -> int:
        """The same for a job that goes on for ever: large shops are looked at less often."""
        started = time.perf_counter()
        if started < self._rest_until:
            return 0
        moved = self.refresh_if_due()
        ended = time.perf_counter()
        self._rest_until = ended + (SHARE - 1) * (ended - started)
        return moved

    def looked_at(self) -> Instant:
        """When all segments were last looked at, 0 for never."""
        if self._looked_at is None:
            self._looked_at = self._database.writer.run(memberships.looked_at)
        return self._looked_at

    def _refresh_all(self, deployment: Deployment, now: Instant) -> int:
        moved = self.look(deployment.blocks.keys())
        self._looked_at = now
        return moved

    def look(self, segments: Collection[str]) -> int:
        """Bring these segments up to date; give how many memberships were others than thought."""
        deployment, now = self._live.deployment, self._live.clock.now()
        differences: list[Difference] = []
        with self._database.reader() as reader:
            for name in sorted(segments):
                if self._stopping:
                    return 0
                differences += self._differences(reader, deployment, name, now)
        edited = tuple(
            sorted(
                name
                for name in deployment.unsettled & deployment.triggering
                if name in segments and self._state(name) == "edited"
            )
        )
        lanes: set[int] = set()
        for one in differences:
            if one.segment in deployment.watched or one.segment in edited:
                lanes.update(one.customers)
            else:
                self._note(deployment, one)
        self._through_lanes(deployment, sorted(lanes), edited)
        if not self._stopping:
            self._database.writer.run(lambda tx: self._settled(tx, deployment, segments, now))
        return sum(len(one.customers) for one in differences)

    def _state(self, segment: str) -> str | None:
        return self._database.writer.run(lambda tx: memberships.state(tx, segment))

    def _differences(
        self, reader: Reader, deployment: Deployment, segment: str, now: Instant
    ) -> list[Difference]:
        inside = self._inside.query(reader, deployment, segment, now)
        rows = memberships.differing(reader, segment, inside.sql, inside.values)
        joined = sorted(customer for customer, is_in in rows if is_in)
        left = sorted(customer for customer, is_in in rows if not is_in)
        return [
            Difference(segment, is_in, customers)
            for is_in, customers in ((True, joined), (False, left))
            if customers
        ]

    def _through_lanes(
        self, deployment: Deployment, customers: Sequence[int], edited: tuple[str, ...]
    ) -> None:
        def piece(transaction: Transaction, some: Sequence[int]) -> None:
            now = self._live.clock.now()
            if self._live.deployment is deployment:
                refresh = Refresh(now, 0, edited)
                self._worker.touch(transaction, {each: [refresh] for each in some}, now)

        for some in self._pieces(customers):
            self._database.writer.run(lambda tx: piece(tx, some))  # noqa: B023 - run waits

    def _note(self, deployment: Deployment, difference: Difference) -> None:
        """Write down what no flow waits for."""
        segment, joined, customers = difference

        def piece(transaction: Transaction, some: Sequence[int]) -> None:
            if self._live.deployment is not deployment:
                return
            now = self._live.clock.now()
            found = memberships.state(transaction, segment) == "new"
            there = some
            if joined:
                there = people.standing(transaction, some)
            moves = [Move(each, segment, joined, now, found) for each in there]
            memberships.record(transaction, moves)

        for some in self._pieces(customers):
            self._database.writer.run(lambda tx: piece(tx, some))  # noqa: B023 - run waits

    def _pieces(self, customers: Sequence[int]) -> Iterator[Sequence[int]]:
        """So many at a time that a piece takes about half of what it may."""
        place = 0
        while place < len(customers) and not self._stopping:
            some = customers[place : place + self._size]
            place += len(some)
            started = time.perf_counter()
            yield some
            seconds = time.perf_counter() - started
            if len(some) == self._size or seconds > LOCK_SECONDS:
                wanted = int(len(some) * LOCK_SECONDS / 2 / max(seconds, 1e-4))
                self._size = max(_SMALLEST, min(wanted, self._size * 2, _LARGEST))

    def _settled(
        self,
        transaction: Transaction,
        deployment: Deployment,
        segments: Collection[str],
        now: Instant,
    ) -> None:
        if self._live.deployment is not deployment:
            return
        memberships.settle(transaction, sorted(segments), now)
        if deployment.unsettled & set(segments):
            generations.begin_next(transaction)
            left = deployment.unsettled - set(segments)
            self._live.deployment = deployment.leaving_unsettled(left)
