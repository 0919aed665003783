"""`headrace suppress`: addresses that get nothing any more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli import options, verb

Channel = Literal["email", "sms", "whatsapp", "push"]
Address = Annotated[str, typer.Argument(help="An e-mail address, a phone number or a token.")]
Of = Annotated[
    Channel | None,
    typer.Option("--channel", help="Else by how the address looks: email with an @, else sms."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the audit log.")]


def register(app: typer.Typer) -> None:
    suppress = typer.Typer(
        help="Addresses that get nothing any more: bounced, complained, erased, or by hand.",
        no_args_is_help=True,
    )
    suppress.command(name="list")(show)
    suppress.command()(add)
    suppress.command()(lift)
    app.add_typer(suppress, name="suppress")


def show(data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """What is suppressed, and why. Only addresses that a customer has can be shown."""
    from engine.core.calendar import iso

    found = verb.run("suppress", data, {"act": "list"})["suppressed"]
    if form == "json":
        verb.show({"suppressed": [{**one, "at": iso(one["at"])} for one in found]})
        return
    for one in found:
        address = one["address"] or "(of no customer)"
        typer.echo(f"{one['channel']:9} {address}  {one['reason']}  {iso(one['at'])}")
    if not found:
        typer.echo("nothing is suppressed")


def add(
    address: Address,
    reason: Reason,
    channel: Of = None,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Send nothing to this address any more, whoever has it."""
    _change("add", address, reason, channel, data, form)


def lift(
    address: Address,
    reason: Reason,
    channel: Of = None,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Let this address be used again. Consent is another matter and stays as it is."""
    _change("lift", address, reason, channel, data, form)


def _change(
    act: str, address: str, reason: str, channel: Channel | None, data: Path, form: str
) -> None:
    if not reason.strip():
        verb.fail("say why: --reason")
    found = channel or ("email" if "@" in address else "sms")
    request = {"act": act, "address": address, "channel": found, "reason": reason}
    done = verb.run("suppress", data, request)
    if act == "lift" and not done["changed"]:
        verb.fail(f"{address} is not suppressed for {found}")
    if form == "json":
        verb.show(done)
    elif act == "lift":
        typer.echo(f"lifted: {address} may get {found} again")
    else:
        typer.echo(f"suppressed: {address} gets no {found} any more")
