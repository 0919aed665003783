"""What the page tells of one step: its words, its people, and where it leads."""

from __future__ import annotations

from typing import Any

from dsl import tree
from dsl.diagnostics import Diagnostic
from dsl.graph.compiler import arm_labels
from dsl.graph.graph import GraphNode, StepGraph
from dsl.graph.kinds import KINDS
from dsl.printing.printer import print_statement
from dsl.project import Project
from editor.documents import plain
from editor.flow.problems import owners_of
from editor.highlight import highlight
from editor.language import _

Sends = dict[str, dict[str, int]]
"""How many messages of each step have come to which state."""


def told(
    project: Project, graph: StepGraph, step: str, waiting: dict[str, int], sends: Sends
) -> dict[str, Any] | None:
    """What there is to know of a step; None where the flow has none of this id."""
    node = next((one for one in graph.nodes if one.id == step), None)
    if node is None:
        return None
    names = {one.id: one.label for one in graph.nodes}
    ways = [
        (edge.label or _("then"), names[edge.target], edge.target)
        for edge in graph.edges
        if edge.source == node.id
    ]
    return {
        "id": node.id,
        "kind": KINDS[node.kind].label,
        "label": node.label,
        "note": node.note,
        "name": node.name,
        "line": node.line,
        "end_line": node.end_line,
        "ways": ways,
        "text": _own_text(node),
        "waiting": waiting.get(node.id, 0),
        "numbers": sends.get(node.id, {}),
        "branches": bool(node.kind not in {"entry", "end"} and arm_labels(node.step)),  # type: ignore[arg-type]
        "messages": _messages(project, node),
    }


def lines_of(
    text: str, flow: tree.Flow, graph: StepGraph, problems: list[Diagnostic]
) -> list[dict[str, Any]]:
    """The lines of the flow with its comments, each with the step that it belongs to."""
    owners = owners_of(flow, graph)
    wrong = {one.span.line for one in problems}
    rows = plain(text).split("\n")
    first = flow.span.line
    while first > 1 and rows[first - 2].startswith("#"):
        first -= 1
    return [
        {
            "number": number,
            "pieces": highlight(rows[number - 1]),
            "step": owners.get(number, "entry"),
            "wrong": number in wrong,
        }
        for number in range(first, min(flow.span.end_line, len(rows)) + 1)
    ]


def _own_text(node: GraphNode) -> list[Any]:
    """The step's first line and its options, without the steps below it."""
    if node.kind in {"entry", "end"}:
        assert isinstance(node.step, tree.Flow)
        return [highlight(print_statement(one)) for one in node.step.headers]
    assert not isinstance(node.step, tree.Flow)
    rows = print_statement(node.step).splitlines()
    if not isinstance(node.step, tree.Send):
        rows = rows[:1] if not node.note else rows[: 1 + node.note.count("\n") + 1]
    return [highlight(row) for row in rows]


def _messages(project: Project, node: GraphNode) -> list[str]:
    """The message files that a step uses."""
    step = node.step
    if project.messages is None or not isinstance(step, tree.Send | tree.Show | tree.Notify):
        return []
    return sorted(path.name for path in project.messages.glob(f"{step.message}.*"))
