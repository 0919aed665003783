"""`headrace learn`: learn recommendations and best times now."""

from __future__ import annotations

import typer

from engine.cli import options, progress, verb


def register(app: typer.Typer) -> None:
    app.command()(learn)


def learn(data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """Learn recommendations and best times now, from everything that is stored."""
    with progress.working("learning from everything that is stored"):
        done = verb.run("learn", data, {})
    if form == "json":
        verb.show(done)
    else:
        typer.echo(f"learned from {done['events']:,} events about {done['products']:,} products")
