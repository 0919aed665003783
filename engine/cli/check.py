"""`headrace check`: everything that is wrong with a project, in one go."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from dsl.cli import reading
from engine.cli import options, readiness, verb

if TYPE_CHECKING:
    from dsl.diagnostics import Diagnostic
    from dsl.project import Project


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("check")(check)


def check(
    path: options.Project = options.FLOWS,
    flows: options.Flows = None,
    form: options.Form = "text",
) -> None:
    """Parse and check all flows and messages. Exit code 1 with errors; warnings alone are fine."""
    from dsl.project import load_project
    from engine.projects.findings import findings
    from engine.projects.folders import project_folder

    path = flows or path
    with verb.plainly(code=2), reading(path):
        if not path.is_dir():
            project_folder(path)
        project = load_project(path)
        # A folder without flows is no mistake, but hardly what somebody wanted to check.
        if not project.files:
            with verb.noting():
                project_folder(path)
    diagnostics, sources = findings(project)
    errors = sum(one.severity == "error" for one in diagnostics)
    _report(project, diagnostics, sources, errors, form)
    if not project.neighbours:
        # With messages at hand a missing sender is a warning already.
        readiness.tell(project, *(["no-sender"] if project.messages is not None else []))
    raise typer.Exit(1 if errors else 0)


def _report(
    project: Project,
    diagnostics: list[Diagnostic],
    sources: dict[str, str],
    errors: int,
    form: str,
) -> None:
    from dsl.rendering import as_json, render_all

    warnings = len(diagnostics) - errors
    own = {id(node) for file in project.files for node in file.tree.declarations}
    flows = sum(id(flow) in own for flow in project.flows.values())
    if form == "json":
        import json

        document = {
            "files": len(project.files),
            "flows": flows,
            "errors": errors,
            "warnings": warnings,
            "diagnostics": [as_json(one) for one in diagnostics],
        }
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    if diagnostics:
        typer.echo(render_all(diagnostics, sources, color=sys.stdout.isatty()))
        typer.echo("")
    typer.echo(
        f"{_count(len(project.files), 'file')}, {_count(flows, 'flow')}: "
        f"{_count(errors, 'error')}, {_count(warnings, 'warning')}."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
