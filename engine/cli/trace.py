"""`headrace trace`: why a customer did or did not get what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli import plainly


def register(app: typer.Typer) -> None:
    app.command()(trace)


def trace(
    customer: Annotated[str, typer.Argument(help="A user id, an e-mail address or our number.")],
    flow: Annotated[str | None, typer.Option(help="Only this flow.")] = None,
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",  # noqa: A002
) -> None:
    """Tell a customer's way through the flows, with the source line of each step."""
    from engine.reports.trace import story_of
    from engine.settings import read_settings

    with plainly(code=2), read_settings().database(data).reader() as reader:
        story = story_of(reader, data / "published", customer, flow)
    if story is None:
        typer.echo(f"there is no customer {customer!r} in {data}", err=True)
        raise typer.Exit(1)
    if format == "json":
        import orjson

        typer.echo(orjson.dumps(story.as_json()).decode())
        return
    typer.echo(f"customer {story.customer}")
    if not story.runs:
        typer.echo("  entered no flow")
    for run in story.runs:
        version = "" if run.version is None else f" version {run.version}"
        typer.echo(f"\n{run.flow}{version}: {run.state}, {run.entered_at}  ({run.file})")
        for step in run.steps:
            place = f"{run.file}:{step.line}" if step.line else run.file
            typer.echo(f"  {step.at}  {step.outcome:<8} {step.step:<32} {step.detail}  [{place}]")
    for failure in story.failures:
        typer.echo(f"\nfailed at {failure['at']}: {failure['reason']}")
