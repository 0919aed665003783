"""What comes of a batch, as values: everything that is to be written."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.core.model import (
    Call,
    Cancelled,
    Emitted,
    EntrySkipped,
    FactChange,
    GoalReached,
    History,
    Instant,
    Intent,
    Refunded,
    Run,
    Show,
)


@dataclass(slots=True)
class Changes:
    """Everything that a batch of lanes wants written, in one transaction.

    `entered` are new runs, `changed` all runs (new or not) whose row is to be written, by id,
    `carts` the customers whose cart is another than before. `begun` says of experiments with
    `winner` (flow, name) when the first person came. `unclaimed` says of each run with new intents
    whether it had older ones that the sender may still claim.
    """

    entered: list[Run] = field(default_factory=list)
    changed: dict[int, Run] = field(default_factory=dict)
    history: list[History] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    shows: list[Show] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    emitted: list[Emitted] = field(default_factory=list)
    goals: list[GoalReached] = field(default_factory=list)
    refunds: list[Refunded] = field(default_factory=list)
    skipped: list[EntrySkipped] = field(default_factory=list)
    withdrawn: list[Cancelled] = field(default_factory=list)
    facts: list[FactChange] = field(default_factory=list)
    carts: set[int] = field(default_factory=set)
    begun: dict[tuple[str, str], Instant] = field(default_factory=dict)
    unclaimed: dict[int, bool] = field(default_factory=dict)
