"""`headrace erase`: forget a person."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import options, verb


def register(app: typer.Typer) -> None:
    app.command()(erase)


def erase(
    customer: options.Customer,
    data: options.Data = options.DATA,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    form: options.Form = "text",
) -> None:
    """Erase everything that says who this customer is. This cannot be undone."""
    if not yes and not typer.confirm(f"Erase {customer}? This cannot be undone.", err=True):
        raise typer.Exit(1)
    done = verb.run("erase", data, {"customer": customer})
    if done["customer"] is None:
        verb.fail(f"there is no customer {customer!r} in {data}")
    if form == "json":
        verb.show(done)
    else:
        typer.echo(f"erased: customer {done['customer']}")
