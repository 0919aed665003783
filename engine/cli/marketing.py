"""`headrace marketing`: one switch for all of it, and the messages that an alarm stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import options, verb

marketing = typer.Typer(
    no_args_is_help=True,
    help="Stop all marketing at once, let it go on, and see what an alarm has stopped.",
)
_Reason = Annotated[str, typer.Option("--reason", help="Why, for those who ask.")]


def register(app: typer.Typer) -> None:
    app.add_typer(marketing, name="marketing")


@marketing.command()
def stop(
    reason: _Reason = "", data: options.Data = options.DATA, form: options.Form = "text"
) -> None:
    """Send no marketing any more, from now on. Order confirmations and the like go on."""
    _ask(data, form, "all marketing is stopped", act="stop", reason=reason)


@marketing.command()
def resume(data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """Let marketing go on; what is too late by now is skipped with a reason."""
    _ask(data, form, "marketing goes on", act="resume")


@marketing.command()
def lift(
    flow: Annotated[str, typer.Argument(help="The flow's name.")],
    message: Annotated[str, typer.Argument(help="The message's name.")],
    channel: Annotated[str, typer.Option(help="How it is sent.")] = "email",
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Let a message go on that an alarm has stopped; it counts anew from now."""
    told = {"flow": flow, "message": message, "channel": channel}
    _ask(data, form, f"{message} of {flow} goes on", act="lift", **told)


@marketing.command()
def status(data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """What is stopped, since when, and why; and how far the warm-up of a young sender is."""
    from engine.clock import SystemClock
    from engine.publishing import brakes, warming
    from engine.settings import read_settings

    with verb.reading(data) as reader:
        now = SystemClock(read_settings().clock_offset).now()
        found, warm_up = brakes.read(reader), warming.as_json(reader, now)
        warms = warming.words(reader, now)
    if form == "json":
        verb.show({**found.as_json(), "warm_up": warm_up})
        return
    for line in [*(found.words() or ["nothing is stopped"]), *warms]:
        typer.echo(line)


def _ask(data: Path, form: str, said: str, **request: Any) -> None:
    done = verb.run("marketing", data, request)
    if form == "json":
        verb.show(done)
    else:
        typer.echo(said)
