"""`headrace db upgrade`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import plainly


def register(app: typer.Typer) -> None:
    db = typer.Typer(help="Look after the database.", no_args_is_help=True)
    db.command()(upgrade)
    db.callback()(lambda: None)
    app.add_typer(db, name="db")


def upgrade(
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
) -> None:
    """Bring the tables up to date. A server does this by itself when it starts."""
    from engine.settings import read_settings

    with plainly():
        database = read_settings().database(data)
        before, after = database.upgrade()
    if before == after:
        typer.echo(f"{database} is up to date (revision {after})")
    else:
        typer.echo(f"{database} was brought from revision {before or 'nothing'} to {after}")
