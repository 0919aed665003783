"""What the compilation of conditions must know about the project and the flow around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsl import tree
from engine.core.model import Instant
from engine.core.values import Types


class ConditionError(ValueError):
    """A condition that the checks should have refused."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A step that sends: what `of LABEL` and `of MESSAGE` refer to."""

    step: str
    message: str


@dataclass(slots=True)
class Needs:
    """Which facts evaluations will ask for, so that a worker loads no others.

    `entry`: entry, item and product of the run; they are in its memory anyway.
    """

    events: set[str] = field(default_factory=set)
    scores: set[str] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    cart: bool = False
    catalogue: bool = False
    consent: bool = False
    tags: bool = False

    def add(self, other: Needs) -> None:
        self.events |= other.events
        self.scores |= other.scores
        self.segments |= other.segments
        self.cart |= other.cart
        self.catalogue |= other.catalogue
        self.consent |= other.consent
        self.tags |= other.tags


@dataclass(slots=True)
class Names:
    """`halves` says by score after how long half of its points are gone (None: never).

    `labels` are the labelled sends of the flow; `messages` all messages it sends; `entry_events`
    the events that enter it, `awaited` those that `event` may stand for; `channels` and `topics`
    what one may receive.
    """

    types: Types
    segments: Mapping[str, tree.ConditionBlock] = field(default_factory=dict)
    halves: Mapping[str, Instant | None] = field(default_factory=dict)
    labels: Mapping[str, Sending] = field(default_factory=dict)
    entry_events: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    flow: str = ""
    needs: Needs = field(default_factory=Needs)
    open_segments: tuple[str, ...] = ()
