"""Who is left alone for a while, and how much may be claimed: the sender's memory of the outside.

A lane is what has a pace of its own: a channel, a receiving domain of it, a template. Whoever asked
to be left alone, or does not come back, rests for a time that grows; then one is tried, and when
that one comes back well, all go again. What is held meanwhile was not tried and counts no attempt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from engine.channels.transport import Transport, connections_of, lane_of
from engine.core.model import HOUR, MINUTE, SECOND, Instant

Kind = Literal["channel", "lane", "template"]

_FIRST: Final[Mapping[Kind, Instant]] = {
    "channel": 10 * SECOND,
    "lane": MINUTE,
    "template": 3 * SECOND,
}
_LONGEST: Final[Mapping[Kind, Instant]] = {
    "channel": 5 * MINUTE,
    "lane": HOUR,
    "template": 10 * MINUTE,
}
_AHEAD: Final = 4
"""So many messages per connection are claimed and made while others are on their way. Nothing is
known to the ledger of them, so after a crash they are ready again."""
_LEAST_AHEAD: Final = 16


class LaneKey(NamedTuple):
    """`name` is the domain, or the template; "" for a whole channel."""

    kind: Kind
    channel: str
    name: str = ""


@dataclass(slots=True)
class _Rest:
    """`times`: how often in a row. `until`: then one is tried. `silent`: nobody asked for it, one
    that is inside does not answer; when it does the rest is over.
    """

    times: int
    until: Instant
    why: str
    silent: bool


class Wanted(NamedTuple):
    """What a message would go through."""

    customer: int
    channel: str
    lane: str
    template: str

    @property
    def keys(self) -> tuple[LaneKey, LaneKey, LaneKey]:
        return (
            LaneKey("channel", self.channel),
            LaneKey("lane", self.channel, self.lane),
            LaneKey("template", self.channel, self.template),
        )


class Held(NamedTuple):
    """It is not to go before this moment, and why."""

    until: Instant
    why: str


class Lanes:
    """What is under way and who rests. Used by one thread at a time."""

    def __init__(self, transports: Mapping[str, Transport]) -> None:
        self._transports = transports
        self._most = {
            channel: (count := connections_of(one)) + max(_LEAST_AHEAD, _AHEAD * count)
            for channel, one in transports.items()
        }
        self._rests: dict[LaneKey, _Rest] = {}
        self._under_way: Counter[LaneKey] = Counter()
        self._customers: set[tuple[int, str]] = set()
        self._full: set[str] = set()

    def lane(self, channel: str, address: str) -> str:
        """The lane of an address, "" where there is no transport."""
        transport = self._transports.get(channel)
        return "" if transport is None else lane_of(transport, address)

    def room(self, channel: str) -> int:
        """How many more of a channel may be claimed."""
        most = self._most.get(channel, _LEAST_AHEAD)
        return most - self._under_way[LaneKey("channel", channel)]

    @property
    def all_room(self) -> int:
        """How many more may be claimed of all channels together."""
        return sum(max(self.room(channel), 0) for channel in self._most)

    @property
    def low(self) -> bool:
        """Whether it is worth claiming: no channel was full when it was tried last, or half of it
        has gone since.
        """
        return not self._full or any(2 * self.room(one) >= self._most[one] for one in self._full)

    def look_anew(self) -> None:
        """It is tried now."""
        self._full = {channel for channel in self._most if self.room(channel) <= 0}

    def closed(self, now: Instant) -> list[str]:
        """The channels of which nothing is to be claimed now."""
        return [
            channel
            for channel in self._most
            if self.room(channel) <= 0 or self._shut(LaneKey("channel", channel), now)
        ]

    def is_busy(self, customer: int, channel: str) -> bool:
        """Whether something of this customer and channel is on its way."""
        return (customer, channel) in self._customers

    def verdict(self, wanted: Wanted, now: Instant, *, patient: bool = True) -> Held | bool:
        """Whether it may go now: True, not yet (False), or not before a moment. Who is `patient`
        waits for those that do not answer, else they are left alone for a time, too.
        """
        if self.room(wanted.channel) <= 0:
            if wanted.channel in self._most:
                self._full.add(wanted.channel)
            return False
        if self.is_busy(wanted.customer, wanted.channel):
            return False
        for key in wanted.keys:
            rest = self._rests.get(key)
            if rest is None:
                continue
            if now < rest.until:
                left = key.kind == "channel" or (rest.silent and patient)
                return False if left else Held(rest.until, rest.why)
            if self._under_way[key]:
                return False  # one is being tried
        return True

    def begin(self, wanted: Wanted) -> None:
        """It is claimed."""
        self._customers.add((wanted.customer, wanted.channel))
        self._under_way.update(wanted.keys)

    def end(self, wanted: Wanted) -> None:
        """It is recorded."""
        self._customers.discard((wanted.customer, wanted.channel))
        for key in wanted.keys:
            self._under_way[key] -= 1
            if not self._under_way[key]:
                del self._under_way[key]

    def recount(self, wanted: Iterable[Wanted]) -> None:
        """Only these are under way, whatever was counted."""
        self._customers.clear()
        self._under_way.clear()
        for one in wanted:
            self.begin(one)

    def went_well(self, wanted: Wanted) -> None:
        """The other side answered: nobody rests any more."""
        for key in wanted.keys:
            self._rests.pop(key, None)

    def is_silent(self, key: LaneKey, now: Instant) -> None:
        """It does not answer: leave it alone until it does, or for a while."""
        self.rest(key, now, "it does not answer", silent=True)

    def rest(
        self, key: LaneKey, now: Instant, why: str, wait: Instant = 0, *, silent: bool = False
    ) -> Held:
        """Leave it alone: for `wait` milliseconds, where the other side said so."""
        before = self._rests.get(key)
        if before is not None and now < before.until and not wait:
            before.silent = before.silent and silent
            return Held(before.until, before.why)
        times = 1 if before is None else before.times + 1
        grown = min(_FIRST[key.kind] * 2 ** min(times - 1, 20), _LONGEST[key.kind])
        until = now + (min(wait, HOUR) if wait else grown)
        self._rests[key] = _Rest(times, until, why, silent)
        return Held(until, why)

    def resting(self, now: Instant) -> dict[LaneKey, Held]:
        """Who is left alone now."""
        found = self._rests.copy().items()
        return {key: Held(rest.until, rest.why) for key, rest in found if now < rest.until}

    def next_moment(self, now: Instant) -> Instant | None:
        """When the next of those is tried again whose messages stayed where they were."""
        found = [
            rest.until
            for key, rest in self._rests.items()
            if (key.kind == "channel" or rest.silent) and rest.until > now
        ]
        return min(found, default=None)

    def _shut(self, key: LaneKey, now: Instant) -> bool:
        rest = self._rests.get(key)
        return rest is not None and (now < rest.until or self._under_way[key] > 0)
