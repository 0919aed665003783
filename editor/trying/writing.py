"""What is clicked while a flow is tried, as a test of the language, with what then came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import BaseModel, Field

from dsl import tree
from engine.core.calendar import add, local
from engine.core.model import DAY, HOUR, MINUTE, SECOND, Instant
from engine.lab import wording
from engine.lab.outcome import Chronicle, Ending, Message

MOST_PLAYS: Final = 200
LONGEST: Final = 4_000
"""Letters of one line."""


class Played(BaseModel):
    """What happens `at` so many milliseconds after the start; `text` as a test plays it."""

    at: int = Field(ge=0, le=20 * 365 * DAY)
    text: str = Field(max_length=LONGEST)


class Tried(BaseModel):
    """What was clicked. `start` is the store's local time, "" for that of every test, `given`
    are lines of a test, `now` is how many milliseconds the clock has gone on, `customer` is whose
    name and address the messages show, `language` what they are written in ("": as given), and
    `stocked` whether products of the shop's catalogue are given with it.
    """

    title: str = Field(default="", max_length=200)
    start: str = Field(default="", max_length=40)
    given: list[str] = Field(default_factory=list, max_length=MOST_PLAYS)
    plays: list[Played] = Field(default_factory=list, max_length=MOST_PLAYS)
    now: int = Field(default=0, ge=0, le=20 * 365 * DAY)
    customer: str = Field(default="", max_length=200)
    language: str = Field(default="", max_length=20, pattern=r"^[A-Za-z-]*$")
    stocked: bool = False


def begun(tried: Tried, flow: str, start: Instant, zone: str, name: str = "tried") -> list[str]:
    """The lines of the test before anything is expected."""
    title = wording.value(tree.Text(_line(name)))
    lines = [f"test {title} for {flow}:"]
    if tried.start:
        lines.append(f"  start at {_line(tried.start)}")
    lines += [f"  {_line(one)}" for one in _spoken(tried) if one.strip()]
    for one in sorted(tried.plays, key=lambda it: it.at):
        when = moment(start, start + one.at, zone)
        lines.append(f"  {when or 'after 0 minutes'} {_line(one.text)}")
    return lines


def _spoken(tried: Tried) -> Iterator[str]:
    """The given lines, the customer in the language that was chosen."""
    for line in tried.given:
        if tried.language and line.lstrip().startswith("given customer"):
            rest = re.sub(r',?\s*\blanguage: "[^"]*"', "", line.rstrip()).removesuffix(")")
            comma = "" if rest.endswith("(") else ", "
            yield f'{rest}{comma}language: "{tried.language}")'.replace("(, ", "(")
        else:
            yield line


def _line(text: str) -> str:
    """Nothing that is given is more than one line."""
    return " ".join(text.split())


def runs_for(start: Instant, now: Instant, zone: str) -> str:
    """`run for 3 days`, so long that it is `now`, which is a whole minute after `start`."""
    return f"  run for {span(start, now, zone) or f'{(now - start) // MINUTE} minutes'}"


def span(start: Instant, at: Instant, zone: str) -> str:
    """So long after the start in one unit, "" where none says it exactly."""
    passed = at - start
    days = (local(at, zone).date() - local(start, zone).date()).days
    if days > 0 and add(start, float(days), "day", zone) == at:
        return _count(days, "day")
    if passed % MINUTE:
        return ""
    if passed >= 2 * HOUR and passed % HOUR == 0 and passed < 2 * DAY:
        return _count(passed // HOUR, "hour")
    if passed == HOUR:
        return "1 hour"
    return _count(passed // MINUTE, "minute")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def moment(start: Instant, at: Instant, zone: str) -> str:
    """`after 2 hours`, or the date and time where that says it shorter; "" where neither can."""
    said = span(start, at, zone)
    if said and (at - start < 3 * HOUR or not said.endswith("minutes")):
        return f"after {said}"
    here = local(at, zone)
    if here.second or here.microsecond:
        return ""
    return f"at {here:%Y-%m-%d %H:%M}"


def expected(chronicle: Chronicle, flow: str, start: Instant) -> list[str]:
    """What came, as lines that expect it."""
    zone = chronicle.zone
    lines: list[str] = []

    def when(at: Instant) -> str:
        said = moment(start, at // SECOND * SECOND, zone)
        return f" {said}" if said else ""

    messages = [one for one in chronicle.messages if one.to_customer]
    lines += [f"expect {one.kind} {one.name}{when(one.at)}" for one in messages]
    if not messages:
        lines.append("expect no message")
    lines += list(dict.fromkeys(_others(chronicle.messages)))
    lines += [
        f"expect coupon {one}" for one in dict.fromkeys(it.coupon for it in chronicle.coupons)
    ]
    for one in chronicle.endings:
        if one.how != "finished" and one.flow == flow:
            lines.append(f"expect exit{_by(one)}{when(one.at)}")
    if any(one.reached_at is not None and one.flow == flow for one in chronicle.goals):
        lines.append("expect goal reached")
    return [f"  {one}" for one in lines]


def _others(messages: Sequence[Message]) -> Iterator[str]:
    for one in messages:
        if not one.to_customer:
            yield f"expect {one.kind} {one.name}"


def _by(ending: Ending) -> str:
    return f" by {ending.by}" if ending.by and ending.by.isidentifier() else ""
