"""Figures as they are now: what the table holds, and what is not rolled up yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Final

from engine.core.figures import STEPS, Rule
from engine.core.model import Instant
from engine.reports.counting import count, spans_of
from engine.store import counted, figure_marks
from engine.store.counted import Counted, Key, Span
from engine.store.rows import Rows

LATER: Final[Instant] = 1 << 53
"""After everything."""
Sums = dict[tuple[str | int, ...], tuple[int, int]]
"""Count and amount, by the values of the columns that were asked for."""


class Book:
    """All figures of one moment of a database. Hours that have changed since they were rolled up
    are counted from the rows, once for all questions.
    """

    def __init__(self, rows: Rows, rule: Rule) -> None:
        self._rows = rows
        self._rule = rule
        self._tails: dict[Span, Counted] = {}

    def sums(
        self,
        by: Collection[str],
        span: Span = (0, LATER),
        *,
        kinds: Collection[str] = (),
        flow: int | None = None,
        version: int | None = None,
    ) -> Sums:
        """Sums by columns of `engine.store.counted.Key`, of a time that begins and ends with an
        hour.
        """
        only: dict[str, Collection[str] | int] = {}
        if kinds:
            only["kind"] = sorted(kinds)
        if flow is not None:
            only["flow"] = flow
        if version is not None:
            only["version"] = version
        places = [Key._fields.index(name) for name in by]
        found: Sums = {}
        whole = span == (0, LATER) and "hour" not in by
        for *values, number, amount in (
            counted.all_time(self._rows, by, self._open, only)
            if whole
            else counted.sums(self._rows, by, span, self._open, only)
        ):
            before = found.get(tuple(values), (0, 0))
            found[tuple(values)] = (before[0] + int(number), before[1] + int(amount))
        for key, (number, amount) in self._fresh(span, kinds):
            if span[0] <= key.hour < span[1] and _fits(key, only):
                group = tuple(key[place] for place in places)
                before = found.get(group, (0, 0))
                found[group] = (before[0] + number, before[1] + amount)
        return {group: told for group, told in found.items() if told != (0, 0)}

    def _fresh(self, span: Span, kinds: Collection[str]) -> list[tuple[Key, tuple[int, int]]]:
        """What the table does not hold yet, of a time."""
        fresh: list[tuple[Key, tuple[int, int]]] = []
        if not kinds or not STEPS.isdisjoint(kinds):
            fresh += self._steps.items()
        if not kinds or not STEPS.issuperset(kinds):
            for since, until in self._open:
                asked = (max(since, span[0]), min(until, span[1]))
                if asked[0] < asked[1]:
                    if asked not in self._tails:
                        self._tails[asked] = count(self._rows, asked, self._rule)
                    fresh += self._tails[asked].items()
        return fresh

    @cached_property
    def _positions(self) -> dict[str, int]:
        return counted.positions(self._rows)

    @cached_property
    def _open(self) -> list[Span]:
        """The times that the table does not hold as they are."""
        at = self._positions
        settled = at.get(counted.ALL, 0)
        hours = {hour for _, hour in figure_marks.waiting(self._rows)}
        if settled:
            newest = counted.newest(self._rows)
            hours |= counted.hours_of_new(
                self._rows,
                (at[counted.EVENTS], newest[counted.EVENTS]),
                (at[counted.FEEDBACK], newest[counted.FEEDBACK]),
            )
        return [*spans_of(hour for hour in hours if hour < settled), (settled, LATER)]

    @cached_property
    def _steps(self) -> Counted:
        """What the history of runs adds."""
        after = self._positions.get(counted.HISTORY, 0)
        return counted.of_history(self._rows, after, counted.newest(self._rows)[counted.HISTORY])


def _fits(key: Key, only: Mapping[str, Collection[str] | int]) -> bool:
    for column, wanted in only.items():
        value = getattr(key, column)
        if value != wanted if isinstance(wanted, int) else value not in wanted:
            return False
    return True
