"""What is wrong with a draft, by line and step: the checks of the whole project, kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final

from dsl import tree
from dsl.checks import advise, diagnose
from dsl.diagnostics import Diagnostic
from dsl.graph.graph import StepGraph
from dsl.project import Project
from editor.documents.kept import Kept
from engine.messages.checks import check_uses
from engine.messages.library import Messages

_PROJECTS: Final = 16


class Checked:
    """The problems of the projects that were checked last. For several threads."""

    def __init__(self) -> None:
        self._diagnosed: Kept[int, tuple[Project, tuple[Diagnostic, ...]]] = Kept(_PROJECTS)
        self._kept: Kept[_Key, tuple[Project, tuple[Diagnostic, ...]]] = Kept(_PROJECTS)
        self._messages: Kept[tuple[object, ...], Messages] = Kept(1)

    def problems(self, project: Project, file: str) -> list[Diagnostic]:
        """What is wrong with one file of a project; the whole project is checked once."""
        # The project is kept with its problems, so that no other can have its identity.
        stamp = _stamp(project.messages)
        key = (id(project), stamp)
        _, found = self._kept.get(key, lambda: (project, self._found(project, stamp)))
        return [one for one in found if one.file == file]

    def diagnosed(self, project: Project) -> tuple[Diagnostic, ...]:
        """What the language says is wrong with a project, in all its files."""
        return self._diagnosed.get(id(project), lambda: (project, diagnose(project)))[1]

    def _found(self, project: Project, stamp: _Stamp) -> tuple[Diagnostic, ...]:
        found = [*self.diagnosed(project), *advise(project)]
        folder = project.messages
        if folder is not None:
            written = self._messages.get((folder, stamp), lambda: Messages(folder))
            found += check_uses(project, written)
        return tuple(sorted(found, key=lambda one: (one.file, one.span.start, one.span.end)))


_Stamp = tuple[tuple[str, int, int], ...]
_Key = tuple[int, _Stamp]


def _stamp(folder: Path | None) -> _Stamp:
    """What changes whenever a file of the messages does, comes or goes."""
    found: list[tuple[str, int, int]] = []
    for path in () if folder is None else folder.rglob("*"):
        try:
            stat = path.stat()
        except OSError:  # gone by now, or a link to nothing
            continue
        if S_ISREG(stat.st_mode):
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(found))


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
