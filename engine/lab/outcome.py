"""What a language test saw, as plain values: messages, the story of the runs, and failures.

Instants are milliseconds since the epoch, UTC; lines count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from dsl import tree

Kind = Literal["email", "sms", "push", "whatsapp", "notify", "call", "show"]
How = Literal["finished", "exit", "stopped"]


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a `.flow` file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Message:
    """Something that went out: to the customer (a channel), to staff, to a webhook, on the site.

    `staff` is whom a notification went to, `node` the id of the step that made it, `made` what it
    looked like, where whoever plays the test asked for that.
    """

    kind: Kind
    name: str
    at: int
    flow: str
    run: int
    place: Place
    staff: str | None = None
    node: str = ""
    made: Any = field(default=None, compare=False)

    @property
    def to_customer(self) -> bool:
        return self.kind in ("email", "sms", "push", "whatsapp")


@dataclass(frozen=True, slots=True)
class Scene:
    """One line of the story.

    `what` says what happened in the language's own words, `result` what came of it
    (`sent`, `skipped: no consent`, `held until ..`). `run` counts the runs of the test from 1;
    0 is the world outside of them (plays, products, schedules). `place` is None where no line
    stands behind it. `node` is the id of the step in its flow's graph, `outcome` what became of it
    there, and `seen` the values that a branch looked at.
    """

    at: int
    what: str
    result: str = ""
    flow: str = ""
    run: int = 0
    place: Place | None = None
    node: str = ""
    outcome: str = ""
    seen: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """A run that ended, and by what.

    `by` is the event of an exit header, `reason` the text of an `exit` step or of the engine.
    `how` tells a run that came to its last step (`finished`) from one that left before.
    """

    at: int
    flow: str
    run: int
    how: How
    by: str | None = None
    reason: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class GoalWindow:
    """The time in which a run's goal may be reached; `reached_at` is None while it is not."""

    flow: str
    run: int
    opened_at: int
    closes_at: int
    reached_at: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A coupon that a step gave."""

    coupon: str
    at: int
    run: int
    place: Place


@dataclass(frozen=True, slots=True)
class Tracked:
    """An event that a step recorded. `shown` are its properties with money in whole units."""

    event: str
    properties: dict[str, Any]
    shown: dict[str, Any]
    at: int
    run: int
    place: Place


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the condition of a line holds at the end, and the values that it compares."""

    line: int
    holds: bool
    found: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that did not hold: its line, what is wrong, and what explains it."""

    place: Place
    expected: str
    sentence: str
    because: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.place}: {self.expected}: {self.sentence}"]
        parts.extend(self.because)
        return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Everything that a test saw, in order of time.

    `next_at` is when something can happen next that was not waited for; None: nothing can.
    """

    zone: str
    started_at: int
    ended_at: int
    messages: tuple[Message, ...] = ()
    story: tuple[Scene, ...] = ()
    endings: tuple[Ending, ...] = ()
    goals: tuple[GoalWindow, ...] = ()
    tags: frozenset[str] = frozenset()
    coupons: tuple[Given, ...] = ()
    tracked: tuple[Tracked, ...] = ()
    answers: tuple[Answer, ...] = ()
    entered: int = 0
    trouble: str = ""
    next_at: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test's result. `seconds` is real time."""

    test: tree.Test
    file: str
    failures: tuple[Failure, ...]
    chronicle: Chronicle
    seconds: float = field(default=0.0, compare=False)

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def name(self) -> str:
        return self.test.title
