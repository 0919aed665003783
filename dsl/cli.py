"""The verbs of the language: `fmt`, `graph`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dsl.diagnostics import Diagnostic

if TYPE_CHECKING:
    from dsl.graph.graph import StepGraph


def register(app: typer.Typer) -> None:
    """Adds this layer's verbs to the `headrace` command."""
    app.command("fmt")(fmt)
    app.command("graph")(graph)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """A project that is not there or cannot be read is said so, with exit code 2."""
    try:
        yield
    except FileNotFoundError:
        typer.echo(f"There is no file or folder `{path}`.", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"`{error.filename or path}` cannot be read: {error.strerror}.", err=True)
        raise typer.Exit(2) from None


def fmt(
    path: Annotated[Path, typer.Argument(help="A project folder or a .flow file.")] = Path("flows"),
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; say which files are not formatted.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Change nothing; show what formatting would change.")
    ] = False,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print the result.")
    ] = "text",
) -> None:
    """Format .flow files in place. A file with errors is left alone (exit code 1)."""
    from dsl.parsing.source import read_source
    from dsl.printing.formatting import format_text
    from dsl.project import flow_files

    if not path.exists():
        typer.echo(f"There is no file or folder `{path}`.", err=True)
        raise typer.Exit(2)
    files = flow_files(path)
    changed: list[str] = []
    faults: list[Diagnostic] = []
    texts: dict[str, str] = {}
    for file in files:
        name = str(file)
        with reading(file):
            source = read_source(file)
        texts[name] = source.text
        formatted = format_text(source.text, name)
        faults.extend(formatted.diagnostics)
        if formatted.text == source.text:
            continue
        changed.append(name)
        if diff and form == "text":
            typer.echo(_difference(name, source.text, formatted.text), nl=False)
        if not (check or diff):
            _write(file, formatted.text)
    _report(changed, faults, texts, len(files), form=form, dry=check or diff)
    if faults or (changed and (check or diff)):
        raise typer.Exit(1)


def _difference(name: str, before: str, after: str) -> str:
    from difflib import unified_diff

    rows = unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, name
    )
    return "".join(row if row.endswith("\n") else f"{row}\n" for row in rows)


def graph(
    flow: Annotated[str, typer.Argument(help="The flow's name.")],
    path: Annotated[Path, typer.Option("--path", help="A project folder or a .flow file.")] = Path(
        "flows"
    ),
    form: Annotated[
        Literal["json", "mermaid", "dot", "svg"], typer.Option("--format", help="How to draw it.")
    ] = "json",
) -> None:
    """Print the step graph of a flow. What cannot be read stands in it as an unreadable step."""
    from dsl.checks.problem import did_you_mean
    from dsl.graph.drawing import to_dot, to_mermaid, to_svg
    from dsl.project import load_project

    with reading(path):
        project = load_project(path)
    found = project.graphs.get(flow)
    if found is None:
        hint = did_you_mean(flow, project.flows)
        typer.echo(f"There is no flow `{flow}` under `{path}`. {hint}".rstrip(), err=True)
        raise typer.Exit(2)
    if form == "json":
        import json

        text = json.dumps(_graph_document(found), ensure_ascii=False) + "\n"
    else:
        text = {"mermaid": to_mermaid, "dot": to_dot, "svg": to_svg}[form](found)
    typer.echo(text, nl=False)


def _graph_document(graph: StepGraph) -> dict[str, Any]:
    return {
        "flow": graph.flow.name,
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind,
                "label": node.label,
                "line": node.line,
                "end_line": node.end_line,
            }
            for node in graph.nodes
        ],
        "edges": [
            {"source": edge.source, "target": edge.target, "label": edge.label}
            for edge in (*graph.edges, *graph.jumps)
        ],
    }


def _write(file: Path, text: str) -> None:
    """Replaces a file as a whole, so that nobody ever reads half of it."""
    import os
    import shutil
    import tempfile

    target = file.resolve()
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text.encode("utf-8"))
        shutil.copymode(target, draft)
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _report(
    changed: list[str],
    faults: list[Diagnostic],
    texts: dict[str, str],
    files: int,
    *,
    form: str,
    dry: bool,
) -> None:
    from dsl.rendering import as_json, render_all

    if form == "json":
        import json

        document = {
            "files": files,
            "changed": changed,
            "diagnostics": [as_json(fault) for fault in faults],
        }
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    if faults:
        typer.echo(render_all(faults, texts, color=sys.stderr.isatty()), err=True)
        typer.echo("", err=True)
    verb = "would be formatted" if dry else "formatted"
    for name in changed:
        typer.echo(f"{name}: {verb}", err=True)
    same = files - len(changed)
    typer.echo(f"{len(changed)} of {files} files {verb}, {same} left as they are.", err=True)
