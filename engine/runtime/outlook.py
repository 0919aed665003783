"""When segments must be looked at, for whoever turns a clock forward and visits each due moment.

The moments at which time alone may move somebody come from the conditions: the durations in them,
laid onto the events that they speak of. A running server needs none of this, it looks at its
segments every few minutes.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection
from datetime import datetime, time
from typing import Final

from engine.core.calendar import ELAPSED, instant
from engine.core.conditions.boundaries import Boundaries, boundaries
from engine.core.deployment import Deployment
from engine.core.model import DAY, HOUR, Instant
from engine.publishing.live import Live
from engine.store import events
from engine.store import zones as zones_of
from engine.store.writer import Transaction

MOST: Final = 500
"""So many exact moments are visited on one way forward; after them, looks keep their distance."""


class Outlook:
    """The moments up to `until` at which watched segments may change by time alone, and one a day
    at which all are looked at.
    """

    def __init__(self, live: Live, interval: Instant, until: Instant) -> None:
        self._live = live
        self._until = until
        self._looked = live.clock.now()
        self._daily = self._looked + DAY
        self._apart = max(interval, (until - self._looked) // MOST)
        self._looks = 0
        self._shop: Deployment | None = None
        self._watch: Boundaries | None = None
        self._moments: list[Instant] = []
        self._event = 0

    def look(self, at: Instant) -> Collection[str]:
        """The segments to look at now that it is `at`; taken for done."""
        self._looked = at
        self._looks += 1
        deployment = self._live.deployment
        if at < self._daily:
            return deployment.triggering
        self._daily = at + DAY
        return deployment.blocks.keys()

    def next_moment(self, transaction: Transaction) -> Instant | None:
        """The next moment to look at segments; None for none up to the end."""
        at = self._next_watched(transaction)
        if self._live.deployment.blocks and self._daily <= self._until:
            at = self._daily if at is None else min(at, self._daily)
        return at

    def _next_watched(self, transaction: Transaction) -> Instant | None:
        deployment = self._live.deployment
        if deployment is not self._shop:
            self._begin(transaction, deployment)
        watch = self._watch
        if watch is None:
            return None
        self._read_on(transaction, watch)
        while self._moments and self._moments[0] <= self._looked:
            heapq.heappop(self._moments)
        candidates = self._moments[:1]
        if watch.scores or watch.drifting:
            candidates.append(self._looked - self._looked % HOUR + HOUR)
        if not candidates:
            return None
        at = min(candidates)
        if self._looks >= MOST:
            at = max(at, self._looked + self._apart)
        return at if at <= self._until else None

    def _begin(self, transaction: Transaction, deployment: Deployment) -> None:
        self._shop = deployment
        dates = [name for name, kind in deployment.types.customer.items() if kind == "date"]
        self._watch = watch = boundaries(deployment.blocks, set(deployment.triggering), dates)
        self._moments, self._event = [], 0
        if watch is None or not watch.moments:
            return
        zones = {None, *zones_of.in_use(transaction)}
        for literal in watch.moments:
            value = literal.value
            local = value if isinstance(value, datetime) else datetime.combine(value, time())
            for zone in {zone or deployment.zone for zone in zones}:
                self._expect(instant(local, zone))

    def _read_on(self, transaction: Transaction, watch: Boundaries) -> None:
        """Lay the durations onto the events that have come since."""
        spans = {round(amount * ELAPSED[unit]) for amount, unit in watch.spans if amount > 0}
        if not spans or not watch.events:
            return
        # What is younger than an event needs no look of its own: its lane has had one.
        since = self._looked - max(spans)
        rows = events.moments(transaction, self._event, since, watch.events)
        for number, occurred_at in rows:
            self._event = max(self._event, number)
            for span in spans:
                self._expect(occurred_at + span)

    def _expect(self, moment: Instant) -> None:
        # At the moment itself `in last` ends, right behind it `time since` is longer.
        if self._looked < moment + 1 <= self._until:
            heapq.heappush(self._moments, moment + 1)
