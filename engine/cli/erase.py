"""`headrace erase`: forget a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli import plainly


def register(app: typer.Typer) -> None:
    app.command()(erase)


def erase(
    customer: Annotated[str, typer.Argument(help="A user id, an e-mail address or our number.")],
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",  # noqa: A002
) -> None:
    """Erase everything that says who this customer is. This cannot be undone."""
    from engine.service.control import ask_server

    if not yes and not typer.confirm(f"Erase {customer}? This cannot be undone.", err=True):
        raise typer.Exit(1)
    with plainly():
        done = ask_server(data, "erase", {"customer": customer}) or _here(data, customer)
    if done["customer"] is None:
        typer.echo(f"there is no customer {customer!r} in {data}", err=True)
        raise typer.Exit(1)
    if format == "json":
        import orjson

        typer.echo(orjson.dumps(done).decode())
    else:
        typer.echo(f"erased: customer {done['customer']}")


def _here(data: Path, customer: str) -> dict[str, int | None]:
    from engine.clock import SystemClock
    from engine.customers.erasure import erase_by_name
    from engine.publishing.publish import secret_of
    from engine.settings import read_settings
    from engine.store.suppression import Suppressions

    database = read_settings().database(data)
    writer = database.open_to_write(make=False)
    try:
        secret = bytes.fromhex(writer.run(secret_of))
        return {
            "customer": writer.run(
                lambda tx: erase_by_name(
                    tx, customer, Suppressions(secret), SystemClock().now(), "command line"
                )
            )
        }
    finally:
        database.close()
