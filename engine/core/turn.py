"""The turn in which a customer's state is worked on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.core.changes import Changes
from engine.core.customer import CustomerState
from engine.core.deployment import Deployment
from engine.core.model import Instant, Occurrence, Run
from engine.core.ports import CLOSED, Ports
from engine.core.program import Program


@dataclass(slots=True)
class Turn:
    """A customer's state that is being worked on, with all that its runs need to move.

    `queue` takes what steps cause for this same customer (events, started flows); it is applied
    afterwards. `memberships_stale` says that memberships may be others than before, `may_enter`
    whether what brought that about may enter flows. `yielded` are the runs (by id) that have used
    up their share of steps.
    """

    deployment: Deployment
    lane: CustomerState
    now: Instant
    changes: Changes
    new_run_id: Callable[[], int]
    new_seq: Callable[[], int]
    ports: Ports = CLOSED
    queue: list[Occurrence] = field(default_factory=list)
    memberships_stale: bool = False
    may_enter: bool = True
    yielded: set[int] = field(default_factory=set)

    def program(self, run: Run) -> Program | None:
        """The program of a run; None for an ended one whose version is no longer kept.

        Raises KeyError for an active run without its version: it must not be passed over.
        """
        if run.state == "ended":
            return self.deployment.versions.get((run.flow, run.version))
        return self.deployment.versions[run.flow, run.version]
