"""A person who is played: how they stood at the beginning, and what happened to them since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from engine.backtest.updates import Update
from engine.core.customer import CustomerState
from engine.core.model import Event, Instant, Intent


class Went(NamedTuple):
    """A message that went, or would have."""

    flow: str
    message: str
    channel: str
    at: Instant
    step: str
    run: int
    version: int


@dataclass(slots=True)
class Person:
    """`came` is when they were first seen. `events` and `updates` are those of the period, in their
    order; `looks` the moments at which somebody saw them in another segment than before. `mine`
    are the numbers of all their runs, `old` those that stood at the beginning, `begun` those
    that were begun since; `gone_before` says which steps of runs had sent before. `changed` says
    whether anything of their properties is known to have changed since, `heir` whether another row
    was merged into theirs, `lost` how many of their runs could not be put back, `told_later` how
    many of their events were imported after they happened and are played as if known then,
    `imported` whether anything of theirs came so; `counted_again` says that totals, carts and
    scores follow from that already.
    """

    lane: CustomerState
    came: Instant
    events: list[Event] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    looks: list[Instant] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    live: list[Went] = field(default_factory=list)
    mine: set[int] = field(default_factory=set)
    old: set[int] = field(default_factory=set)
    begun: set[int] = field(default_factory=set)
    gone_before: set[tuple[int, str]] = field(default_factory=set)
    heir: bool = False
    changed: bool = False
    lost: int = 0
    told_later: int = 0
    imported: bool = False
    counted_again: bool = False

    @property
    def number(self) -> int:
        return self.lane.facts.id
