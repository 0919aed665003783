"""All local-time arithmetic. Instants go in and come out; local time stays in here.

Rules (reliability, "Time"): a local time in a gap uses the offset before the gap, a repeated one
means the first; days, weeks, months and years are calendar time, minutes and hours elapsed; months
count from their anchor and clamp; 29 February is 28 February in common years.
Python's `fold=0` has just these rules, so it is never set to anything else here.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.core.model import DAY, HOUR, MINUTE, SECOND, Instant

Unit = Literal["minute", "hour", "day", "week", "month", "year"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MONDAY = date(1970, 1, 5).toordinal()
_MILLISECOND = timedelta(milliseconds=1)
END_OF_TIME: Instant = (datetime(9999, 12, 30, tzinfo=UTC) - _EPOCH) // _MILLISECOND
"""Moments past this are taken for this one."""

ELAPSED: dict[str, int] = {
    "minute": MINUTE,
    "hour": HOUR,
    "day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "year": 365 * DAY,
}
"""Lengths in conditions and limits, where a day is 24 elapsed hours."""

_A_FEW_DAYS = 40
_YEARS_AHEAD = 2_900_000
"""Days since 1970: not so far away that the calendar ends."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo:
    """Raises ValueError for a name that is no IANA zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as problem:
        raise ValueError(f"{name!r} is no time zone") from problem


def is_zone(name: object) -> bool:
    """Whether a customer's `timezone` can be used; else the store's holds."""
    if not isinstance(name, str) or not name:
        return False
    try:
        zone_info(name)
    except ValueError:
        return False
    return True


def local(at: Instant, zone: str) -> datetime:
    """The aware local time of an instant."""
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(zone_info(zone))


def iso(at: Instant) -> str:
    """ISO 8601 in UTC, with milliseconds where there are any: `2026-11-23T14:30:00Z`."""
    precision = "milliseconds" if at % 1000 else "seconds"
    return local(at, "UTC").isoformat(timespec=precision).replace("+00:00", "Z")


def local_date(at: Instant, zone: str) -> date:
    return local(at, zone).date()


def instant(moment: datetime, zone: str = "UTC") -> Instant:
    """The instant of a local time; an aware one keeps its own zone."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_info(zone), fold=0)
    return min((moment.astimezone(UTC) - _EPOCH) // _MILLISECOND, END_OF_TIME)


def at_clock(day: date, clock: time, zone: str) -> Instant:
    """The instant of a clock time on a local day."""
    return instant(datetime.combine(day, clock), zone)


def shift_date(day: date, amount: int, unit: Unit) -> date:
    """A date moved by whole days, weeks, months or years; clamps to the calendar's ends."""
    try:
        if unit == "day":
            return day + timedelta(days=amount)
        if unit == "week":
            return day + timedelta(weeks=amount)
        months = amount * 12 if unit == "year" else amount
        total = day.year * 12 + day.month - 1 + months
        year, month = divmod(total, 12)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last))
    except (OverflowError, ValueError):
        return date(9999, 12, 30) if amount > 0 else date(1, 1, 2)


