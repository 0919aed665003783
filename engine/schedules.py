"""Header lines that are due by the calendar: schedules over segments, dates of customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from dsl import tree
from engine import calendar
from engine.conditions.names import Names
from engine.conditions.python import Getter, Test, compile_test, compile_value
from engine.conditions.scope import Scope
from engine.facts import Facts
from engine.model import Instant
from engine.timing import shift_of
from engine.values import as_date

Next = Callable[[Facts, Instant, str], tuple[Instant, date] | None]


@dataclass(slots=True)
class ScheduleLine:
    """One line, `index` among those of its flow.

    A `segment` line fires at the same moments for everybody in a zone (or for everybody, with
    `store_time`); a `date` line depends on the property `path` of each customer. `audience` is
    the segment's test.
    """

    index: int
    kind: Literal["segment", "date"]
    segment: str | None
    path: str | None
    store_time: bool
    audience: Test | None
    next: Next
    zone: str

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
        case tree.OnAnniversary():
            return _of_date(index, trigger, names, yearly=True)
        case tree.OnDate():
            return _of_date(index, trigger, names, yearly=False)
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
    audience = compile_test(tree.InSegment(trigger.segment), names)
    return ScheduleLine(
        index, "segment", trigger.segment, None, trigger.store_time, audience, following,
        names.types.zone,
    )  # fmt: skip


def _of_date(
    index: int, trigger: tree.OnAnniversary | tree.OnDate, names: Names, *, yearly: bool
) -> ScheduleLine:
    value: Getter = compile_value(trigger.path, names)[0]
    clock, shift = trigger.at.value, shift_of(trigger.offset)

    def following(facts: Facts, after: Instant, zone: str) -> tuple[Instant, date] | None:
        day = as_date(value(Scope(facts, after), None, None), zone)
        if day is None:
            return None
        if yearly:
            return calendar.next_anniversary(day, clock, shift, after, zone)
        at, there = calendar.shifted(day, clock, shift, zone)
        return (at, there) if at > after else None

    return ScheduleLine(
        index, "date", None, trigger.path.parts[-1], False, None, following, names.types.zone
    )
