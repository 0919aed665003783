"""`headrace db upgrade` and `headrace db backup`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import options, progress, verb


def register(app: typer.Typer) -> None:
    db = typer.Typer(help="Look after the database.", no_args_is_help=True)
    db.command()(upgrade)
    db.command()(backup)
    db.callback()(lambda: None)
    app.add_typer(db, name="db")


def upgrade(
    data: options.Data = options.DATA,
) -> None:
    """Bring the tables up to date. A server does this by itself when it starts."""
    from engine.settings import read_settings

    with verb.plainly():
        database = read_settings().database(data)
        with progress.working(f"bringing {database} up to date"):
            before, after = database.upgrade()
    if before == after:
        typer.echo(f"{database} is up to date (revision {after})")
    else:
        typer.echo(f"{database} was brought from revision {before or 'nothing'} to {after}")


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes; it must not be there yet.")],
    data: options.Data = options.DATA,
) -> None:
    """Copy the SQLite database of one moment into a file; a server may be running meanwhile.

    To restore it, stop the server, put the copy in place of `headrace.db` and start it again.
    """
    from engine.settings import read_settings
    from engine.store.errors import StoreError

    with verb.plainly():
        database = read_settings().database(data)
        if database.kind != "sqlite":
            raise StoreError("a PostgreSQL database is copied by pg_dump; see docs/postgresql.md")
        with progress.working(f"copying {database}"):
            size = database.backup(file)
    typer.echo(f"{file} holds {database} as it was just now ({size:,} bytes)")
