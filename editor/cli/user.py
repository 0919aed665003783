"""`headrace user`: who may sign in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine.cli import options, verb

Email = Annotated[str, typer.Argument(help="The e-mail address to sign in with.")]


def register(app: typer.Typer) -> None:
    user = typer.Typer(no_args_is_help=True, help="Look after who may sign in.")
    user.command("add")(add)
    user.command("password")(password)
    user.command("remove")(remove)
    user.command("list")(show)
    user.callback()(lambda: None)
    app.add_typer(user, name="user")


def add(
    email: Email,
    role: Annotated[str, typer.Option(help="viewer, marketer, developer or admin.")] = "marketer",
    data: options.Data = options.DATA,
) -> None:
    """Add somebody who may sign in; the password is asked for, or read from standard input."""
    from editor.operations import USER_ADD
    from editor.users import ROLES

    if role not in ROLES:
        verb.fail(f"There is no role {role}; choose one of {', '.join(ROLES)}.", code=2)
    verb.run(USER_ADD, data, {"email": email, "role": role, "password": _asked()})
    typer.echo(f"{email} may sign in as {role}.")


def password(email: Email, data: options.Data = options.DATA) -> None:
    """Change somebody's password, which ends their sessions; asked for or read like `add`'s."""
    from editor.operations import USER_PASSWORD

    verb.run(USER_PASSWORD, data, {"email": email, "password": _asked()})
    typer.echo(f"{email} has another password and is signed out everywhere.")


def remove(email: Email, data: options.Data = options.DATA) -> None:
    """Let somebody sign in no more, at once."""
    from editor.operations import USER_REMOVE

    verb.run(USER_REMOVE, data, {"email": email})
    typer.echo(f"{email} may no longer sign in.")


def show(data: options.Data = options.DATA) -> None:
    """Who may sign in, and as what."""
    from engine.store import admin_users

    with verb.reading(data) as reader:
        for address, role, *_ in admin_users.everybody(reader):
            typer.echo(f"{address}  {role}")


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
