"""What is wrong with a draft, by line and step: the checks of the whole project, kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from dsl import tree
from dsl.checks import diagnose
from dsl.diagnostics import Diagnostic
from dsl.graph.graph import StepGraph
from dsl.project import Project
from editor.documents.kept import Kept

_PROJECTS: Final = 16


class Checked:
    """The problems of the projects that were checked last. For several threads."""

    def __init__(self) -> None:
        self._kept: Kept[int, tuple[Project, tuple[Diagnostic, ...]]] = Kept(_PROJECTS)

    def problems(self, project: Project, file: str) -> list[Diagnostic]:
        """What is wrong with one file of a project; the whole project is checked once."""
        # The project is kept with its problems, so that no other can have its identity.
        _, found = self._kept.get(id(project), lambda: (project, diagnose(project)))
        return [one for one in found if one.file == file]


def as_json(
    problems: Iterable[Diagnostic], flow: tree.Flow | None, graph: StepGraph | None
) -> list[dict[str, Any]]:
    """Problems as scripts get them; `step` is the step of this flow that is wrong, or None."""
    owners = {} if flow is None or graph is None else owners_of(flow, graph)
    return [
        {
            "line": one.span.line,
            "column": one.span.column,
            "end_line": one.span.end_line,
            "end_column": one.span.end_column,
            "severity": one.severity,
            "code": one.code,
            "message": one.message,
            "hint": one.hint,
            "step": owners.get(one.span.line),
        }
        for one in problems
    ]


def owners_of(flow: tree.Flow, graph: StepGraph) -> dict[int, str]:
    """The step that each line of a flow belongs to; what is no step's is the entry's."""
    owners: dict[int, str] = {}
    for node in graph.nodes[1:-1]:
        for line in range(node.line, node.end_line + 1):
            owners[line] = node.id
    for line in range(flow.span.line, flow.span.end_line + 1):
        owners.setdefault(line, graph.nodes[0].id)
    return owners
