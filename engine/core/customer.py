"""A customer's lane, and the pass in which it is worked on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.core.deployment import Deployment
from engine.core.facts import Facts
from engine.core.machine.moves import Execution
from engine.core.model import Changes, Instant, Occurrence, Run
from engine.core.program import Program


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


@dataclass(slots=True)
class Turn:
    """A lane that is being worked on, with all that its runs need to move.

    `turned` says that memberships may be others than before, `fresh` whether what brought that
    about may enter flows.
    """

    deployment: Deployment
    lane: CustomerState
    now: Instant
    changes: Changes
    new_run_id: Callable[[], int]
    new_seq: Callable[[], int]
    queue: list[Occurrence] = field(default_factory=list)
    turned: bool = False
    fresh: bool = True
    rested: set[int] = field(default_factory=set)

    def program(self, run: Run) -> Program | None:
        """The program of a run; None for an ended one whose version is no longer kept.

        Raises KeyError for an active run without its version: it must not be passed over.
        """
        if run.state == "ended":
            return self.deployment.versions.get((run.flow, run.version))
        return self.deployment.versions[run.flow, run.version]

    def advance(
        self, run: Run, *, at: Instant, moment: Instant, cause: Occurrence | None = None
    ) -> Execution:
        deployment = self.deployment
        return Execution(
            deployment,
            deployment.versions[run.flow, run.version],
            self.lane.facts,
            run,
            now=self.now,
            at=at,
            moment=moment,
            changes=self.changes,
            queue=self.queue,
            new_seq=self.new_seq,
            arms=self.lane.arms,
            cause=cause,
        )

    def moved(self, advance: Execution) -> None:
        """Note what a move leaves for later: memberships to look at, a share that is used up."""
        if advance.turned:
            self.turned = True
        if "parked" in advance.memory:
            self.rested.add(advance.run.id)
