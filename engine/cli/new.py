"""`headrace new`: a shop to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import verb


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("new")(new)


def new(
    folder: Annotated[
        Path | None, typer.Argument(help="Where it goes: a new folder, or an empty one.")
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(help="A flow of the example shop to start from; `--list` names them."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Name the templates.")] = False,
) -> None:
    """Start a shop: a store, flows with their messages and tests, and a README that goes on."""
    from engine.projects.scaffold import scaffold, templates

    if listed:
        for name, title in templates().items():
            typer.echo(f"{name:26}{title}")
        return
    if folder is None:
        verb.fail("Say where: headrace new FOLDER.", code=2)
    with verb.plainly(OSError, code=2):
        written = scaffold(folder, template)
    typer.echo(f"Made a shop in {folder}:")
    for path in written:
        typer.echo(f"  {path}")
    typer.echo("\nGo on with:")
    if folder.resolve() != Path.cwd():
        typer.echo(f"  cd {folder}")
    typer.echo("  headrace check")
    typer.echo("  headrace test")
    typer.echo("  headrace run")
    if template is not None:
        typer.echo("\nThe messages are an invented shop's: put in your own words and imprint.")
    typer.echo("\nREADME.md says how to go on from there.")
