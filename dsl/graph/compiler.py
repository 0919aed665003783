"""Tree to step graph: the same flow gives the same graph, node ids included."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dsl import tree
from dsl.graph.graph import ELSE, GraphEdge, GraphNode, StepGraph
from dsl.graph.kinds import kind_of
from dsl.printing import expressions as wording
from dsl.printing.labels import plain_words
from dsl.printing.spoken import Say, in_english, spoken_duration, spoken_happenings

ENTRY = "entry"
END = "end"
_SLUG_LENGTH = 60

_KEPT: Final = 256
"""Graphs: a project's, and those of the drafts of a few people."""
_made: dict[int, StepGraph] = {}


def arms_of(step: tree.Step) -> list[tuple[int, tree.Block]]:
    """The blocks of a step with the arm that leads into each, in text order."""
    found: list[tuple[int, tree.Block]] = []
    otherwise: tree.Else | None = None
    match step:
        case tree.If():
            found = [(0, step.block), *((at, one.block) for at, one in enumerate(step.others, 1))]
            otherwise = step.otherwise
        case tree.Switch():
            found = [(at, _block(one)) for at, one in enumerate(step.cases)]
            otherwise = step.otherwise
        case tree.Experiment():
            found = [(at, _block(one)) for at, one in enumerate(step.arms)]
            otherwise = step.otherwise
        case tree.Wait():
            found = [(at, _block(one)) for at, one in enumerate(step.arms)]
            if step.block is not None:
                found = [(0, step.block)]
            otherwise = step.otherwise
        case tree.Repeat():
            found = [(0, step.block)]
        case tree.UnreadableHead():
            found = [(at, _block(one)) for at, one in enumerate(step.arms)]
            if step.block is not None:
                found = [(0, step.block)]
            found += [(at, one.block) for at, one in enumerate(step.others, 1)]
            otherwise = step.otherwise
        case _:
            pass
    if otherwise is not None:
        found.append((ELSE, otherwise.block))
    return found


def _block(arm: tree.Case | tree.Arm | tree.ForArm | tree.Unreadable) -> tree.Block:
    """The steps of an arm; one that cannot be read stands in its own place."""
    return tree.Block((arm,)) if isinstance(arm, tree.Unreadable) else arm.block


def walk(block: tree.Block) -> Iterator[tree.Step]:
    """Every step of a block and of the blocks below it, in text order."""
    for step in block.steps:
        yield step
        for _, below in arms_of(step):
            yield from walk(below)


def steps_of(flow: tree.Flow) -> Iterator[tree.Step]:
    """The steps of a flow as its graph has them, in text order."""
    yield from walk(_all_of(flow))


def _all_of(flow: tree.Flow) -> tree.Block:
    """The steps of a flow, and in front of them its broken headers with what stands below them."""
    broken = tuple(one for one in flow.headers if isinstance(one, tree.Unreadable))
    return tree.Block((*broken, *flow.steps.steps))


def compile_flow(flow: tree.Flow) -> StepGraph:
    """The step graph of a flow; what could not be read is a node of kind `unreadable`.

    The graphs of the flows that were asked for last are kept: a flow never changes, and a draft,
    its project and an edit of it all ask for the same one.
    """
    # The graph holds its flow, so that no other can have its identity while it is kept.
    made = _made.get(id(flow))
    if made is None:
        made = _Graph(flow).build()
        if len(_made) >= _KEPT:
            _made.clear()
        _made[id(flow)] = made
    return made


@dataclass(slots=True)
class _Placed:
    """A step at its place; equal steps may stand at several, so places carry the ids."""

    step: tree.Step
    blocks: list[tuple[int, list[_Placed]]]
    id: str = ""


