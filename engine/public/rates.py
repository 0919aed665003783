"""How much a key or an address may ask for: a bucket for each, refilled at a steady rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from math import ceil

_MOST_BUCKETS = 20_000


class Rates:
    """`per_second` events in the long run, ten seconds' worth of them at once. 0: no limit."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._most = per_second * 10
        self._clock = clock
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def spend(self, key: Hashable, events: int) -> int:
        """Take `events` from a key's bucket: 0 if it may send them, else after how many seconds.

        A batch that is larger than the whole bucket passes when the bucket is full.
        """
        if not self._rate:
            return 0
        now = self._clock()
        if len(self._buckets) > _MOST_BUCKETS:
            self._forget_the_full(now)
        left, since = self._buckets.get(key, (self._most, now))
        left = min(self._most, left + (now - since) * self._rate)
        wanted = min(float(events), self._most)
        if left < wanted:
            self._buckets[key] = (left, now)
            return max(1, ceil((wanted - left) / self._rate))
        self._buckets[key] = (left - wanted, now)
        return 0

    def _forget_the_full(self, now: float) -> None:
        """Addresses come and go; a bucket that is full again says nothing."""
        self._buckets = {
            key: (left, since)
            for key, (left, since) in self._buckets.items()
            if left + (now - since) * self._rate < self._most
        }
