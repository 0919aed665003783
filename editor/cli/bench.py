"""`headrace bench edit`, `reports` and `crowd`: what edits of a drawing and pages cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import options, progress, verb


def register(app: typer.Typer) -> None:
    """Add the workload to the group that the engine has made."""
    groups = {one.name: one.typer_instance for one in app.registered_groups}
    group = groups.get("bench")
    if group is None:
        group = typer.Typer(no_args_is_help=True)
        group.callback()(lambda: None)
        app.add_typer(group, name="bench")
    group.command()(edit)
    group.command()(reports)
    group.command()(crowd)


def edit(
    steps: Annotated[str, typer.Option(help="The lengths of the flows, by commas.")] = "30,200,500",
    edits: Annotated[int, typer.Option(min=9, help="How many edits of each.")] = 90,
    beside: Annotated[
        int, typer.Option(min=0, help="W1 runs in the same process, over so many journeys.")
    ] = 0,
    chromium: Annotated[
        Path | None, typer.Option(help="A Chromium: the page is measured, too (takes playwright).")
    ] = None,
    form: options.Form = "text",
) -> None:
    """What an edit of a drawing costs: processor and wall time of the server, and of the page."""
    from editor.bench import edit as workload

    lengths = _lengths(steps)
    rows: list[dict[str, Any]] = []
    with verb.plainly():
        for length in lengths:
            with progress.working(f"a flow of {length:,} steps"):
                rows.append(workload.run(length, edits, beside))
                if chromium is not None:
                    from editor.bench import drawn

                    rows[-1]["browser"] = drawn.run(length, edits, chromium, beside)
    figures = {"workload": "edit", "unit": "ms", "journeys_beside": beside, "flows": rows}
    if form == "json":
        verb.show(figures)
        return
    for row in rows:
        typer.echo(_said(row))


def reports(
    customers: Annotated[int, typer.Option(min=30, help="How many people shop.")] = 3_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each page is asked for.")] = 15,
    form: options.Form = "text",
) -> None:
    """What the pages of reports take beside their own SQL, on a month lived in virtual time."""
    from editor.bench import reports as workload

    with verb.plainly(), progress.working(f"a month of {customers:,} people"):
        figures = workload.run(customers, rounds)
    if form == "json":
        verb.show(figures)
        return
    for name, told in figures["reports"].items():
        typer.echo(
            f"{name}: page {told['page']} ms, its statements {told['statements']} ms, ratio"
            f" {told['ratio']}; of processor time {told['page_processor']} and"
            f" {told['statements_processor']} ms, ratio {told['processor_ratio']}"
        )


def crowd(
    people: Annotated[
        str, typer.Option(help="How many people are inside, by commas.")
    ] = "1000,100000",
    form: options.Form = "text",
) -> None:
    """What the numbers on a drawing cost with many people inside, and whether they are right."""
    from editor.bench import crowd as workload

    rows: list[dict[str, Any]] = []
    with verb.plainly():
        for number in _counts(people):
            with progress.working(f"{number:,} people"):
                rows.append(workload.run(number))
    if form == "json":
        verb.show({"workload": "crowd", "unit": "ms of processor time", "crowds": rows})
        return
    for row in rows:
        typer.echo(
            f"{row['people']:,} people: a page {row['page']['median']} ms, a look of a stream"
            f" {row['look_us']['median']} us, counting for all {row['count']['median']} ms; the"
            f" numbers are those of the history, also after {row['moved']:,} were moved"
        )


def _counts(words: str) -> list[int]:
    try:
        found = [int(word) for word in words.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 10:
        verb.fail("Say the numbers as `1000,100000`; 10 people at least.", 2)
    return found


def _lengths(words: str) -> list[int]:
    try:
        found = [int(word) for word in words.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 10:
        verb.fail("Say the lengths as `30,200,500`; the shortest flow has 10 steps.", 2)
    return found


def _said(row: dict[str, Any]) -> str:
    server, wall, check = row["server"], row["wall"], row["problems"]
    said = (
        f"{row['steps']} steps: an edit takes the server {server['median']} ms of processor time"
        f" (p95 {server['p95']}), {wall['median']} ms in all (p95 {wall['p95']});"
        f" the checks {check['median']} ms"
    )
    if "browser" in row:
        both = row["browser"]["page_and_server"]
        said += f"; page and server together {both['median']} ms (p95 {both['p95']})"
    return said
