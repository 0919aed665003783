"""What files brought later than it happened: taken as known when it happened.

A shop that is new here imports its past. Told as it came, a backtest of the time before had nobody
in it. As if known then: an event that was told later counts at its own moment and enters flows;
agreements, properties and blocked addresses without a time of their own stood from the beginning;
a person was there since they first did anything.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from engine.backtest.person import Person
from engine.core.changes import Changes
from engine.core.deployment import Deployment
from engine.core.model import DAY, MINUTE, Event, Instant
from engine.core.orders import COUNTED, ORDER_EVENTS, order_key
from engine.core.projection import keep_facts
from engine.core.turn import Turn
from engine.store import events, past
from engine.store.rows import Rows

_KINDS: Final = ("customers", "orders", "events", "suppressions")
_SOURCE: Final = "import of "
BEGINNING: Final[Instant] = 0
_TOTALS: Final = ("orders", "total_spent", "last_order_at", "first_order_at")


class Imports:
    """When files were imported. `as_if_known`: what they brought is taken as known before."""

    def __init__(self, rows: Rows, *, as_if_known: bool = False) -> None:
        self.as_if_known = as_if_known
        spans = past.imports(rows, _KINDS)
        self._begins: list[Instant] = []
        self._ends: list[Instant] = []
        for begin, end in spans:
            if self._ends and begin <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._begins.append(begin)
                self._ends.append(end)
        self._first = events.first_receipt(rows)

    def after(self, at: Instant) -> bool:
        """Whether anything was imported after a moment."""
        return bool(self._ends) and self._ends[-1] >= at

    def are_all_before(self, since: Instant) -> bool:
        """Whether the shop knew nothing yet at a moment, and what it knows of it was imported."""
        return bool(self._ends) and (self._first is None or since < self._first)

    def brought(self, at: Instant, source: str | None = None) -> bool:
        """Whether something of this moment came by a file, and is taken as known before."""
        if not self.as_if_known or (source is not None and not source.startswith(_SOURCE)):
            return False
        place = bisect_right(self._begins, at)
        return place > 0 and at <= self._ends[place - 1]


def told_later(name: str, occurred_at: Instant, received_at: Instant, enters: object) -> bool:
    """Whether an event was told as part of the past."""
    late = received_at - occurred_at
    return not enters and not name.startswith("$") and late > MINUTE


def let_know(person: Person, since: Instant, deployment: Deployment, *, brought: bool) -> None:
    """Put a person's events, those of before and those of the period, where they happened, and
    count totals, carts and scores again. `brought`: the person came by a file.
    """
    facts = person.lane.facts
    told = [*(one for many in facts.history.values() for one in many), *person.events]
    later = [one for one in told if told_later(*_moments(one))]
    person.came = _came(person, later, brought=brought)
    person.imported = brought or bool(later)
    if not later:
        return
    live = {
        order_key(one.properties)
        for one in told
        if one.name == "purchase" and (COUNTED in one.properties or not one.counts)
    }
    for one in later:
        one.received_at = one.occurred_at
        # What the shop told by itself, too, enters then.
        one.enters = one.name != "purchase" or order_key(one.properties) not in live
    person.told_later = sum(one.occurred_at >= since for one in later)
    told.sort(key=lambda one: (one.received_at, one.seq))
    person.events = [one for one in told if one.received_at >= since]
    _count_again(person, [one for one in told if one.received_at < since], deployment)


def _moments(event: Event) -> tuple[str, Instant, Instant, bool]:
    return event.name, event.occurred_at, event.received_at, event.enters


def _came(person: Person, later: list[Event], *, brought: bool) -> Instant:
    created = person.lane.facts.customer.get("created_at")
    known = [one.occurred_at for one in later]
    if not brought:
        known.append(person.came)
    if isinstance(created, int) and (not brought or created < person.came - DAY):
        known.append(created)
    return min(known, default=BEGINNING)


def _count_again(person: Person, before: list[Event], deployment: Deployment) -> None:
    facts, person.counted_again = person.lane.facts, True
    facts.history.clear()
    if any(one.name in ORDER_EVENTS for one in (*before, *person.events)):
        for name in _TOTALS:
            facts.customer.pop(name, None)
    for event in before:
        if COUNTED in event.properties:
            event.counts = False
        turn = Turn(deployment, person.lane, event.received_at, Changes(), _none, _none)
        keep_facts(turn, event)
    for events_of_name in facts.history.values():
        events_of_name.sort(key=lambda one: (one.occurred_at, one.seq))


def _none() -> int:
    raise AssertionError("what is only counted begins nothing")
