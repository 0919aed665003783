"""`headrace work`: more processes on one database, which is not offered yet."""

from __future__ import annotations

import typer

from engine.cli import verb


def register(app: typer.Typer) -> None:
    app.command()(work)


def work() -> None:
    """One more worker on a PostgreSQL database (not offered yet)."""
    verb.fail(
        "There is no second worker yet: `headrace run` does all the work in one process, on"
        " SQLite and on PostgreSQL.",
        code=2,
    )
