"""`headrace trace`: why a customer did or did not get what."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import options, verb


def register(app: typer.Typer) -> None:
    app.command()(trace)


def trace(
    customer: options.Customer,
    flow: Annotated[str | None, typer.Option(help="Only this flow.")] = None,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Tell a customer's way through the flows, with the source line of each step."""
    from engine.reports.trace import story_of

    with verb.reading(data, code=2) as reader:
        story = story_of(reader, data / "published", customer, flow)
    if story is None:
        verb.fail(f"there is no customer {customer!r} in {data}")
    if form == "json":
        verb.show(story.as_json())
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
