"""The rows of what a wait waits for."""

from __future__ import annotations

from typing import Any

from dsl import tree
from editor.flow.forms import reading
from editor.flow.forms.controls import (
    WEEKDAYS,
    choice_part,
    clock_part,
    duration_parts,
    moment_part,
    of,
)
from editor.flow.forms.happenings import DATE, OFFSET, STORE_TIME, at_of, dated, kind
from editor.flow.forms.parts import Place, Row
from editor.language import noop


def _for_time(old: Any, _place: Place) -> tree.ForTime:
    return tree.ForTime(_length(old))


def _length(old: Any) -> tree.Duration:
    return getattr(old, "duration", None) or getattr(old, "within", None) or _ONE_DAY


_ONE_DAY = reading.duration("1", "day")

TIMINGS = (
    kind("time", noop("a length of time"), tree.ForTime, _for_time),
    kind(
        "up_to",
        noop("until something happens"),
        tree.UpTo,
        lambda old, _place: tree.UpTo(_length(old)),
    ),
    kind(
        "clock",
        noop("until a time of day"),
        tree.UntilTime,
        lambda old, _place: tree.UntilTime(at_of(old)),
    ),
    kind(
        "weekday",
        noop("until a weekday"),
        tree.UntilWeekday,
        lambda old, _place: tree.UntilWeekday("monday", at_of(old)),
    ),
    kind(
        "moment",
        noop("until a day of the calendar"),
        tree.UntilMoment,
        tree.UntilMoment(reading.moment("2027-01-01 09:00")),
    ),
    kind(
        "best",
        noop("until the customer's best time"),
        tree.UntilBestTime,
        lambda old, _place: tree.UntilBestTime(_length(old)),
    ),
    kind(
        "date",
        noop("until a date of the customer or the run"),
        tree.UntilDate,
        lambda old, _place: tree.UntilDate(dated(old), at=at_of(old)),
    ),
)

TIMING_ROWS: dict[type[Any], Row] = {
    tree.ForTime: Row(noop("A length of time"), duration_parts()),
    tree.UpTo: Row(noop("At most"), duration_parts(title=noop("At most"))),
    tree.UntilTime: Row(noop("A time of day"), (clock_part("at", noop("Time")),)),
    tree.UntilWeekday: Row(
        noop("A weekday"),
        (
            choice_part("weekday", noop("Day"), of(*WEEKDAYS), wide=False),
            clock_part("at", noop("At")),
        ),
    ),
    tree.UntilMoment: Row(noop("A day"), (moment_part("moment", noop("When")), STORE_TIME)),
    tree.UntilBestTime: Row(noop("Best time"), duration_parts("within", noop("Within"))),
    tree.UntilDate: Row(
        noop("A date"), (DATE, OFFSET, clock_part("at", noop("At"), optional=True))
    ),
}