class _Graph:
    def __init__(self, flow: tree.Flow) -> None:
        self.flow = flow
        self.nodes: list[GraphNode] = []
        self.edges: list[GraphEdge] = []
        self.labels: dict[str, str] = {}
        self.end = END

    def build(self) -> StepGraph:
        flow = self.flow
        places: list[_Placed] = []
        steps = self._place(_all_of(flow), places)
        self._name(places)
        self.nodes.append(
            GraphNode(ENTRY, "entry", plain_words(flow), flow.span, flow, note=_note(flow))
        )
        self._collect(steps, None, None)
        self.nodes.append(GraphNode(self.end, "end", "End", flow.span, flow))
        self.edges.append(GraphEdge(ENTRY, _first(steps, self.end)))
        self._connect(steps, self.end)
        jumps = tuple(
            GraphEdge(
                ENTRY, self.labels[one.target], f"when {wording.print_happenings(one.happenings)}"
            )
            for one in flow.headers
            if isinstance(one, tree.JumpWhen) and one.target in self.labels
        )
        return StepGraph(flow, tuple(self.nodes), tuple(self.edges), jumps)

    def _place(self, block: tree.Block, places: list[_Placed]) -> list[_Placed]:
        own: list[_Placed] = []
        for step in block.steps:
            place = _Placed(step, [])
            own.append(place)
            places.append(place)
            place.blocks = [(arm, self._place(below, places)) for arm, below in arms_of(step)]
        return own

    def _name(self, places: list[_Placed]) -> None:
        """Labels first, so that no made-up id takes one away."""
        taken = {ENTRY}
        for place in places:
            name = name_of(place.step)
            if name is not None and name not in taken:
                taken.add(name)
                place.id = self.labels[name] = name
        while self.end in taken:  # somebody called a step `end`
            self.end += "_"
        taken.add(self.end)
        twins: dict[str, int] = {}
        for place in places:
            if place.id:
                continue
            slug = unique = slug_of(place.step)
            while unique in taken:
                twins[slug] = twins.get(slug, 1) + 1
                unique = f"{slug}_{twins[slug]}"
            taken.add(unique)
            place.id = unique

    def _collect(self, places: list[_Placed], parent: str | None, arm: int | None) -> None:
        for place in places:
            step = place.step
            self.nodes.append(
                GraphNode(
                    place.id,
                    kind_of(step),
                    plain_words(step),
                    step.span,
                    step,
                    name=name_of(step),
                    note=_note(step),
                    parent=parent,
                    arm=arm,
                )
            )
            for way, below in place.blocks:
                self._collect(below, place.id, way)

    def _connect(self, places: list[_Placed], after: str) -> None:
        """Draw the edges of a block whose last step leads to `after`."""
        for at, place in enumerate(places):
            self._edges(place, places[at + 1].id if at + 1 < len(places) else after)

    def _edges(self, place: _Placed, after: str) -> None:
        step = place.step
        if isinstance(step, tree.Exit):
            return
        below = place.id if isinstance(step, tree.Repeat) else after
        into = {arm: _first(block, below) for arm, block in place.blocks}
        ways = arm_labels(step)
        for arm, label in ways:
            target = into.get(arm, after)
            if isinstance(step, tree.GoTo) and arm == 0:
                target = self.labels.get(step.target, after)
            self.edges.append(GraphEdge(place.id, target, label, arm))
        if not ways:
            self.edges.append(GraphEdge(place.id, after))
        for _, block in place.blocks:
            self._connect(block, below)


def _first(places: list[_Placed], after: str) -> str:
    return places[0].id if places else after


def name_of(step: tree.Step) -> str | None:
    """The label written behind a step; an experiment goes by its own name."""
    if isinstance(step, tree.LabelledStatement | tree.Unreadable):
        return step.label
    return step.name if isinstance(step, tree.Experiment) else None


