"""Until when a `wait` waits."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.tree.expressions import Date, DateTime, Duration, Path, TimeOfDay
from dsl.tree.flow import Offset
from dsl.tree.node import Node, Weekday


@dataclass(frozen=True, slots=True)
class ForTime(Node):
    """`wait 2 days`: with happenings it is an error that the checks explain."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class UpTo(Node):
    """`wait up to 2 days ..`."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class UntilTime(Node):
    """`until 18:00`."""

    at: TimeOfDay


@dataclass(frozen=True, slots=True)
class UntilWeekday(Node):
    """`until tuesday at 10:00`, `until weekday at 10:00`."""

    weekday: Weekday
    at: TimeOfDay


@dataclass(frozen=True, slots=True)
class UntilMoment(Node):
    """`until 2026-12-24 08:00 [store time]`."""

    moment: Date | DateTime
    store_time: bool = False


@dataclass(frozen=True, slots=True)
class UntilBestTime(Node):
    """`until best time within 24 hours`."""

    within: Duration


@dataclass(frozen=True, slots=True)
class UntilDate(Node):
    """`until [1 day before] entry.starts_at [at 09:00]`."""

    path: Path
    offset: Offset | None = None
    at: TimeOfDay | None = None


Timing = ForTime | UpTo | UntilTime | UntilWeekday | UntilMoment | UntilBestTime | UntilDate
