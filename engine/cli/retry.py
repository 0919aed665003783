"""`headrace retry`: see what failed for good, and try it again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from engine.cli import plainly


def register(app: typer.Typer) -> None:
    app.command()(retry)


def retry(
    customer: Annotated[
        str | None, typer.Argument(help="Only this customer: a user id, an address, a number.")
    ] = None,
    look: Annotated[bool, typer.Option("--list", help="Only say what there is.")] = False,
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    form: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Try messages, events and runs again that failed for good. A running server does it."""
    import orjson

    from engine.runtime.dead_letters import dead_letters
    from engine.service.control import ask_server
    from engine.settings import read_settings
    from engine.store.customers import find_customer

    with plainly():
        with read_settings().database(data).reader() as reader:
            number = None if customer is None else find_customer(reader, customer)
            if customer is not None and number is None:
                typer.echo(f"there is no customer {customer!r} in {data}", err=True)
                raise typer.Exit(1)
            letters = dead_letters(reader, number)
        if look:
            _list(letters, form)
            return
        done = ask_server(data, "retry", {"customer": number})
    if done is None:
        typer.echo(f"no server runs over {data}; start it first, it tries again", err=True)
        raise typer.Exit(1)
    if form == "json":
        typer.echo(orjson.dumps(done).decode())
    else:
        typer.echo(
            f"tried again: {done['messages']} messages, {done['events']} events,"
            f" {done['runs']} runs"
        )


def _list(letters: list[dict[str, Any]], form: str) -> None:
    import orjson

    from engine.core.calendar import local

    told = [
        {**one, "at": local(one["at"], "UTC").isoformat(timespec="milliseconds")} for one in letters
    ]
    if form == "json":
        typer.echo(orjson.dumps({"failed": told}).decode())
        return
    for one in told:
        line = f"{one['at']}  customer {one['customer']}  {one['what']}: {one['reason']}"
        typer.echo(line)
    if not told:
        typer.echo("nothing has failed for good")
