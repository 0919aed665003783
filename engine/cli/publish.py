"""`headrace publish`: make a folder of flows the one that runs."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import options, progress, readiness, verb
from engine.cli.plan import say


def register(app: typer.Typer) -> None:
    app.command()(publish)


def publish(
    path: options.Folder = options.FLOWS,
    flows: options.Flows = None,
    in_flight: options.InFlight = "follow",
    expected: Annotated[
        str | None,
        typer.Option("--plan", help="Publish only if the plan still is the one with this hash."),
    ] = None,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Publish the flows; a running server does it, else this command itself."""
    folder = verb.project(flows or path)
    request = {"path": str(folder.resolve()), "in_flight": in_flight, "plan": expected}
    with progress.working("publishing, and moving everybody inside"):
        done = verb.run("publish", data, request)
    say({key: done[key] for key in done if key != "words"}, done["words"], form)
    readiness.tell(folder)
    if form == "json":
        return
    for flow, version in sorted(done["versions"].items()):
        typer.echo(f"{flow}: version {version} is live")
    for flow in done["removed"]:
        typer.echo(f"{flow}: takes nobody in any more")