def arm_labels(step: tree.Step, say: Say = in_english) -> list[tuple[int, str]]:
    """Each way out of a branching step with the words on its edge; empty for plain steps."""
    match step:
        case tree.If():
            others = [
                (at, wording.print_condition(one.condition))
                for at, one in enumerate(step.others, 1)
            ]
            return [(0, say("yes")), *others, (ELSE, say("otherwise") if others else say("no"))]
        case tree.Switch():
            named = [(at, _of_arm(one, say)) for at, one in enumerate(step.cases)]
            return [*named, (ELSE, say("otherwise"))]
        case tree.Experiment():
            arms = [one for one in step.arms if isinstance(one, tree.Arm)]
            shares = [(at, _of_arm(one, say)) for at, one in enumerate(step.arms)]
            rest = step.otherwise.label if step.otherwise is not None else None
            if step.winner is not None and step.otherwise is None:
                after = spoken_duration(step.winner.after, say)
                rest = say("the rest waits {duration}, gets the best").format(duration=after)
            full = sum(one.share.value for one in arms) >= 100
            return (
                shares
                if full and step.otherwise is None
                else [*shares, (ELSE, rest or say("the rest"))]
            )
        case tree.Wait(arms=arms) if arms:
            first = [(at, _of_arm(one, say)) for at, one in enumerate(arms)]
            return [*first, (ELSE, say("time is up"))]
        case tree.Wait(happenings=happenings) if happenings:
            return [(0, spoken_happenings(happenings, say)), (ELSE, say("time is up"))]
        case tree.Repeat():
            return [(0, say("again")), (ELSE, say("done"))]
        case tree.UnreadableHead(arms=arms) if arms:
            return [
                *((at, _of_arm(one, say)) for at, one in enumerate(arms)),
                (ELSE, say("otherwise")),
            ]
        case tree.UnreadableHead() if step.block or step.others or step.otherwise:
            others = [
                (at, wording.print_condition(one.condition))
                for at, one in enumerate(step.others, 1)
            ]
            return [(0, "?"), *others, (ELSE, say("otherwise"))]
        case tree.GoTo():
            return [(0, ""), (ELSE, say("after that"))]
        case _:
            return []


def _of_arm(arm: tree.Case | tree.Arm | tree.ForArm | tree.Unreadable, say: Say) -> str:
    match arm:
        case tree.Case():
            return ", ".join(_bare(value) for value in arm.values)
        case tree.Arm():
            return f"{wording.print_value(arm.share)} {arm.label or ''}".strip()
        case tree.ForArm():
            return spoken_happenings(arm.happenings, say)
        case tree.Unreadable():
            return "?"


def _bare(value: tree.Value) -> str:
    return value.value if isinstance(value, tree.Text) else wording.print_value(value)


def _note(statement: tree.Statement) -> str:
    lines = [*statement.lead, statement.tail]
    return "\n".join(line for line in lines if line)


def slug_of(step: tree.Step) -> str:
    """An id made from what a step says: `send_cart_reminder`, `wait_1_hour`."""
    match step:
        case tree.Send() | tree.Notify() | tree.Show():
            text = f"{kind_of(step)} {step.message}"
        case tree.Unreadable():
            text = "unreadable " + hashlib.sha256(step.text.encode()).hexdigest()[:8]
        case tree.If():
            text = "if " + wording.print_condition(step.condition)
        case tree.Switch():
            text = f"switch {step.path}"
        case tree.Wait():
            text = "wait " + wording.print_timing(step.timing)
            if step.happenings:
                text += " for " + wording.print_happenings(step.happenings)
        case tree.GoOn():
            text = "go on"
        case tree.Call():
            text = f"call {step.webhook}"
        case tree.Track():
            text = f"track {step.event}"
        case tree.Repeat():
            text = f"repeat {step.times} times"
        case _:
            text = plain_words(step)
    slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if len(slug) > _SLUG_LENGTH:
        digest = hashlib.sha256(slug.encode()).hexdigest()[:8]
        slug = f"{slug[:_SLUG_LENGTH].rstrip('_')}_{digest}"
    return slug
