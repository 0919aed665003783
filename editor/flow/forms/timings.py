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
    titled,
)
from editor.flow.forms.happenings import DATE, OFFSET, STORE_TIME, at_of, dated, kind
from editor.flow.forms.parts import Place, Row


def _for_time(old: Any, _place: Place) -> tree.ForTime:
    return tree.ForTime(_length(old))


def _length(old: Any) -> tree.Duration:
    return getattr(old, "duration", None) or getattr(old, "within", None) or _ONE_DAY


_ONE_DAY = reading.duration("1", "day")

TIMINGS = (
    kind("time", "a length of time", tree.ForTime, _for_time),
    kind(
        "up_to",
        "until something happens",
        tree.UpTo,
        lambda old, _place: tree.UpTo(_length(old)),
    ),
    kind(
        "clock",
        "until a time of day",
        tree.UntilTime,
        lambda old, _place: tree.UntilTime(at_of(old)),
    ),
    kind(
        "weekday",
        "until a weekday",
        tree.UntilWeekday,
        lambda old, _place: tree.UntilWeekday("monday", at_of(old)),
    ),
    kind(
        "moment",
        "until a day of the calendar",
        tree.UntilMoment,
        tree.UntilMoment(reading.moment("2027-01-01 09:00")),
    ),
    kind(
        "best",
        "until the customer's best time",
        tree.UntilBestTime,
        lambda old, _place: tree.UntilBestTime(_length(old)),
    ),
    kind(
        "date",
        "until a date of the customer or the run",
        tree.UntilDate,
        lambda old, _place: tree.UntilDate(dated(old), at=at_of(old)),
    ),
)

TIMING_ROWS: dict[type[Any], Row] = {
    tree.ForTime: Row("A length of time", duration_parts()),
    tree.UpTo: Row("At most", duration_parts(title="At most")),
    tree.UntilTime: Row("A time of day", (clock_part("at", "Time"),)),
    tree.UntilWeekday: Row(
        "A weekday",
        (
            choice_part("weekday", "Day", of(*titled(WEEKDAYS)), wide=False),
            clock_part("at", "At"),
        ),
    ),
    tree.UntilMoment: Row("A day", (moment_part("moment", "When"), STORE_TIME)),
    tree.UntilBestTime: Row("Best time", duration_parts("within", "Within")),
    tree.UntilDate: Row("A date", (DATE, OFFSET, clock_part("at", "At", optional=True))),
}
