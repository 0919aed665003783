"""`headrace user`: who may sign in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine.cli import options, verb


def register(app: typer.Typer) -> None:
    user = typer.Typer(no_args_is_help=True, help="Look after who may sign in.")
    user.command("add")(add)
    user.callback()(lambda: None)
    app.add_typer(user, name="user")


def add(
    email: Annotated[str, typer.Argument(help="The e-mail address to sign in with.")],
    role: Annotated[str, typer.Option(help="viewer, marketer, developer or admin.")] = "marketer",
    data: options.Data = options.DATA,
) -> None:
    """Add somebody who may sign in; the password is asked for, or read from standard input."""
    from editor.operations import USER_ADD
    from editor.users import ROLES

    if role not in ROLES:
        verb.fail(f"There is no role {role}; choose one of {', '.join(ROLES)}.", code=2)
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    verb.run(USER_ADD, data, {"email": email, "role": role, "password": password})
    typer.echo(f"{email} may sign in as {role}.")
