"""How much a key or an address may ask for: a bucket for each, refilled at a steady rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from math import ceil

_MOST_BUCKETS = 20_000


class Rates:
    """`per_second` events in the long run, `at_once` of them (ten seconds' worth). 0: no limit."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        at_once: float | None = None,
    ) -> None:
        self._rate = per_second
        self._most = per_second * 10 if at_once is None else at_once
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

    def wait(self, key: Hashable, events: int) -> int:
        """After how many seconds so many could be spent; nothing is."""
        if not self._rate:
            return 0
        left, since = self._buckets.get(key, (self._most, 0.0))
        left = min(self._most, left + (self._clock() - since) * self._rate)
        return 0 if left >= events else max(1, ceil((events - left) / self._rate))

    def _forget_the_full(self, now: float) -> None:
        """Addresses come and go; a bucket that is full again says nothing."""
        self._buckets = {
            key: (left, since)
            for key, (left, since) in self._buckets.items()
            if left + (now - since) * self._rate < self._most
        }


class Questions:
    """How many confirmation mails pages may start: by network address, and by key.

    Both per hour, with an hour's worth at once. 0: no limit.
    """

    def __init__(
        self,
        per_hour: float,
        per_key_per_hour: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._of_addresses = Rates(per_hour / 3600, clock, at_once=max(1.0, per_hour))
        self._of_keys = Rates(per_key_per_hour / 3600, clock, at_once=max(1.0, per_key_per_hour))

    def may_ask(self, key: int, address: str) -> bool:
        """Whether one more may be asked; it is counted if so."""
        return not self._of_addresses.spend(address, 1) and not self._of_keys.spend(key, 1)
