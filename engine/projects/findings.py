"""Everything that is wrong with a project: its flows and its messages."""

from __future__ import annotations

from pathlib import Path

from dsl.checks import advise, diagnose
from dsl.diagnostics import Diagnostic
from dsl.project import Project


def findings(project: Project) -> tuple[list[Diagnostic], dict[str, str]]:
    """What is wrong with flows and messages, in source order, and the texts to draw it with."""
    diagnostics = [*diagnose(project), *advise(project)]
    sources = project.sources
    if project.messages is not None:
        from engine.messages.checks import check_messages

        own = {file.name for file in project.files}
        whole = not project.neighbours
        for one in check_messages(project):
            # One file of a project answers for itself, not for the messages of its neighbours.
            if one.file in own or (whole and one.file not in own):
                diagnostics.append(one)
            if one.file not in sources and Path(one.file).is_file():
                sources[one.file] = Path(one.file).read_text("utf-8", "replace")
    order = {file.name: place for place, file in enumerate(project.files)}
    last = len(order)
    diagnostics.sort(
        key=lambda one: (order.get(one.file, last), one.file, one.span.start, one.span.end)
    )
    return diagnostics, sources
