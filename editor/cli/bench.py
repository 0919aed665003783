"""`headrace bench edit`: beside the engine's workloads, what an edit of a drawing costs."""

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
