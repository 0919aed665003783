"""A `test` block read as a script: what is given, what is played and when, what is expected.

All times of a test are in the store's zone (semantics, "Tests in the language").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time

from dsl import tree
from engine.core.calendar import ELAPSED, add, instant
from engine.core.model import Instant, Properties
from engine.core.values import Types
from engine.lab.literals import arguments
from engine.lab.wording import Expectation


@dataclass(frozen=True, slots=True)
class Cue:
    """Something that the test plays, and when."""

    at: Instant
    play: tree.Play
    line: int


@dataclass(frozen=True, slots=True)
class Script:
    """`until` is the end of `run for`: as long as schedules fire and time alone counts. `tracked`
    are the properties that each `expect track` names, by its line.
    """

    test: tree.Test
    zone: str
    start: Instant
    until: Instant | None
    customer: tuple[tree.Argument, ...]
    products: tuple[tree.GivenProduct, ...]
    arms: dict[str, str]
    chosen: dict[str, str]
    holdout: bool
    past: tuple[Cue, ...]
    cues: tuple[Cue, ...]
    expectations: tuple[Expectation, ...]
    tracked: dict[int, Properties] = field(default_factory=dict)

    def due(self, when: tree.When) -> Instant:
        return due(when, self.start, self.zone)


def read(test: tree.Test, zone: str, types: Types | None = None) -> Script:
    """`zone` is the store's; the test has passed the checks. Without `types`, values are as
    they are written.
    """
    lines = test.lines
    starts = [it.moment for it in lines if isinstance(it, tree.StartAt)]
    start = local_moment(starts[0], zone) if starts else instant(tree.TEST_START, zone)
    durations = [it.duration for it in lines if isinstance(it, tree.RunFor)]
    past = [
        Cue(before(start, it.ago), it.play, it.span.line)
        for it in lines
        if isinstance(it, tree.GivenPast)
    ]
    cues = [
        Cue(due(it.when, start, zone), it.play, it.span.line)
        for it in lines
        if isinstance(it, tree.PlayAt)
    ]
    return Script(
        test=test,
        zone=zone,
        start=start,
        until=max((after(start, it, zone) for it in durations), default=None),
        customer=tuple(
            argument
            for it in lines
            if isinstance(it, tree.GivenCustomer)
            for argument in it.arguments
        ),
        products=tuple(it for it in lines if isinstance(it, tree.GivenProduct)),
        arms={it.experiment: it.arm for it in lines if isinstance(it, tree.GivenArm)},
        chosen={it.experiment: it.arm for it in lines if isinstance(it, tree.GivenChosen)},
        holdout=any(isinstance(it, tree.GivenHoldout) for it in lines),
        # Sorting is stable: what is played at one moment happens in the order of its lines.
        past=tuple(sorted(past, key=lambda it: it.at)),
        cues=tuple(sorted(cues, key=lambda it: it.at)),
        expectations=tuple(it for it in lines if isinstance(it, Expectation)),
        tracked={
            it.span.line: _properties(it, types) for it in lines if isinstance(it, tree.ExpectTrack)
        },
    )


def _properties(line: tree.ExpectTrack, types: Types | None) -> Properties:
    """Those that the line names, as the event keeps them."""
    told = arguments(line.arguments)
    kept = told if types is None else types.read_event(line.event, dict(told), {})
    return {name: kept.get(name) for name in told}


def due(when: tree.When, start: Instant, zone: str) -> Instant:
    """The instant of `after ..` (from the test's start) or `at ..`."""
    if isinstance(when, tree.After):
        return after(start, when.duration, zone)
    return local_moment(when.moment, zone)


def local_moment(node: tree.Date | tree.DateTime, zone: str) -> Instant:
    if isinstance(node.value, datetime):
        return instant(node.value, zone)
    return instant(datetime.combine(node.value, time()), zone)


def after(start: Instant, span: tree.Duration, zone: str) -> Instant:
    """As steps count: days, weeks and months of the calendar, hours and minutes elapsed."""
    return add(start, float(_amount(span)), span.unit, zone)


def before(start: Instant, span: tree.Duration) -> Instant:
    """As conditions count: a day is 24 elapsed hours, so that `3 days ago` is `in last 3 days`."""
    return start - round(float(_amount(span)) * ELAPSED[span.unit])


def _amount(span: tree.Duration) -> float:
    assert isinstance(span.amount, tree.Number), "the checks refuse computed durations in tests"
    return float(span.amount.value)
