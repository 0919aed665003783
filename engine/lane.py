"""One customer's lane: what happened, applied to all flows in the prescribed order.

Source: semantics, paragraph "Order". The lab keeps lanes in memory; the worker loads them for a
batch, applies, and writes the `Changes` in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.facts import Facts
from engine.model import Changes, Instant, Occurrence, Run
from engine.shop import Shop


@dataclass(slots=True)
class Lane:
    """A customer's facts and runs.

    `runs` are the active runs, and of the ended ones those whose goal window is still open or that
    have an unclaimed intent. `entries` says when each (flow, key) was last entered (for `re-enter`
    and for nothing else). `holdout` and `arms` (experiment to arm's label) override the draws, for
    language tests: an empty set means that nobody is held out, None that the draw decides.
    """

    facts: Facts
    runs: list[Run] = field(default_factory=list)
    entries: dict[tuple[str, str], Instant] = field(default_factory=dict)
    holdout: frozenset[str] | None = None
    arms: dict[str, str] = field(default_factory=dict)

    def next_wake(self) -> Instant | None:
        """When the earliest active run is due, None when none waits for a time."""
        raise NotImplementedError


def apply(
    shop: Shop,
    lane: Lane,
    occurrences: Iterable[Occurrence],
    now: Instant,
    changes: Changes,
    new_run_id: Callable[[], int],
    new_seq: Callable[[], int],
) -> None:
    """Apply occurrences, and every timer that is due at `now`, by effective time.

    At a tie events go first, then sequence. `now` is the batch's clock (not before any
    occurrence's `at`). `changes` may be shared by a whole batch of lanes. `new_run_id` and
    `new_seq` number new runs and the events that steps emit (those are applied here, too).
    Facts of the lane are kept up to date, so that a lane may be applied again.
    """
    raise NotImplementedError


def settle(shop: Shop, lane: Lane, now: Instant) -> None:
    """Note who is in which watched segment now, without anybody joining or leaving."""
    raise NotImplementedError
