"""`headrace retry`: see what failed for good, and try it again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from engine.cli import options, verb


def register(app: typer.Typer) -> None:
    app.command()(retry)


def retry(
    customer: Annotated[
        str | None, typer.Argument(help="Only this customer: a user id, an address, a number.")
    ] = None,
    look: Annotated[bool, typer.Option("--list", help="Only say what there is.")] = False,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Try messages, events and runs again that failed for good. A running server does it."""
    from engine.runtime.dead_letters import dead_letters
    from engine.store.customers import find_customer

    with verb.reading(data) as reader:
        number = None if customer is None else find_customer(reader, customer)
        if customer is not None and number is None:
            verb.fail(f"there is no customer {customer!r} in {data}")
        letters = dead_letters(reader, number)
    if look:
        _list(letters, form)
        return
    done = verb.ask("retry", data, {"customer": number})
    if done is None:
        verb.fail(f"no server runs over {data}; start it first, it tries again")
    if form == "json":
        verb.show(done)
    else:
        typer.echo(
            f"tried again: {done['messages']} messages, {done['events']} events,"
            f" {done['runs']} runs"
        )


def _list(letters: list[dict[str, Any]], form: str) -> None:
    from engine.core.calendar import local

    failed = [
        {**one, "at": local(one["at"], "UTC").isoformat(timespec="milliseconds")} for one in letters
    ]
    if form == "json":
        verb.show({"failed": failed})
        return
    for one in failed:
        line = f"{one['at']}  customer {one['customer']}  {one['what']}: {one['reason']}"
        typer.echo(line)
    if not failed:
        typer.echo("nothing has failed for good")
