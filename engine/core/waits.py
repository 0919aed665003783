"""Until when a wait waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from dsl import tree
from engine.core import calendar
from engine.core.calendar import Unit
from engine.core.conditions.context import Names
from engine.core.conditions.python import compile_value
from engine.core.conditions.scope import Scope
from engine.core.model import Instant
from engine.core.signals import ACTIVE
from engine.core.values import as_date

Due = Callable[[Scope, Instant, bool], Instant | str]
"""(scope, from when, whether this very minute may be meant) -> the moment, or why there is none
to wait for (the run goes on at once and that is recorded)."""


@dataclass(slots=True)
class Timing:
    """`elapsed` is set where the wait is a plain number of milliseconds (the hot path), `within`
    where it is for the best time up to that moment, `follows` the customer's date that it names.
    """

    due: Due
    elapsed: Instant | None = None
    within: Due | None = None
    follows: str | None = None


def compile_timing(timing: tree.Timing, names: Names) -> Timing:
    match timing:
        case tree.ForTime() | tree.UpTo():
            return _duration(timing.duration, names)
        case tree.UntilTime():
            clock = timing.at.value
            return Timing(
                lambda s, at, now_counts: calendar.next_clock(
                    at, clock, s.facts.zone, now_counts=now_counts
                )
            )
        case tree.UntilWeekday():
            weekday, clock = timing.weekday, timing.at.value
            return Timing(
                lambda s, at, now_counts: calendar.next_weekday(
                    at, weekday, clock, s.facts.zone, now_counts=now_counts
                )
            )
        case tree.UntilMoment():
            return _moment(timing, names)
        case tree.UntilBestTime():
            return _best_time(timing, names)
        case tree.UntilDate():
            return _date(timing, names)


def _duration(duration: tree.Duration, names: Names) -> Timing:
    unit: Unit = duration.unit
    if isinstance(duration.amount, tree.Number):
        amount = float(duration.amount.value)
        if unit in ("minute", "hour"):
            elapsed = round(amount * calendar.ELAPSED[unit])
            return Timing(lambda _s, at, _now: at + elapsed, elapsed)
        return Timing(lambda s, at, _now: calendar.add(at, amount, unit, s.facts.zone))
    computed, _ = compile_value(duration.amount, names)

    def due(scope: Scope, at: Instant, _now_counts: bool) -> Instant | str:
        value = computed(scope, None, None)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return "goes on at once: the time to wait is not known"
        if value <= 0:
            return f"goes on at once: the time to wait is {value:g} {unit}s"
        return calendar.add(at, value, unit, scope.facts.zone)

    return Timing(due)


def _moment(timing: tree.UntilMoment, names: Names) -> Timing:
    moment = timing.moment.value
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, time(0))
    store = names.types.zone if timing.store_time else None
    return Timing(lambda s, _at, _now: calendar.instant(local, store or s.facts.zone))


def _best_time(timing: tree.UntilBestTime, names: Names) -> Timing:
    names.needs.events |= ACTIVE.keys()
    within = _duration(timing.within, names).due

    def due(scope: Scope, at: Instant, _now_counts: bool) -> Instant | str:
        """The best time as far as a customer's own acts tell it."""
        from engine.core.send_time import choose

        end = within(scope, at, False)
        assert isinstance(end, int)
        return choose(scope.facts, at, end).at

    return Timing(due, within=within)


def _date(timing: tree.UntilDate, names: Names) -> Timing:
    names.needs.catalogue |= timing.path.parts[0] in ("item", "product")
    value, kind = compile_value(timing.path, names)
    shift = shift_of(timing.offset)
    clock = timing.at.value if timing.at is not None else None

    def due(scope: Scope, at: Instant, _now_counts: bool) -> Instant | str:
        zone = scope.facts.zone
        moment = value(scope, None, None)
        if kind == "time":
            clock_time = _clock(moment)
            if clock_time is None:
                return "goes on at once: the time to wait for is not known"
            return calendar.next_clock(at, clock_time, zone)
        day = as_date(moment, zone)
        if day is None:
            return "goes on at once: the date to wait for is not known"
        if clock is None and isinstance(moment, int):
            return moment if shift is None else calendar.add(moment, *shift_amount(shift), zone)
        return calendar.shifted(day, clock or time(0), shift, zone)[0]

    names_date = timing.path.parts[0] == "customer" and kind != "time"
    return Timing(due, follows=timing.path.parts[-1] if names_date else None)


def _clock(value: object) -> time | None:
    try:
        return time.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def shift_of(offset: tree.Offset | None) -> calendar.Shift | None:
    """`3 days before` as a signed shift."""
    if offset is None:
        return None
    assert isinstance(offset.duration.amount, tree.Number)
    amount = int(offset.duration.amount.value)
    return calendar.Shift(-amount if offset.side == "before" else amount, offset.duration.unit)


def shift_amount(shift: calendar.Shift) -> tuple[int, Unit]:
    return shift.amount, shift.unit
