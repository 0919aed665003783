"""A flow compiled for the machine: its steps as ops that refer to each other by index."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from dsl import tree
from engine.core import calendar
from engine.core.conditions.context import Needs
from engine.core.conditions.python import Getter, Test
from engine.core.model import Instant
from engine.core.ports import Eligible
from engine.core.schedules import ScheduleLine
from engine.core.triggers import PRODUCT, Matcher
from engine.core.waits import Timing
from engine.core.wanted import Wanted


@dataclass(slots=True)
class SendSpec:
    """`eligible` is the `where` of its products. `over` a limit the message is skipped, or goes
    "anyway", or waits so long (milliseconds).
    """

    channels: tuple[str, ...]
    message: str
    subject: str | None
    to: str | None
    products: tree.Products | None
    over: Instant | Literal["anyway"] | None = None
    eligible: Eligible | None = None


@dataclass(slots=True)
class WaitSpec:
    """`arms` holds the matchers of each arm, `triggers` all their triggers."""

    timing: Timing
    arms: tuple[tuple[Matcher, ...], ...]
    triggers: frozenset[str]


@dataclass(frozen=True, slots=True)
class WinnerSpec:
    """An arm is chosen by an `event`, so long after the first person came. `zone` is the store's:
    the time is the same for everybody.
    """

    event: str
    amount: float
    unit: calendar.Unit
    zone: str

    def due(self, began_at: Instant) -> Instant:
        """When the arm is chosen where the first person came at `began_at`."""
        return calendar.add(began_at, self.amount, self.unit, self.zone)


@dataclass(slots=True)
class ExperimentSpec:
    """`shares` are the upper bounds in [0, 1] of the arms, by their labels. With a `winner` those
    above them wait for it. `sends` are the ids of the steps of each arm that send.
    """

    name: str
    shares: tuple[tuple[float, str], ...]
    winner: WinnerSpec | None = None
    sends: tuple[frozenset[str], ...] = ()


@dataclass(slots=True)
class ValueSpec:
    """Names and values of a step: what it sets, tracks or tells a webhook."""

    name: str
    values: tuple[tuple[str, Getter, str | None], ...] = ()
    customer: Getter | None = None


@dataclass(slots=True)
class ShowSpec:
    surface: str
    message: str
    where: str | None
    appears: str
    amount: int | None
    duration: tuple[float, calendar.Unit] | None


@dataclass(slots=True)
class NotifySpec:
    """`staff` is the name of an address of the store."""

    staff: str
    message: str


@dataclass(slots=True)
class ScoreSpec:
    """`halves` in milliseconds, None where points do not decay."""

    name: str
    points: float
    halves: Instant | None


Tests = tuple[Test, ...]
"""What `if` and `switch` ask, an arm each."""

Spec = (
    SendSpec | ShowSpec | NotifySpec | WaitSpec | ExperimentSpec | ValueSpec | ScoreSpec
    | Tests | str | int | None
)  # fmt: skip
"""What a step needs beside its kind: a name alone is text, how often a number."""


@dataclass(slots=True)
class Op:
    """One step. `next` is the index of what runs after it, `arms` and `otherwise` the ways out
    of a branching step; -1 where there is none.
    """

    kind: str
    id: str
    spec: Spec = None
    next: int = -1
    arms: tuple[int, ...] = ()
    otherwise: int = -1
    position: int = 0

    @property
    def name(self) -> str:
        """What the step is about: a tag, a coupon, a flow, a reason."""
        assert isinstance(self.spec, str)
        return self.spec

    @property
    def times(self) -> int:
        assert isinstance(self.spec, int)
        return self.spec

    @property
    def wait(self) -> WaitSpec:
        assert isinstance(self.spec, WaitSpec)
        return self.spec


@dataclass(slots=True)
class Entry:
    """`enter when ..`: `audience`, `item_where` None where the line has none.

    `interest`: the audience did one of these events about the entering product; None: anybody may
    be meant.
    """

    matcher: Matcher
    per: str | None
    each_item: bool
    item_where: Test | None
    audience: Test | None
    interest: frozenset[str] | None = None


@dataclass(slots=True)
class Program:
    """`flow` in one `version`. Runs refer to ops by index; their memory speaks of node ids.

    `entries`, `exits`, `goals` and `jumps` are indexed by trigger. `re_enter` is None for always,
    "never", or (amount, unit). `exit_ifs` are tests with the line they stand on. `wanted` is what
    the lines that let people in ask of them.
    """

    flow: str
    version: int
    title: str
    hash: str
    ops: tuple[Op, ...]
    index: dict[str, int]
    labels: dict[str, int]
    lines: dict[str, int]
    needs: Needs
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    schedules: tuple[ScheduleLine, ...] = ()
    manual: bool = False
    only_if: list[tuple[Test, int]] = field(default_factory=list)
    asks_reach: bool = False  # `only if` says `can receive`
    re_enter: str | tuple[float, calendar.Unit] | None = None
    exits: dict[str, list[Matcher]] = field(default_factory=dict)
    exit_ifs: list[tuple[Test, int]] = field(default_factory=list)
    goals: dict[str, list[tuple[Matcher, float, calendar.Unit]]] = field(default_factory=dict)
    goal_window: list[tuple[float, calendar.Unit]] = field(default_factory=list)
    jumps: dict[str, list[tuple[Matcher, int]]] = field(default_factory=dict)
    waits: frozenset[str] = frozenset()
    holdout: float = 0.0
    priority: int = 10
    sender: str = ""
    quiet: tuple[time, time] | None = None
    transactional: bool = False
    moved: dict[str, str | None] = field(default_factory=dict)
    experiments: frozenset[str] = frozenset()
    wanted: Wanted = field(default_factory=Wanted)

    def choosing(self) -> list[ExperimentSpec]:
        """The experiments of which an arm is chosen."""
        specs = [op.spec for op in self.ops if isinstance(op.spec, ExperimentSpec)]
        return [one for one in specs if one.winner is not None]

    def moved_by_products(self) -> list[Matcher]:
        """What of products can move a run."""
        found = list(self.exits.get(PRODUCT, ()))
        found += [matcher for matcher, *_ in self.goals.get(PRODUCT, ())]
        found += [matcher for matcher, _ in self.jumps.get(PRODUCT, ())]
        for op in self.ops:
            if isinstance(op.spec, WaitSpec):
                found += [one for arm in op.spec.arms for one in arm if one.trigger == PRODUCT]
        return found
