"""Which step is which after an edit: ids are made from what steps say, so edits change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dsl import tree
from dsl.edits.edit import Refusal
from dsl.edits.places import Places
from dsl.graph.graph import GraphNode, StepGraph
from dsl.parsing.parser import Parsed


def renamed_by_identity(
    old: StepGraph, new: Mapping[str, tree.Node], before: Mapping[int, tree.Statement]
) -> dict[str, str]:
    """Old ids -> new ids where they differ, after an edit of the tree: a step that is the same
    object is the same step, or else the one that stood in its place `before` (by identity).
    """
    ids = {id(node.step): node.id for node in old.nodes[1:-1]}
    renamed: dict[str, str] = {}
    for now, step in new.items():
        was = ids.get(id(step), ids.get(id(before.get(id(step), step))))
        if was is not None and was != now:
            renamed[was] = now
    return renamed


def renamed_by_place(old: Parsed, new: Parsed, flow: str) -> dict[str, str]:
    """Old ids -> new ids where they differ, after an edit of the text: steps in lines that did not
    change are the same; in those that did, steps of one kind are, in order.

    Lines are compared whole: an inserted line often begins as the one below it does. Empty where
    either text lacks the flow.
    """
    try:
        before, after = Places(old, flow).graph, Places(new, flow).graph
    except Refusal:
        return {}
    front, gone, back = _changed_lines(old.text, new.text)
    lines = old.text.count("\n") + 1
    moved = new.text.count("\n") + 1 - lines
    twins = {node.line: node for node in after.nodes[1:-1]}
    renamed: dict[str, str] = {}
    left: list[GraphNode] = []
    for node in before.nodes[1:-1]:
        if node.line <= front:
            twin = twins.pop(node.line, None)
        elif node.line > front + gone:
            twin = twins.pop(node.line + moved, None)
        else:
            left.append(node)
            continue
        if twin is not None and twin.id != node.id:
            renamed[node.id] = twin.id
    inside = [node for node in twins.values() if front < node.line <= front + back]
    for node, twin in _pairs(left, sorted(inside, key=lambda node: node.line)):
        if node.id != twin.id:
            renamed[node.id] = twin.id
    return renamed


def _changed_lines(old: str, new: str) -> tuple[int, int, int]:
    """How many lines stay in front, how many are gone behind them, how many stand there now."""
    before = [line.rstrip("\r") for line in old.removeprefix("\ufeff").split("\n")]
    after = [line.rstrip("\r") for line in new.removeprefix("\ufeff").split("\n")]
    front, most = 0, min(len(before), len(after))
    while front < most and before[front] == after[front]:
        front += 1
    back = 0
    while back < most - front and before[-1 - back] == after[-1 - back]:
        back += 1
    return front, len(before) - front - back, len(after) - front - back


def _pairs(
    olds: Sequence[GraphNode], news: Sequence[GraphNode]
) -> list[tuple[GraphNode, GraphNode]]:
    """Steps of changed lines that are the same: those that kept their id, then in order."""
    kept = {node.id for node in olds} & {node.id for node in news}
    pairs: list[tuple[GraphNode, GraphNode]] = []
    rest = [node for node in news if node.id not in kept]
    for node in olds:
        if node.id in kept:
            continue
        twin = next((one for one in rest if "unreadable" in (one.kind, node.kind)), None)
        twin = next((one for one in rest if one.kind == node.kind), twin)
        if twin is not None:
            pairs.append((node, twin))
            rest.remove(twin)
    return pairs
