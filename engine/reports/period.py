"""The time that a report is about: whole days of the shop's calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from engine.core import calendar
from engine.core.figures import hour_of
from engine.core.model import Instant
from engine.errors import RefusedError
from engine.store.counted import Span

LENGTHS: Final = (7, 30, 90, 365)
"""How many days back a page offers."""
USUAL: Final = 30
LONGEST: Final = 3_660
"""Days of one report."""


class UnreadablePeriodError(RefusedError):
    """A report was asked for days that are none."""


class Period(NamedTuple):
    """From a day to another, both included.

    Figures are kept by the hour of UTC: in a zone that is not whole hours away from it, days begin
    with the hour in which their midnight lies.
    """

    first: date
    last: date
    zone: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def span(self) -> Span:
        """From a moment to below another."""
        return self._begin(self.first), self._begin(self.last + timedelta(days=1))

    @property
    def before(self) -> Period:
        """As many days before it."""
        last = self.first - timedelta(days=1)
        return Period(last - timedelta(days=self.days - 1), last, self.zone)

    def day_of(self, at: Instant) -> str:
        """The day of an hour, ISO."""
        # Half an hour later, where an hour of UTC lies across midnight: its day is the new one.
        return calendar.local_date(at + 1_800_000, self.zone).isoformat()

    def each(self) -> list[str]:
        """Its days, ISO."""
        return [(self.first + timedelta(days=one)).isoformat() for one in range(self.days)]

    def _begin(self, day: date) -> Instant:
        return hour_of(calendar.instant(datetime.combine(day, time()), self.zone))


def period(now: Instant, zone: str, since: str = "", until: str = "", days: int = USUAL) -> Period:
    """The days that were asked for (ISO, both may be empty); else the last `days`, today included.

    Raises:
        UnreadablePeriodError: they are no days, or there are none or too many of them.
    """
    today = calendar.local_date(now, zone)
    last = _day(until) if until else today
    first = _day(since) if since else last - timedelta(days=max(days, 1) - 1)
    if first > last:
        raise UnreadablePeriodError(f"{first} comes after {last}")
    if (last - first).days >= LONGEST or first.year < 2000 or last.year > 2999:
        raise UnreadablePeriodError(f"a report is about at most {LONGEST} days of this age")
    return Period(first, last, zone)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UnreadablePeriodError(f"{text[:40]!r} is no day; write it like 2026-01-31") from None
