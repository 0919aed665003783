"""`headrace db upgrade`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


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
    from engine.store.errors import StoreError

    try:
        database = read_settings().database(data)
        before, after = database.upgrade()
    except StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if before == after:
        typer.echo(f"{database} is up to date (revision {after})")
    else:
        typer.echo(f"{database} was brought from revision {before or 'nothing'} to {after}")
