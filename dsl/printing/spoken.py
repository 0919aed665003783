"""Lengths of time, triggers and what happens, in plain words of any language.

Who wants another language gives a `say`: it gets a sentence in English with places in braces, and
gives the same in its own words. Conditions, values and events' names are flow text in each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from dsl import tree
from dsl.printing import expressions as wording

Say = Callable[[str], str]


def in_english(text: str) -> str:
    """What is said where nobody asks for another language."""
    return text


def spoken_duration(duration: tree.Duration, say: Say) -> str:
    """`1 hour`, `3 days`; a calculation stays as it is written."""
    amount = duration.amount
    if not isinstance(amount, tree.Number) or amount.parens == "broken":
        return wording.print_duration(duration)
    plural = "" if abs(amount.value) == 1 else "s"
    return say(f"{{n}} {duration.unit}{plural}").format(n=wording.print_number(amount))


def spoken_times(times: int, say: Say) -> str:
    return (say("{n} time") if times == 1 else say("{n} times")).format(n=times)


def spoken_happenings(happenings: tuple[tree.Happening, ...], say: Say) -> str:
    return one_or_other([_happening(one, say) for one in happenings], say)


def one_or_other(said: list[str], say: Say) -> str:
    """Several of which each will do; at least one."""
    return reduce(lambda one, other: say("{one} or {other}").format(one=one, other=other), said)


def _happening(happening: tree.Happening, say: Say) -> str:
    match happening:
        case tree.EventHappens():
            return wording.print_happening(happening)
        case tree.SegmentMove(move="joins"):
            return say("customer joins segment {segment}").format(segment=happening.segment)
        case tree.SegmentMove():
            return say("customer leaves segment {segment}").format(segment=happening.segment)
        case tree.BackInStock():
            return say("product back in stock")
        case tree.PriceDrop(by=None):
            return say("product price drops")
        case tree.PriceDrop(by=by) if by is not None:
            return say("product price drops by {share}").format(share=wording.print_value(by))
        case tree.StockFalls():
            return say("product stock falls below {number}").format(number=happening.below)
    return wording.print_happening(happening)


def spoken_trigger(trigger: tree.Trigger, say: Say) -> str:
    """By what people come into a flow."""
    match trigger:
        case tree.OnHappening():
            return _on_happening(trigger, say)
        case tree.OnSchedule():
            form = (
                say("{day} at {time} store time for segment {segment}")
                if trigger.store_time
                else say("{day} at {time} for segment {segment}")
            )
            return form.format(
                day=_recurrence(trigger.recurrence, say),
                time=wording.print_clock(trigger.at),
                segment=trigger.segment,
            )
        case tree.OnAnniversary():
            return say("every year {day} at {time}").format(
                day=_around(trigger.offset, trigger.path, say), time=wording.print_clock(trigger.at)
            )
        case tree.OnDate():
            return say("{day} at {time}").format(
                day=_around(trigger.offset, trigger.path, say), time=wording.print_clock(trigger.at)
            )
        case tree.Once():
            form = (
                say("once on {time} store time for segment {segment}")
                if trigger.store_time
                else say("once on {time} for segment {segment}")
            )
            return form.format(time=wording.print_moment(trigger.moment), segment=trigger.segment)
        case tree.Manually():
            return say("manually")


def _on_happening(trigger: tree.OnHappening, say: Say) -> str:
    what = spoken_happenings(trigger.happenings, say)
    if trigger.per:
        return say("when {what} per {property}").format(what=what, property=trigger.per)
    if trigger.each_item:
        where = wording.print_where(trigger.item_where)
        return say("when {what} for each item{where}").format(what=what, where=where)
    if trigger.audience is not None:
        condition = wording.print_condition(trigger.audience)
        return say("when {what} for customers who {condition}").format(
            what=what, condition=condition
        )
    return say("when {what}").format(what=what)


def _recurrence(recurrence: tree.Recurrence, say: Say) -> str:
    weekday = say(recurrence.weekday or "monday")
    match recurrence.kind:
        case "day" if recurrence.every == 1:
            return say("every day")
        case "day":
            return say("every {n} days").format(n=recurrence.every)
        case "week" if recurrence.every == 1:
            return say("every {weekday}").format(weekday=weekday)
        case "week":
            form = say("every {n} weeks on {weekday}")
            return form.format(n=recurrence.every, weekday=weekday)
        case "month":
            return say("every month on day {day}").format(day=recurrence.day)
        case "year":
            date = f"{recurrence.month:02}-{recurrence.day:02}"
            return say("every year on {date}").format(date=date)


def _around(offset: tree.Offset | None, path: tree.Path, say: Say) -> str:
    if offset is None:
        return say("on {date}").format(date=path)
    form = say("{time} before {date}") if offset.side == "before" else say("{time} after {date}")
    return form.format(time=spoken_duration(offset.duration, say), date=path)


def spoken_wait(step: tree.Wait, say: Say) -> str:
    """How long, or until when, or for what a step waits."""
    timing, what = step.timing, spoken_happenings(step.happenings, say) if step.happenings else ""
    match timing:
        case tree.ForTime():
            said = say("Wait {time}").format(time=spoken_duration(timing.duration, say))
        case tree.UpTo() if what:
            time = spoken_duration(timing.duration, say)
            return say("Wait up to {time} for {what}").format(time=time, what=what)
        case tree.UpTo():
            said = say("Wait up to {time}").format(time=spoken_duration(timing.duration, say))
        case tree.UntilTime():
            said = say("Wait until {time}").format(time=wording.print_clock(timing.at))
        case tree.UntilWeekday():
            said = say("Wait until {weekday} at {time}").format(
                weekday=say(timing.weekday), time=wording.print_clock(timing.at)
            )
        case tree.UntilMoment():
            form = (
                say("Wait until {time} store time")
                if timing.store_time
                else say("Wait until {time}")
            )
            said = form.format(time=wording.print_moment(timing.moment))
        case tree.UntilBestTime():
            said = say("Wait until best time within {time}").format(
                time=spoken_duration(timing.within, say)
            )
        case tree.UntilDate():
            said = _until_date(timing, say)
    return f"{said} for {what}" if what else said


def _until_date(timing: tree.UntilDate, say: Say) -> str:
    date = str(timing.path) if timing.offset is None else _around(timing.offset, timing.path, say)
    if timing.at is None:
        return say("Wait until {time}").format(time=date)
    return say("Wait until {date} at {time}").format(date=date, time=wording.print_clock(timing.at))
