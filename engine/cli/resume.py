"""`headrace resume`: confirm that a restored or copied database shall run here."""

from __future__ import annotations

import typer

from engine.cli import options, verb


def register(app: typer.Typer) -> None:
    app.command()(resume)


def resume(data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """Let a restored or copied database run here: from now on it sends again."""
    done = verb.run("confirm", data, {})
    if form == "json":
        verb.show(done)
    elif done["confirmed"]:
        typer.echo(f"confirmed; it was paused because {done['paused']}")
    else:
        typer.echo("nothing was paused")