def add(at: Instant, amount: float, unit: Unit, zone: str) -> Instant:
    """`amount` units after `at` (before it, when negative).

    Minutes and hours elapse; from days on the clock time stays. A broken part of a calendar unit
    elapses: 2.5 days are two days of the calendar and twelve hours.
    """
    if unit == "minute":
        return min(at + round(amount * MINUTE), END_OF_TIME)
    if unit == "hour":
        return min(at + round(amount * HOUR), END_OF_TIME)
    if not -4_000_000 < amount < 4_000_000:
        return END_OF_TIME if amount > 0 else 0
    if unit == "week":
        amount, unit = amount * 7, "day"
    elif unit == "year":
        amount, unit = amount * 12, "month"
    whole = int(amount)
    rest = amount - whole
    if whole and unit == "day" and _keeps_its_offset(zone, at // DAY, whole):
        at += whole * DAY
    elif whole:
        here = local(at, zone)
        there = datetime.combine(shift_date(here.date(), whole, unit), here.time())
        at = instant(there, zone)
    return min(at + round(rest * ELAPSED[unit]), END_OF_TIME) if rest else at


@lru_cache(maxsize=65_536)
def _keeps_its_offset(zone: str, day: int, whole: int) -> bool:
    """Whether clocks stay as they are from the day before `day` (since 1970, in UTC) to two days
    after `day + whole`: then a day of the calendar is 24 hours.
    """
    first, last = sorted((day, day + whole))
    if last - first > _A_FEW_DAYS or not 1 < first <= last < _YEARS_AHEAD:
        return False
    offsets = {local(one * DAY, zone).utcoffset() for one in range(first - 1, last + 3)}
    return len(offsets) == 1


def next_clock(at: Instant, clock: time, zone: str, *, now_counts: bool = False) -> Instant:
    """The next `clock` o'clock after `at`.

    With `now_counts`, the whole minute that is `clock` counts as that moment: `at` itself comes
    back then. (A timer that rings a second late must not cost a day.)
    """
    here = local(at, zone)
    if now_counts and (here.hour, here.minute) == (clock.hour, clock.minute):
        return at
    day = here.date() - timedelta(days=1)
    while True:
        moment = at_clock(day, clock, zone)
        if moment > at:
            return moment
        day += timedelta(days=1)


def next_weekday(
    at: Instant, weekday: str, clock: time, zone: str, *, now_counts: bool = False
) -> Instant:
    """The next such weekday at `clock`; `weekday` itself means Monday to Friday."""
    here = local(at, zone)
    if (
        now_counts
        and _is_weekday(here.date(), weekday)
        and (here.hour, here.minute) == (clock.hour, clock.minute)
    ):
        return at
    day = here.date() - timedelta(days=1)
    while True:
        if _is_weekday(day, weekday):
            moment = at_clock(day, clock, zone)
            if moment > at:
                return moment
        day += timedelta(days=1)


def _is_weekday(day: date, weekday: str) -> bool:
    number = day.weekday()
    return number < 5 if weekday == "weekday" else WEEKDAYS[number] == weekday


def quiet_until(at: Instant, start: time, end: time, zone: str) -> Instant | None:
    """When quiet hours [start, end) that hold at `at` are over; None when none hold."""
    if start == end:
        return None
    here = local(at, zone)
    clock = here.time()
    if start < end:
        if not start <= clock < end:
            return None
    elif end <= clock < start:
        return None
    return next_clock(at, end, zone)


def hours_until(at: Instant, end: Instant, zone: str) -> Iterator[tuple[Instant, datetime]]:
    """`at`, then each full hour of the local clock up to `end`, with their local times."""
    here = local(at, zone)
    yield at, here
    # An hour of the local clock may begin at any quarter of an hour in UTC.
    moment = at + HOUR - (here.minute * MINUTE + here.second * SECOND + here.microsecond // 1000)
    while moment <= end:
        there = local(moment, zone)
        yield moment, there
        moment += HOUR - there.minute * MINUTE


# --- recurrences ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recurring:
    """`every 2 weeks on thursday at 10:00`; fields as in `dsl.tree.Recurrence`.

    Days and weeks are counted from Monday 1970-01-05.
    """

    kind: Literal["day", "week", "month", "year"]
    at: time
    every: int = 1
    weekday: str | None = None
    day: int | None = None
    month: int | None = None

    def next_after(self, after: Instant, zone: str) -> tuple[Instant, date]:
        """The first firing strictly after `after`, with its local date."""
        for day in self.days_from(local_date(after, zone) - timedelta(days=2)):
            moment = at_clock(day, self.at, zone)
            if moment > after:
                return moment, day
        raise AssertionError("days_from never ends")

    def days_from(self, first: date) -> Iterator[date]:
        """The days it falls on, from `first` on."""
        if self.kind == "day":
            behind = (first.toordinal() - _FIRST_MONDAY) % self.every
            day = first + timedelta(days=(self.every - behind) % self.every)
            while True:
                yield day
                day += timedelta(days=self.every)
        elif self.kind == "week":
            day = first
            while True:
                week = (day.toordinal() - _FIRST_MONDAY) // 7
                if week % self.every == 0 and _is_weekday(day, self.weekday or "monday"):
                    yield day
                day += timedelta(days=1)
        else:
            year, month = first.year, first.month
            while True:
                if self.kind == "month" or month == self.month:
                    last = monthrange(year, month)[1]
                    day = date(year, month, min(self.day or 1, last))
                    if day >= first:
                        yield day
                year, month = (year, month + 1) if month < 12 else (year + 1, 1)


@dataclass(frozen=True, slots=True)
class Shift:
    """`3 days before`: `amount` is negative before."""

    amount: int
    unit: Unit


def shifted(day: date, clock: time, shift: Shift | None, zone: str) -> tuple[Instant, date]:
    """A clock time on the day that lies `shift` from `day`; elapsed units move the moment."""
    if shift is None:
        return at_clock(day, clock, zone), day
    if shift.unit in ("minute", "hour"):
        moment = add(at_clock(day, clock, zone), shift.amount, shift.unit, zone)
        return moment, local_date(moment, zone)
    there = shift_date(day, shift.amount, shift.unit)
    return at_clock(there, clock, zone), there


def anniversary(day: date, year: int) -> date:
    """The same day in `year`; 29 February is 28 February in common years."""
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def next_anniversary(
    day: date, clock: time, shift: Shift | None, after: Instant, zone: str
) -> tuple[Instant, date] | None:
    """The first firing strictly after `after`; anniversaries start a year after `day`."""
    here = local_date(after, zone).year
    for year in range(max(day.year + 1, here - 1), min(here + 12, 9999)):
        moment, there = shifted(anniversary(day, year), clock, shift, zone)
        if moment > after:
            return moment, there
    if day.year >= here + 11 and day.year < 9998:
        return shifted(anniversary(day, day.year + 1), clock, shift, zone)
    return None
