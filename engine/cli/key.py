"""`headrace key`: write keys for the shop's server and its pages."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from engine.cli import options, verb


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
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Make a key and print it. It is shown this once.

    With a browser key comes the secret that your server signs userIds with (docs/tracking.md).
    """
    kind = "browser" if browser else "server"
    _say(verb.run("key", data, {"act": "add", "name": name, "kind": kind}), form)


def revoke(name: str, data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """End all keys of this name."""
    done = verb.run("key", data, {"act": "revoke", "name": name})
    if not done["revoked"]:
        verb.fail(f"There is no valid key called {name}.")
    _say(done, form)


def rotate(name: str, data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """Make a new key beside the old one of this name; revoke nothing yet."""
    done = verb.run("key", data, {"act": "rotate", "name": name})
    if not done["key"]:
        verb.fail(f"There is no valid key called {name}.")
    _say(done, form)


def show(data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """Names and kinds of the keys; their text is not kept."""
    from engine.store import api_keys

    with verb.reading(data) as reader:
        rows = api_keys.all_of(reader)
    keys = [{"name": name, "kind": kind, "revoked": bool(gone)} for name, kind, gone in rows]
    if form == "json":
        verb.show({"keys": keys})
        return
    for each in keys:
        typer.echo(f"{each['name']}  {each['kind']}{'  revoked' if each['revoked'] else ''}")


def _say(done: dict[str, Any], form: str) -> None:
    if form == "json":
        verb.show(done)
    elif "key" in done:
        typer.echo(done["key"])
        if "signing" in done:
            # The key goes into pages, this to the shop's server only: hence not on one stream.
            typer.echo(f"signing secret, for the shop's server: {done['signing']}", err=True)
    else:
        typer.echo(f"revoked: {done['revoked']}")
