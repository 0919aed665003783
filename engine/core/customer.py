"""A customer's state: what is known of them, and their runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.core.facts import Facts
from engine.core.model import Instant, Run


@dataclass(slots=True)
class CustomerState:
    """A customer's facts and runs.

    `runs` are the active runs, and of the ended ones those whose goal window is still open or that
    have an unclaimed intent. `entries` says when each (flow, key) was last entered (for `re-enter`
    and for nothing else). `holdout` and `arms` (experiment to arm's label) override the draws, for
    language tests: with a set of flows exactly those hold this customer out, with None the draw
    decides.
    """

    facts: Facts
    runs: list[Run] = field(default_factory=list)
    entries: dict[tuple[str, str], Instant] = field(default_factory=dict)
    holdout: frozenset[str] | None = None
    arms: dict[str, str] = field(default_factory=dict)

    def next_wake(self) -> Instant | None:
        """When the earliest active run is due, None when none waits for a time."""
        return min(
            (run.wake_at for run in self.runs if run.wake_at is not None),
            default=None,
        )

    def tidy(self, now: Instant) -> None:
        """Forget ended runs that nothing can touch any more."""
        self.runs = [
            run
            for run in self.runs
            if run.state != "ended"
            or run.unclaimed
            or (run.goal_at is None and run.goal_until is not None and run.goal_until >= now)
        ]
