"""What a publish will do, as values: flow by flow, and for each step with people where they go."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from dsl.graph.graph import StepGraph
from engine.publishing.routes import How, Route

InFlight = Literal["follow", "finish"]
State = Literal["new", "changed", "removed", "unchanged"]
Fate = Literal[
    "stay", "finish", "leave", "look again", "take", "stay at", "retimed", "anew", "moved", "next"
]
"""What becomes of people at a step: they stay where they are or finish their version; leave as
`moved` says; are looked at again at another send, or take the new step at once; stay at a step that
says something else, timed from when they reached it, or as if it had been so since then; go where
`moved` says, or to the next step, as theirs is gone."""


@dataclass(frozen=True, slots=True)
class Place:
    """A step: its id, what it says in plain words, and its line in the flow's file."""

    step: str
    label: str
    line: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A step that says something else than before."""

    step: str
    label: str
    line: int
    was: str
    was_label: str
    was_line: int


@dataclass(frozen=True, slots=True)
class Timing:
    """How the waits of people at a step change: they end earlier, later or as before; for
    `at_once` the new moment has come, for `too_late` (of those) so long ago that messages are
    skipped.
    """

    earlier: int = 0
    later: int = 0
    as_before: int = 0
    at_once: int = 0
    too_late: int = 0


@dataclass(frozen=True, slots=True)
class People:
    """Those who stand at one step of one version, and where they go.

    `target` is a step of the new version (of their own for "finish" and in flows without a new
    one), None for out of the flow. `timing` is None where nothing is timed anew or where there are
    too many to be counted one by one. `to_end`: the target is the end of the flow. `says` is the
    `fate` as a sentence for people.
    """

    version: int
    step: str
    label: str
    file: str
    line: int
    people: int
    how: How
    target: str | None
    target_label: str
    target_line: int | None
    timing: Timing | None
    fate: Fate
    to_end: bool
    says: str


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """What happens to one flow. `version` is the live one, `next_version` the one to come.

    `held` is "paused" or "stopped" for a flow that somebody holds.
    """

    flow: str
    title: str
    state: State
    file: str
    line: int
    version: int | None
    next_version: int | None
    held: str | None = None
    added: tuple[Place, ...] = ()
    changed: tuple[Changed, ...] = ()
    removed: tuple[Place, ...] = ()
    people: tuple[People, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def inside(self) -> int:
        return sum(one.people for one in self.people)


@dataclass(frozen=True, slots=True)
class StoreChange:
    """How the store will differ, a sentence each, which holds for all flows at once: for `people`
    inside of any, and for `messages` that are decided and have not gone out.
    """

    says: tuple[str, ...]
    people: int
    messages: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`hash` is another as soon as anybody's target may be another; numbers take no part in it.

    `routes` are the ways from each old version of a changed flow, `digests` the new content of all,
    `graphs` the steps of each version that the plan speaks of, by flow and number.
    """

    in_flight: InFlight
    hash: str
    flows: tuple[FlowPlan, ...]
    routes: dict[tuple[str, int], Route] = field(default_factory=dict, compare=False)
    digests: dict[str, str] = field(default_factory=dict, compare=False)
    graphs: dict[tuple[str, int], StepGraph] = field(default_factory=dict, compare=False)
    store: StoreChange | None = None

    @property
    def nothing(self) -> bool:
        """Whether a publish would change no flow and no line of the store."""
        return self.store is None and all(one.state == "unchanged" for one in self.flows)

    def of(self, flow: str) -> FlowPlan:
        """Raises KeyError for a flow that is neither live nor to be."""
        for one in self.flows:
            if one.flow == flow:
                return one
        raise KeyError(flow)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "hash": self.hash,
            "in_flight": self.in_flight,
            "flows": [{**asdict(one), "inside": one.inside} for one in self.flows],
            "store": None if self.store is None else asdict(self.store),
        }
