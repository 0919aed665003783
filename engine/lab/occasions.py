"""What lets people into a flow without their doing: the calendar, dates, products, a hand.

In life the calendar's lines are found for all customers at once, and product changes are offered to
those whom they may concern; here each person meets the same moments in their own lane.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import numpy as np

from engine.core import calendar
from engine.core.deployment import Deployment
from engine.core.draws import number
from engine.core.facts import Facts
from engine.core.model import (
    DAY,
    HOUR,
    Fall,
    Firing,
    Instant,
    ManualStart,
    Occurrence,
    PriceFall,
    ProductChange,
    Properties,
    Refresh,
)
from engine.core.prices import STANDS
from engine.core.program import Program
from engine.core.triggers import PRODUCT

FEWEST: Final = 3
"""What is left of a product that runs low."""

_YEAR: Final = 366 * DAY
_LOOKS: Final = 6 * HOUR
"""How often it is looked who has joined a segment by time alone."""

Change = tuple[Instant, Occurrence, str, Properties]
"""When, what is told of it, and the product as it is from then on."""


def kinds_of(program: Program) -> list[str]:
    """How people come into a flow: event, product, segment, calendar, hand."""
    found = set()
    for trigger in program.entries:
        if trigger == PRODUCT:
            found.add("product")
        elif " " in trigger:
            found.add("segment")
        elif not trigger.startswith("$"):
            found.add("event")
    if program.schedules:
        found.add("calendar")
    if program.manual:
        found.add("hand")
    return sorted(found)


def begins(program: Program, usual: Instant, days: int, zone: str) -> Instant:
    """When a season begins: a day before the calendar's first moment where that is the only way in
    and the usual time has none.
    """
    if kinds_of(program) != ["calendar"]:
        return usual
    moments = [
        at
        for line in program.schedules
        if line.dated is None and (at := line.next_moment(usual, zone)) is not None
    ]
    if len(moments) < len(program.schedules) or not moments:
        return usual
    return usual if min(moments) < usual + days * DAY else min(moments) - DAY


class Occasions:
    """The moments of one flow's season, [start, end)."""

    def __init__(
        self, deployment: Deployment, program: Program, seed: int, span: tuple[Instant, Instant]
    ) -> None:
        self._deployment = deployment
        self._program = program
        self._seed = seed
        self._span = span
        self._fired: dict[str, list[Occurrence]] = {}
        self._dated = [line for line in program.schedules if line.dated is not None]
        self._by_hand = kinds_of(program) == ["hand"]
        self.dates = sorted({line.dated.path for line in self._dated if line.dated is not None})

    @property
    def none(self) -> bool:
        """Nobody meets any."""
        return not (self._program.schedules or self._by_hand or self._deployment.watched)

    def of(self, facts: Facts, person: int) -> Iterator[Occurrence]:
        """What one person meets. Not in order."""
        yield from self._calendar(facts.zone)
        start, end = self._span
        for line in self._dated:
            after = start - 1
            while (found := line.next_after(facts, after)) is not None and found[0] < end:
                after, day = found
                yield Firing(self._program.flow, line.index, day.isoformat(), after)
        if self._by_hand:
            at = start + number("hand", self._seed, person) % HOUR
            yield ManualStart(self._program.flow, {}, at)
        if self._deployment.watched:
            # A little apart, as in life, where one person is looked at after the other.
            first = start + number("look", self._seed, person) % _LOOKS
            for at in range(first, end, _LOOKS):
                yield Refresh(at)

    def _calendar(self, zone: str) -> list[Occurrence]:
        if zone not in self._fired:
            start, end = self._span
            self._fired[zone] = [
                Firing(self._program.flow, line.index, one.day.isoformat(), one.at)
                for line in self._program.schedules
                if line.dated is None
                for one in line.moments(start - 1, end - 1, zone)
            ]
        return self._fired[zone]

    def some_date(self, person: int, name: str) -> str:
        """A date of the customer by which the flow is entered: any day of a year for what comes
        every year, else a day of the season or a month around it.
        """
        start, end = self._span
        yearly = any(
            line.dated is not None and line.dated.path == name and line.dated.yearly
            for line in self._dated
        )
        drawn = number("date", self._seed, person, name)
        if not yearly:
            return _day(start - 30 * DAY + drawn % (end - start + 60 * DAY)).isoformat()
        return _day(start - _YEAR - drawn % (5 * _YEAR)).isoformat()

    def changes(self, catalogue: Mapping[str, Properties], rate: float) -> list[Change]:
        """What becomes of products in the season, by time, at so many changes a month and product:
        one sells out and comes back after some days, one runs low, or costs a fifth less.
        """
        if PRODUCT not in self._program.entries and PRODUCT not in self._deployment.moving:
            return []
        start, end = self._span
        found: list[Change] = []
        for place, (name, product) in enumerate(sorted(catalogue.items())):
            draws = np.random.default_rng((self._seed, place, 7))
            at = start
            while True:
                at += int(draws.exponential(30 * DAY / rate)) + HOUR if rate > 0 else end
                back = at + int(draws.integers(2, 8)) * DAY
                if back >= end:
                    break
                found += _episode(name, product, int(draws.integers(3)), at, back)
                at = back
        return sorted(found, key=lambda one: (one[0], one[2]))


def _episode(
    name: str, usual: Properties, kind: int, at: Instant, back: Instant
) -> Iterator[Change]:
    """A change, and the way back."""
    less: dict[str, Any] = [
        {"stock": 0},
        {"stock": FEWEST},
        {"price": round((usual.get("price") or 0) * 0.8)},
    ][kind]
    then = {**usual, **less}
    yield at, ProductChange(name, usual, then, at), name, then
    if kind == 2 and usual.get("price"):
        stood = at + STANDS
        fall = Fall(usual["price"], (then["price"],))
        yield stood, PriceFall(name, fall, usual.get("stock"), stood), name, then
    yield back, ProductChange(name, then, usual, back), name, usual


def _day(at: Instant) -> date:
    return calendar.local_date(at, "UTC")
