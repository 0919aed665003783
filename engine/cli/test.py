"""`headrace test`: the language's tests, in virtual time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dsl.cli import reading
from engine.cli import options

if TYPE_CHECKING:
    from engine.lab.outcome import Outcome
    from engine.lab.suite import Case, Suite


def register(app: typer.Typer) -> None:
    """Adds `test` to the `headrace` command."""
    app.command("test")(run_tests)


def run_tests(
    path: options.Project = options.FLOWS,
    flows: options.Flows = None,
    words: Annotated[
        str,
        typer.Option(
            "-k",
            metavar="WORDS",
            help="Run only tests whose name (`cart.flow::buying stops the reminders`) or flow has"
            " all of these words; `or` and `not` work as one reads them.",
        ),
    ] = "",
    form: options.Form = "text",
) -> None:
    """Run the tests that stand in .flow files. Exit code 1 when one fails or nothing compiles."""
    from engine.lab.selection import selection
    from engine.lab.suite import Suite

    path = flows or path
    with reading(path):
        suite = Suite.read(path)
    if suite.has_errors:
        _refuse(suite, form)
        raise typer.Exit(1)
    selects = selection(words)
    cases = [it for it in suite.cases if selects(f"{it.name} {it.test.flow}")]
    outcomes = list(_run(suite, cases, quiet=form == "json"))
    failed = sum(not it.passed for it in outcomes)
    if form == "json":
        typer.echo(_json(document(outcomes)))
    else:
        _summarise(outcomes, len(suite.cases))
    if failed:
        raise typer.Exit(1)


def _run(suite: Suite, cases: Sequence[Case], *, quiet: bool) -> Iterator[Outcome]:
    """Outcomes as they come, with a bar on a terminal and each failure drawn at once."""
    if quiet or not sys.stderr.isatty():
        for case in cases:
            outcome = suite.run(case)
            if not quiet and not outcome.passed:
                _draw(outcome)
            yield outcome
        return
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    for case in track(cases, "Testing", console=console, transient=True):
        outcome = suite.run(case)
        if not outcome.passed:
            _draw(outcome)
        yield outcome


_STYLES = {
    "title": "bold red",
    "expected": "bold",
    "sentence": "red",
    "because": "dim",
    "heading": "bold",
    "trouble": "yellow",
}


def _draw(outcome: Outcome) -> None:
    """A failed test, in colour on a terminal."""
    from engine.lab.report import lines

    if not sys.stdout.isatty():
        for line in lines(outcome):
            typer.echo(line.text)
        typer.echo()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    for line in lines(outcome):
        console.print(Text(line.text, style=_STYLES.get(line.style, "")))
    console.print()


def _summarise(outcomes: Sequence[Outcome], known: int) -> None:
    """The last line counts."""
    failed = [it for it in outcomes if not it.passed]
    if len(failed) > 1:
        for outcome in failed:
            typer.echo(f"✗ {outcome.file}:{outcome.test.span.line} {outcome.name}")
    skipped = known - len(outcomes)
    words = f", {skipped} not selected" if skipped else ""
    seconds = sum(it.seconds for it in outcomes)
    passed = len(outcomes) - len(failed)
    count = f"{passed} passed, {len(failed)} failed{words} in {seconds:.2f} s"
    typer.secho(count, fg="red" if failed else "green")


def _refuse(suite: Suite, form: str) -> None:
    """A project with errors runs no test."""
    from dsl.rendering import as_json, render

    errors = [it for it in suite.diagnostics if it.severity == "error"]
    sources = suite.project.sources
    colour = form == "text" and sys.stdout.isatty()
    for it in errors:
        typer.echo(render(it, sources.get(it.file), color=colour) + "\n", err=form == "json")
    count = f"{len(errors)} errors" if len(errors) > 1 else "1 error"
    typer.echo(f"No test was run: the project has {count}.", err=form == "json")
    if form == "json":
        told = document(()) | {"diagnostics": [as_json(it) for it in errors]}
        typer.echo(_json(told))


def document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "passed": sum(it.passed for it in outcomes),
        "failed": sum(not it.passed for it in outcomes),
        "tests": [_outcome(it) for it in outcomes],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    """Messages are those to the customer; failures are sentences, with the lines behind them."""
    return {
        "name": outcome.name,
        "flow": outcome.test.flow,
        "file": outcome.file,
        "line": outcome.test.span.line,
        "outcome": "passed" if outcome.passed else "failed",
        "seconds": round(outcome.seconds, 6),
        "messages": [
            {"channel": it.kind, "name": it.name, "at": _utc(it.at)}
            for it in outcome.chronicle.messages
            if it.to_customer
        ],
        "failures": [str(it) for it in outcome.failures],
    }


def _utc(at: int) -> str:
    """ISO 8601 in UTC, to the second as tests compare: `2026-03-02T10:00:00Z`."""
    from engine.core.calendar import local

    return local(at, "UTC").isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(document: dict[str, Any]) -> str:
    import orjson

    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
