"""Header lines that are due by the calendar: schedules over segments, dates of customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from dsl import tree
from dsl.printing.printer import print_statement
from engine.core import calendar
from engine.core.conditions.context import Names
from engine.core.conditions.python import Getter, Test, compile_test, compile_value
from engine.core.conditions.scope import Scope
from engine.core.facts import Facts
from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.core.values import as_date
from engine.core.waits import shift_of

Next = Callable[[Facts, Instant, str], tuple[Instant, date] | None]
_NOBODY = 0


class Moment(NamedTuple):
    """A line is due at `at`, for the local date `day`. `about` is the date that customers of a
    date line must have: that very day, or with `yearly` its anniversary.
    """

    at: Instant
    day: date
    about: date | None = None


@dataclass(slots=True)
class Dated:
    """What a date line is due by: a clock time, so far before or after the date in `path`."""

    path: str
    clock: time
    shift: calendar.Shift | None
    yearly: bool

    def moments(self, after: Instant, until: Instant, zone: str) -> list[Moment]:
        """For whoever has such a date, in (after, until], by time."""
        found = []
        day, last = self._days(calendar.local_date(after, zone), calendar.local_date(until, zone))
        while day <= last:
            at, there = calendar.shifted(day, self.clock, self.shift, zone)
            if after < at <= until:
                found.append(Moment(at, there, day))
            day += timedelta(days=1)
        return sorted(found)

    def _days(self, first: date, last: date) -> tuple[date, date]:
        """Dates of which the moments between two days can be; some too many at either end."""
        if self.shift is None:
            return first - timedelta(days=2), last + timedelta(days=2)
        amount, unit = self.shift.amount, self.shift.unit
        if unit in ("minute", "hour"):
            whole = timedelta(days=amount * (MINUTE if unit == "minute" else HOUR) // DAY)
            return first - whole - timedelta(days=2), last - whole + timedelta(days=2)
        # The 31st, a month before, is the 28th of February, as are three days before it.
        slack = timedelta(days=4)
        return (
            calendar.shift_date(first, -amount, unit) - slack,
            calendar.shift_date(last, -amount, unit) + slack,
        )

    def means(self, value: Any, zone: str, about: date) -> bool:
        """Whether somebody with this date is meant by a moment about `about`."""
        day = as_date(value, zone)
        if day is None:
            return False
        if not self.yearly:
            return day == about
        return day.year < about.year and calendar.anniversary(day, about.year) == about


@dataclass(slots=True)
class ScheduleLine:
    """One line, `index` among those of its flow.

    `says` is the line as the formatter writes it, `subject` what of it stays when only its time
    is edited. A `segment` line fires at the same moments for everybody in a zone (or for
    everybody, with `store_time`); one that is `dated` depends on a property of each customer.
    `audience` is the segment's test.
    """

    index: int
    says: str
    subject: str
    segment: str | None
    dated: Dated | None
    store_time: bool
    audience: Test | None
    next: Next
    zone: str

    def moments(self, after: Instant, until: Instant, zone: str) -> Iterator[Moment]:
        """What is due in (after, until] for customers of a zone, by time."""
        if self.dated is not None:
            yield from self.dated.moments(after, until, zone)
            return
        nobody = Facts(_NOBODY, zone)
        while (found := self.next_after(nobody, after)) is not None and found[0] <= until:
            after = found[0]
            yield Moment(*found)

    def next_moment(self, after: Instant, zone: str) -> Instant | None:
        """The first moment after `after` at which customers of a zone may be meant."""
        if self.dated is None:
            found = self.next_after(Facts(_NOBODY, zone), after)
            return None if found is None else found[0]
        # A month before the 29th to 31st may leave out some days: six have one in them.
        moments = self.dated.moments(after, after + 6 * DAY, zone)
        return moments[0].at if moments else None

    def next_after(self, facts: Facts, after: Instant) -> tuple[Instant, date] | None:
        """The first firing for this customer strictly after `after`, with its local date; None
        when there is no other. For segment lines only `facts.zone` matters.
        """
        return self.next(facts, after, self.zone if self.store_time else facts.zone)


def compile_schedule(index: int, trigger: tree.Trigger, names: Names) -> ScheduleLine:
    """Raises ConditionError for an unknown segment."""
    match trigger:
        case tree.OnSchedule():
            recurring = _recurring(trigger)
            return _of_segment(
                index, trigger, names, lambda _f, after, zone: recurring.next_after(after, zone)
            )
        case tree.Once():
            return _of_segment(index, trigger, names, _once(trigger.moment.value))
        case tree.OnAnniversary() | tree.OnDate():
            return _of_date(index, trigger, names)
        case _:
            raise AssertionError(f"{trigger!r} is not due by the calendar")


def _recurring(trigger: tree.OnSchedule) -> calendar.Recurring:
    recurrence = trigger.recurrence
    return calendar.Recurring(
        recurrence.kind,
        trigger.at.value,
        recurrence.every,
        recurrence.weekday,
        recurrence.day,
        recurrence.month,
    )


def _once(moment: date | datetime) -> Next:
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, time(0))

    def following(_facts: Facts, after: Instant, zone: str) -> tuple[Instant, date] | None:
        at = calendar.instant(local, zone)
        return (at, local.date()) if at > after else None

    return following


def _of_segment(
    index: int, trigger: tree.OnSchedule | tree.Once, names: Names, following: Next
) -> ScheduleLine:
    kind = "once" if isinstance(trigger, tree.Once) else "every"
    return ScheduleLine(
        index=index,
        says=_says(trigger),
        subject=f"{kind} {trigger.segment}",
        segment=trigger.segment,
        dated=None,
        store_time=trigger.store_time,
        audience=compile_test(tree.InSegment(trigger.segment), names),
        next=following,
        zone=names.types.zone,
    )


def _says(trigger: tree.Trigger) -> str:
    return print_statement(tree.Enter(trigger)).strip()


def _of_date(index: int, trigger: tree.OnAnniversary | tree.OnDate, names: Names) -> ScheduleLine:
    value: Getter = compile_value(trigger.path, names)[0]
    yearly = isinstance(trigger, tree.OnAnniversary)
    dated = Dated(trigger.path.parts[-1], trigger.at.value, shift_of(trigger.offset), yearly)

    def following(facts: Facts, after: Instant, zone: str) -> tuple[Instant, date] | None:
        day = as_date(value(Scope(facts, after), None, None), zone)
        if day is None:
            return None
        if yearly:
            return calendar.next_anniversary(day, dated.clock, dated.shift, after, zone)
        at, there = calendar.shifted(day, dated.clock, dated.shift, zone)
        return (at, there) if at > after else None

    return ScheduleLine(
        index=index,
        says=_says(trigger),
        subject=f"{'year' if yearly else 'date'} {dated.path}",
        segment=None,
        dated=dated,
        store_time=False,
        audience=None,
        next=following,
        zone=names.types.zone,
    )
