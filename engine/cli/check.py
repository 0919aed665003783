"""`headrace check`: everything that is wrong with a project, in one go."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    languages: Annotated[
        bool, typer.Option(help="Tell which message lacks which language, for how many customers.")
    ] = False,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Parse and check all flows and messages. Exit code 1 with errors; warnings alone are fine.

    With --languages the customers are those of the data folder, where there is one.
    """
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
    told = _languages(project, data) if languages else None
    _report(project, diagnostics, sources, errors, form, told)
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
    languages: dict[str, Any] | None,
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
            **({} if languages is None else {"languages": languages}),
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
    if languages is not None:
        _tell_languages(languages)


def _languages(project: Project, data: Path) -> dict[str, Any]:
    """The languages with their customers (None where no data folder tells), and what is missing."""
    from dsl import tree
    from engine.messages import Messages
    from engine.messages.coverage import gaps, spoken
    from engine.store import customers

    if project.messages is None:
        verb.fail("There is no folder of messages.")
    messages = Messages(project.messages)
    lines = project.store.lines if project.store else ()
    store = next((line.code for line in lines if isinstance(line, tree.Language)), "en")
    readers: dict[str, int] | None = None
    if data.is_dir():
        with verb.reading(data, code=2) as reader:
            readers = customers.languages(reader)
    found = gaps(messages, store, spoken(messages, store) if readers is None else readers)
    return {
        "store": store,
        "customers": readers,
        "messages": len(messages.names()),
        "missing": [one._asdict() for one in found],
    }


def _tell_languages(told: dict[str, Any]) -> None:
    store, readers = told["store"], told["customers"]
    if readers is None:
        typer.echo(f"Languages of the messages, without a data folder (the store's is {store}):")
    else:
        read = sorted(readers.items(), key=lambda one: (-one[1], one[0]))
        words = ", ".join(f"{name or 'not told'} {number:,}" for name, number in read)
        typer.echo(
            f"Customers by language: {words} (the store's is {store})."
            if words
            else f"There are no customers yet (the store's language is {store})."
        )
    lacking: dict[tuple[str, str], list[str]] = {}
    for one in told["missing"]:
        people = "" if one["customers"] is None else f" for {one['customers']:,}"
        key = one["message"], one["channel"]
        lacking.setdefault(key, []).append(f"{one['language'] or store}{people}")
    for (message, channel), missing in lacking.items():
        typer.echo(f"  {message} ({channel}) lacks {', '.join(missing)}")
    if not lacking:
        typer.echo("  Every message is written in each of them.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
