"""Where people who stand in an old version of a flow go in the new one. Pure.

The same step is found by its label, else by structure (`dsl.graph.matching`). For a removed step
the author's `moved OLD to ..` decides, else people go to the next step that is still there. A step
that still says the same keeps everybody as they are; a wait that says something else is timed
from when each person reached it; whoever comes to another step arrives there now.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dsl import tree
from dsl.graph.graph import GraphNode, StepGraph
from dsl.graph.kinds import KINDS
from dsl.graph.matching import match, says
from engine.core.program import ExperimentSpec, Program
from engine.projects.compiled import CompiledProject

How = Literal["same", "changed", "next", "moved", "exit", "finish"]
"""The same step; the same step that says something else; the next one that is still there; where
`moved` says; out of the flow as `moved` says; the old version is finished."""

Arrival = Literal["stays", "retimed", "anew", "arrives", "leaves"]
"""What becomes of a waiting run: it goes on waiting; its wait ends at another moment that needs
only its zone to be known; it is looked at anew with all facts; it takes the step now; it ends."""

_PLAIN = (tree.ForTime, tree.UpTo, tree.UntilTime, tree.UntilWeekday, tree.UntilMoment)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a flow: as it is drawn, as it runs, and the file that it was written in."""

    graph: StepGraph
    program: Program
    file: str

    @classmethod
    def of(cls, compiled: CompiledProject, flow: str, program: Program) -> Version:
        """A flow of a project as it is drawn, beside `program`, as it runs."""
        project = compiled.project
        file = Path(project.file_of(project.flows[flow])).relative_to(compiled.folder)
        return cls(project.graphs[flow], program, file.as_posix())

    @property
    def nodes(self) -> dict[str, GraphNode]:
        return {node.id: node for node in self.graph.nodes}


@dataclass(frozen=True, slots=True)
class Target:
    """`place` is an index into the new program's ops, `step` that op's node id; None for out."""

    how: How
    arrival: Arrival
    step: str | None
    place: int


@dataclass(frozen=True, slots=True)
class Route:
    """From one old version to the new one: a target for every op of the old program.

    `renamed` says under which id the new version knows what a run's memory counts by the old one,
    None where that is no longer known. Ids that stay are not in it.
    """

    old: Version
    new: Version
    targets: tuple[Target, ...]
    renamed: dict[str, str | None]
    within: dict[str, tuple[str, ...]]

    @property
    def other_goal(self) -> bool:
        """Whether the time in which a goal counts is another."""
        return self.old.program.goal_window != self.new.program.goal_window


def route(old: Version, new: Version) -> Route:
    """Where everybody goes from `old` to `new`."""
    found = match(old.graph, new.graph)
    targets = tuple(_target(old, new, found, place) for place in range(len(old.program.ops)))
    return Route(old, new, targets, _renamed(old, new, found), _within(new.graph))


def _target(old: Version, new: Version, found: dict[str, str | None], place: int) -> Target:
    op = old.program.ops[place]
    mate = found[op.id]
    wanted = _wanted(old, new, op.id, mate)
    if wanted is not None:
        return wanted
    if mate is None:
        following = _following(old, found, place)
        step = new.graph.nodes[-1].id if following is None else found[old.program.ops[following].id]
        assert step is not None
        again = following is not None and old.program.ops[following].kind == "again"
        return Target("next", "arrives", step, _place(new.program, step, again=again))
    arrival = _arrival(old, new, op.id, mate)
    same = says(old.nodes[op.id].step) == says(new.nodes[mate].step)
    place = _place(new.program, mate, again=op.kind == "again")
    return Target("same" if same else "changed", arrival, mate, place)


def _wanted(old: Version, new: Version, step: str, mate: str | None) -> Target | None:
    """What the author says of a step by its label that is gone, or of a step that is gone by its
    id.
    """
    label = old.nodes[step].name or (step if mate is None else "")
    if label not in new.program.moved or label in new.program.labels:
        return None
    target = new.program.moved[label]
    if target is None:
        return Target("exit", "leaves", None, -1)
    place = new.program.labels[target]
    return Target("moved", "arrives", new.program.ops[place].id, place)


