"""Which step of a new version a step of the old version is.

Labels decide first. Then equal steps in equal order (a longest common run of what the steps say,
block by block), then steps of one kind that stand between the same neighbours: a changed wait is
still that wait.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from difflib import SequenceMatcher

from dsl import tree
from dsl.graph.compiler import slug_of
from dsl.graph.graph import GraphNode, StepGraph
from dsl.graph.hashing import content_hash


def match(old: StepGraph, new: StepGraph) -> dict[str, str | None]:
    """For every step of `old` its id in `new`, None where it is gone. Entry and end stay."""
    found: dict[str, str | None] = {node.id: None for node in old.nodes}
    found[old.nodes[0].id] = new.nodes[0].id
    found[old.nodes[-1].id] = new.nodes[-1].id
    taken = {new.nodes[0].id, new.nodes[-1].id}
    named = {node.name: node for node in new.nodes if node.name is not None}
    for node in old.nodes:
        twin = named.get(node.name) if node.name is not None else None
        if twin is not None and twin.id not in taken:
            found[node.id] = twin.id
            taken.add(twin.id)
    steps, others = old.nodes[1:-1], new.nodes[1:-1]
    for says in (_whole, _own):
        _pair(steps, others, says, found, taken)
    _take_up(steps, others, found, taken)
    # A pair may hold blocks, whose steps then have the same neighbours, too.
    while _between(steps, others, found, taken):
        pass
    return found


def says(step: tree.Step | tree.Flow) -> str:
    """A hash (hex) of what a step or a flow's head says, without the steps in its blocks and
    without what only an edit is told (`moved`).
    """
    if isinstance(step, tree.Flow):
        headers = tuple(one for one in step.headers if not isinstance(one, tree.Moved))
        step = replace(step, steps=tree.Block(), headers=headers)
    return hashlib.sha256(repr(_bare(step)).encode("utf-8", "backslashreplace")).hexdigest()


def _bare(value: object) -> object:
    if isinstance(value, tree.Block):
        return "block"
    if isinstance(value, tree.Node):
        return (type(value).__name__, *(_bare(said) for _, said in tree.parts(value)))
    return tuple(_bare(one) for one in value) if isinstance(value, tuple) else value


def _between(
    steps: tuple[GraphNode, ...],
    others: tuple[GraphNode, ...],
    found: dict[str, str | None],
    taken: set[str],
) -> bool:
    """Pair steps of one kind that stand between the same neighbours; whether there were any."""
    theirs = {node.id: node.id for node in others if node.id in taken}
    gaps = _gaps(others, theirs)
    paired = False
    for place, mine in _gaps(steps, {node: mate for node, mate in found.items() if mate}).items():
        yours = gaps.get(place, [])
        for one in mine:
            twin = next((other for other in yours if _may(one, other)), None)
            if twin is not None:
                found[one.id] = twin.id
                taken.add(twin.id)
                # Order is kept: who comes later pairs with what comes later.
                yours = yours[yours.index(twin) + 1 :]
                paired = True
    return paired


def _gaps(
    nodes: tuple[GraphNode, ...], mates: dict[str, str]
) -> dict[tuple[object, ...], list[GraphNode]]:
    """The steps without a mate, by the paired neighbours that they stand between."""
    blocks: dict[tuple[str | None, int | None], list[GraphNode]] = {}
    for node in nodes:
        blocks.setdefault((node.parent, node.arm), []).append(node)
    gaps: dict[tuple[object, ...], list[GraphNode]] = {}
    for (parent, arm), block in blocks.items():
        if parent is not None and parent not in mates:
            continue
        within = None if parent is None else mates[parent]
        before: str | None = None
        open_gap: list[GraphNode] = []
        for node in block:
            mate = mates.get(node.id)
            if mate is None:
                open_gap.append(node)
                continue
            if open_gap:
                gaps[within, arm, before, mate] = open_gap
            before, open_gap = mate, []
        if open_gap:
            gaps[within, arm, before, None] = open_gap
    return gaps


def _take_up(
    steps: tuple[GraphNode, ...],
    others: tuple[GraphNode, ...],
    found: dict[str, str | None],
    taken: set[str],
) -> None:
    """Pair what says the same and was left over: among twins, runs may have been cut apart."""
    left: dict[str, list[GraphNode]] = {}
    for other in others:
        if other.id not in taken:
            left.setdefault(_whole(other), []).append(other)
    for node in steps:
        if found[node.id] is not None:
            continue
        twins = left.get(_whole(node), [])
        twin = next((one for one in twins if _may(node, one)), None)
        if twin is not None:
            found[node.id] = twin.id
            taken.add(twin.id)
            twins.remove(twin)


def _pair(
    steps: tuple[GraphNode, ...],
    others: tuple[GraphNode, ...],
    says: object,
    found: dict[str, str | None],
    taken: set[str],
) -> None:
    """Pair what reads alike, in order; what is paired already holds the place of its twin."""
    assert callable(says)
    back = {mate: node for node, mate in found.items() if mate is not None}
    mine = [("paired", node.id) if found[node.id] else ("", says(node)) for node in steps]
    yours = [("paired", back[node.id]) if node.id in taken else ("", says(node)) for node in others]
    matcher = SequenceMatcher(None, mine, yours, autojunk=False)
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            one, other = steps[block.a + step], others[block.b + step]
            if found[one.id] is None and other.id not in taken and _may(one, other):
                found[one.id] = other.id
                taken.add(other.id)


def _may(one: GraphNode, other: GraphNode) -> bool:
    """A step that got another name is another step; one that got a name at all is the same."""
    return one.kind == other.kind and (one.name is None or other.name is None)


def _whole(node: GraphNode) -> str:
    """All that a step says, its blocks included."""
    return content_hash(node.step)


def _own(node: GraphNode) -> str:
    """What a step says without its blocks."""
    return slug_of(node.step) if not isinstance(node.step, tree.Flow) else ""
