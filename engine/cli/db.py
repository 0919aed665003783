"""`headrace db upgrade`."""

from __future__ import annotations

import typer

from engine.cli import options, verb


def register(app: typer.Typer) -> None:
    db = typer.Typer(help="Look after the database.", no_args_is_help=True)
    db.command()(upgrade)
    db.callback()(lambda: None)
    app.add_typer(db, name="db")


def upgrade(
    data: options.Data = options.DATA,
) -> None:
    """Bring the tables up to date. A server does this by itself when it starts."""
    from engine.settings import read_settings

    with verb.plainly():
        database = read_settings().database(data)
        before, after = database.upgrade()
    if before == after:
        typer.echo(f"{database} is up to date (revision {after})")
    else:
        typer.echo(f"{database} was brought from revision {before or 'nothing'} to {after}")