def _arrival(old: Version, new: Version, step: str, mate: str) -> Arrival:
    one, other = old.nodes[step], new.nodes[mate]
    if one.kind != other.kind:
        return "arrives"
    if isinstance(one.step, tree.Experiment) and isinstance(other.step, tree.Experiment):
        # Who waits for the winner looks again, where that, or who is in no arm, is another.
        return "stays" if _choosing(one.step) == _choosing(other.step) else "arrives"
    if one.kind == "send":
        # Held by quiet hours that are others now: the send is looked at again.
        ones, others = old.program, new.program
        same = (ones.quiet, ones.transactional) == (others.quiet, others.transactional)
        return "stays" if same else "arrives"
    if not isinstance(one.step, tree.Wait) or not isinstance(other.step, tree.Wait):
        return "stays"
    awaited = [_awaited(one.step), _awaited(other.step)]
    if awaited[0] != awaited[1]:
        return "anew"
    if one.step.timing == other.step.timing:
        return "stays"
    timing = other.step.timing
    if isinstance(timing, tree.ForTime | tree.UpTo):
        return "retimed" if isinstance(timing.duration.amount, tree.Number) else "anew"
    return "retimed" if isinstance(timing, _PLAIN) else "anew"


def _choosing(step: tree.Experiment) -> object:
    shares = [(one.share, one.label) for one in step.arms if isinstance(one, tree.Arm)]
    return step.winner, shares


def _awaited(wait: tree.Wait) -> tuple[object, ...]:
    arms = tuple(one.happenings for one in wait.arms if isinstance(one, tree.ForArm))
    return (*((wait.happenings,) if wait.happenings else ()), *arms)


def _following(old: Version, found: dict[str, str | None], place: int) -> int | None:
    """The next op on the way that still is in the new version; None for none."""
    ops = old.program.ops
    seen: set[int] = set()
    while place >= 0 and place not in seen:
        seen.add(place)
        op = ops[place]
        if found[op.id] is not None:
            return place
        chosen = _chosen(old, found, place)
        if chosen is not None:
            return chosen
        place = op.next if op.next >= 0 else op.otherwise
        if place < 0 and op.arms:
            place = _behind(old, op.id)
    return None


def _chosen(old: Version, found: dict[str, str | None], place: int) -> int | None:
    """Where who waits for the winner of an experiment goes when the experiment is gone: to the
    first step of the first arm that is still there, as where one arm took its place.
    """
    op = old.program.ops[place]
    if not isinstance(op.spec, ExperimentSpec) or op.spec.winner is None:
        return None
    return next((arm for arm in op.arms if found[old.program.ops[arm].id] is not None), None)


def _behind(old: Version, step: str) -> int:
    """Where a step leads whose ways all begin with a block: what stands behind it."""
    nodes, index = old.nodes, old.program.index
    node: GraphNode | None = nodes[step]
    while node is not None:
        beside = [
            one
            for one in old.graph.nodes[1:-1]
            if (one.parent, one.arm) == (node.parent, node.arm) and index[one.id] > index[node.id]
        ]
        if beside:
            return index[beside[0].id]
        node = nodes[node.parent] if node.parent is not None else None
        if node is not None and node.kind == "repeat":
            return _place(old.program, node.id, again=True)
    return index[old.graph.nodes[-1].id]


def _place(program: Program, step: str, *, again: bool) -> int:
    """The index of a step; of the way back into a `repeat` for `again`."""
    if again:
        for place, op in enumerate(program.ops):
            if op.kind == "again" and op.id == step:
                return place
    return program.index[step]


def _renamed(old: Version, new: Version, found: dict[str, str | None]) -> dict[str, str | None]:
    renamed: dict[str, str | None] = {}
    for node in old.graph.nodes:
        mate = found[node.id]
        if mate is None and node.name in new.program.moved:
            target = new.program.moved[node.name]
            mate = None if target is None else new.program.ops[new.program.labels[target]].id
        if mate is not None and new.nodes[mate].kind != node.kind:
            mate = None
        if KINDS[node.kind].counted and mate != node.id:
            renamed[node.id] = mate
    return renamed


def _within(graph: StepGraph) -> dict[str, tuple[str, ...]]:
    """The `repeat` steps in whose body each step stands."""
    nodes = {node.id: node for node in graph.nodes}
    found: dict[str, tuple[str, ...]] = {}
    for node in graph.nodes:
        around, parent = [], node.parent
        while parent is not None:
            if nodes[parent].kind == "repeat":
                around.append(parent)
            parent = nodes[parent].parent
        found[node.id] = tuple(around)
    return found
