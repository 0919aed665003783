"""Two versions of a flow in one drawing: the new one, with the steps that are gone as ghosts where
they stood, each step marked by what became of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from dsl import tree
from dsl.graph.compiler import compile_flow
from dsl.graph.graph import GraphNode, StepGraph
from dsl.graph.matching import match, says

Mark = Literal["added", "removed", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`graph` holds the steps of both; `marks` says by its ids what became of those that are not
    the same, `was` by the ids of changed steps what the old ones were called.
    """

    graph: StepGraph
    marks: Mapping[str, Mark]
    was: Mapping[str, str]


def difference(old: StepGraph, new: StepGraph) -> Difference:
    """What an edit of a flow did, as one drawing. Steps are the same as a publish finds them."""
    return _Both(old, new).drawn()


class _Both:
    def __init__(self, old: StepGraph, new: StepGraph) -> None:
        self.old, self.new = old, new
        self.there = match(old, new)
        before = {node.id: node for node in old.nodes}
        self.before = {here: before[was] for was, here in self.there.items() if here is not None}
        self.news = {id(node.step): node for node in new.nodes[1:-1]}
        self.olds = {id(node.step): node for node in old.nodes[1:-1]}
        self.marks: dict[int, tuple[Mark, str]] = {}
        """By the identity of a step of the merged tree; the word beside it is what it was."""
        self.kept: list[object] = []  # so that no identity is given twice

    def drawn(self) -> Difference:
        moved = set(self._moved())
        steps = self._block(self.new.flow.steps, self.old.flow.steps, moved)
        flow = replace(self.new.flow, steps=steps)
        graph = compile_flow(flow)
        marks: dict[str, Mark] = {}
        was: dict[str, str] = {}
        for node in graph.nodes[1:-1]:
            found = self.marks.get(id(node.step))
            if found is not None:
                marks[node.id], before = found
                if before and before != node.label:
                    was[node.id] = before
        first = graph.nodes[0]
        if says(self.old.flow) != says(self.new.flow) or self.old.nodes[0].note != first.note:
            marks[first.id] = "changed"
            if self.old.nodes[0].label != first.label:
                was[first.id] = self.old.nodes[0].label
        return Difference(graph, marks, was)

    # --- steps that are both there -------------------------------------------------------------

    def _block(self, new: tree.Block, old: tree.Block | None, moved: set[str]) -> tree.Block:
        """The new block with what is gone from the old one."""
        ghosts = self._ghosts(new, old)
        steps: list[Any] = list(ghosts.get(None, ()))
        for step in new.steps:
            node = self.news.get(id(step))
            steps.append(step if node is None else self._both(step, node, moved))
            steps += ghosts.get(id(step), ())
        return replace(new, steps=tuple(steps))

    def _both(self, step: Any, node: GraphNode, moved: set[str]) -> Any:
        before = self.before.get(node.id)
        if before is None:
            merged = self._inner(step, None, moved)
            self._mark(merged, "added")
            return merged
        merged = self._inner(step, before.step, moved)
        assert not isinstance(before.step, tree.Flow)
        if says(step) != says(before.step) or node.note != before.note:
            self._mark(merged, "changed", before.label)
        elif node.id in moved:
            self._mark(merged, "moved")
        return merged

    def _inner(self, step: Any, before: Any, moved: set[str]) -> Any:
        """A step, or an arm of one, with its blocks merged with those of the one before."""
        changes: dict[str, Any] = {}
        for field in fields(step):
            value = getattr(step, field.name)
            was = getattr(before, field.name, None)
            if isinstance(value, tree.Block):
                old = was if isinstance(was, tree.Block) else None
                changes[field.name] = self._block(value, old, moved)
            elif isinstance(value, tree.Node) and _has_block(value):
                changes[field.name] = self._inner(value, was, moved)
            elif isinstance(value, tuple) and any(map(_has_block, value)):
                olds = was if isinstance(was, tuple) else ()
                merged = [
                    self._inner(one, olds[at] if at < len(olds) else None, moved)
                    if _has_block(one)
                    else one
                    for at, one in enumerate(value)
                ]
                gone = [self._ghost(one) for one in olds[len(value) :] if _has_block(one)]
                changes[field.name] = (*merged, *gone)
            elif value is None and was is not None and _has_block(was):
                changes[field.name] = self._ghost(was)
        # Always an object of its own: a mark belongs to one place.
        merged = replace(step, **changes)
        self.kept.append(merged)
        return merged

    def _mark(self, step: Any, mark: Mark, was: str = "") -> None:
        if not isinstance(step, tree.GoOn):
            self.marks[id(step)] = (mark, was)

    # --- steps that are gone -------------------------------------------------------------------

    def _ghosts(self, new: tree.Block, old: tree.Block | None) -> dict[int | None, list[Any]]:
        """What is gone from the old block, by the new step that it stood behind."""
        here = {id(step): step for step in new.steps}
        found: dict[int | None, list[Any]] = {}
        behind: int | None = None
        for step in () if old is None else old.steps:
            node = self.olds.get(id(step))
            there = None if node is None else self.there.get(node.id)
            if there is not None:
                twin = next(one for one in self.new.nodes if one.id == there)
                if id(twin.step) in here:
                    behind = id(twin.step)
                continue
            if not isinstance(step, tree.GoOn):
                found.setdefault(behind, []).append(self._ghost(step))
        return found

    def _ghost(self, step: Any) -> Any:
        """A step that is gone, without those of its own that are still somewhere."""
        changes: dict[str, Any] = {}
        for field in fields(step):
            value = getattr(step, field.name)
            if isinstance(value, tree.Block):
                left = [self._ghost(one) for one in value.steps if not self._is_kept(one)]
                steps = tuple(left) or (tree.GoOn(),)
                changes[field.name] = replace(value, steps=steps)
            elif isinstance(value, tree.Node) and _has_block(value):
                changes[field.name] = self._ghost(value)
            elif isinstance(value, tuple) and any(map(_has_block, value)):
                changes[field.name] = tuple(
                    self._ghost(one) if _has_block(one) else one for one in value
                )
        ghost = replace(step, **changes)
        self.kept.append(ghost)
        self._mark(ghost, "removed")
        return ghost

    def _is_kept(self, step: Any) -> bool:
        node = self.olds.get(id(step))
        return node is not None and self.there.get(node.id) is not None

    # --- steps that stand elsewhere ------------------------------------------------------------

    def _moved(self) -> Iterator[str]:
        """The steps that are in another block, or that their neighbours have overtaken."""
        order = {node.id: at for at, node in enumerate(self.old.nodes)}
        blocks: dict[tuple[str | None, int | None], list[str]] = {}
        for node in self.new.nodes[1:-1]:
            before = self.before.get(node.id)
            if before is None:
                continue
            home = None if before.parent is None else self.there.get(before.parent)
            if (home, before.arm) != (node.parent, node.arm):
                yield node.id
            else:
                blocks.setdefault((node.parent, node.arm), []).append(node.id)
        for block in blocks.values():
            stay = _longest([order[self.before[one].id] for one in block])
            yield from (one for at, one in enumerate(block) if at not in stay)


def _has_block(node: object) -> bool:
    return isinstance(node, tree.Node) and any(
        isinstance(getattr(node, field.name), tree.Block) for field in fields(node)
    )


def _longest(numbers: list[int]) -> set[int]:
    """The places of a longest run of rising numbers."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, number in enumerate(numbers):
        place = bisect_left(tails, number)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [number]
        ends[place : place + 1] = [at]
    found: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        found.add(at)
        at = before[at]
    return found
