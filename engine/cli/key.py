"""`headrace key`: write keys for the shop's server and its pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from engine.cli import plainly

Data = Annotated[Path, typer.Option(help="The data folder.")]
Format = Annotated[Literal["text", "json"], typer.Option()]


def register(app: typer.Typer) -> None:
    key = typer.Typer(help="Write keys: what lets a shop send events.", no_args_is_help=True)
    key.command()(add)
    key.command()(revoke)
    key.command()(rotate)
    key.command(name="list")(show)
    app.add_typer(key, name="key")


def add(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    browser: Annotated[
        bool, typer.Option("--browser", help="For pages: speaks only for its own visitor.")
    ] = False,
    data: Data = Path("headrace-data"),
    format: Format = "text",  # noqa: A002
) -> None:
    """Make a key and print it. It is shown this once.

    With a browser key comes the secret that your server signs userIds with (docs/tracking.md).
    """
    kind = "browser" if browser else "server"
    _say(_do(data, {"act": "add", "name": name, "kind": kind}), format)


def revoke(name: str, data: Data = Path("headrace-data"), format: Format = "text") -> None:  # noqa: A002
    """End all keys of this name."""
    done = _do(data, {"act": "revoke", "name": name})
    if not done["revoked"]:
        typer.echo(f"There is no valid key called {name}.", err=True)
        raise typer.Exit(1)
    _say(done, format)


def rotate(name: str, data: Data = Path("headrace-data"), format: Format = "text") -> None:  # noqa: A002
    """Make a new key beside the old one of this name; revoke nothing yet."""
    done = _do(data, {"act": "rotate", "name": name})
    if not done["key"]:
        typer.echo(f"There is no valid key called {name}.", err=True)
        raise typer.Exit(1)
    _say(done, format)


def show(data: Data = Path("headrace-data"), format: Format = "text") -> None:  # noqa: A002
    """Names and kinds of the keys; their text is not kept."""
    from engine.settings import read_settings

    with plainly(), read_settings().database(data).reader() as reader:
        rows = reader.rows("select name, kind, revoked_at is not null from api_key order by id")
    keys = [{"name": name, "kind": kind, "revoked": bool(gone)} for name, kind, gone in rows]
    if format == "json":
        _say({"keys": keys}, format)
        return
    for each in keys:
        typer.echo(f"{each['name']}  {each['kind']}{'  revoked' if each['revoked'] else ''}")


def _do(data: Path, what: dict[str, Any]) -> dict[str, Any]:
    """By the server that owns the folder, else here."""
    from engine.service.control import ask_server

    with plainly():
        return ask_server(data, "key", what) or _here(data, what)


def _here(data: Path, what: dict[str, Any]) -> dict[str, Any]:
    from engine.clock import SystemClock
    from engine.service.operations import change_keys
    from engine.settings import read_settings

    database = read_settings().database(data)
    writer = database.open_to_write()
    try:
        return writer.run(lambda transaction: change_keys(transaction, what, SystemClock().now()))
    finally:
        database.close()


def _say(done: dict[str, Any], format: str) -> None:  # noqa: A002
    if format == "json":
        import orjson

        typer.echo(orjson.dumps(done).decode())
    elif "key" in done:
        typer.echo(done["key"])
        if "signing" in done:
            # The key goes into pages, this to the shop's server only: hence not on one stream.
            typer.echo(f"signing secret, for the shop's server: {done['signing']}", err=True)
    else:
        typer.echo(f"revoked: {done['revoked']}")
