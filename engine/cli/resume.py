"""`headrace resume`: confirm that a restored or copied database shall run here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from engine.cli import plainly


def register(app: typer.Typer) -> None:
    app.command()(resume)


def resume(
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    form: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Let a restored or copied database run here: from now on it sends again."""
    import orjson

    from engine.service.control import ask_server

    with plainly():
        done = ask_server(data, "confirm", {}) or _here(data)
    if form == "json":
        typer.echo(orjson.dumps(done).decode())
    elif done["confirmed"]:
        typer.echo(f"confirmed; it was paused because {done['paused']}")
    else:
        typer.echo("nothing was paused")


def _here(data: Path) -> dict[str, Any]:
    from engine.clock import SystemClock
    from engine.service.installation import Installation
    from engine.settings import read_settings

    database = read_settings().database(data)
    database.open_to_write(make=False)
    try:
        installation = Installation(database)
        why = installation.arrive()
        return {
            "confirmed": installation.confirm("command line", SystemClock().now()),
            "paused": why,
        }
    finally:
        database.close()
