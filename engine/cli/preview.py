"""`headrace preview`: a message as one customer gets it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli import options, verb

if TYPE_CHECKING:
    from engine.core.model import Instant
    from engine.core.sms import Size
    from engine.delivery.preview import Preview, Shown, Wanted
    from engine.messages import Messages


def register(app: typer.Typer) -> None:
    app.command()(preview)


def preview(
    message: Annotated[
        str | None,
        typer.Argument(help="The message's name, such as cart_reminder; or say --flow and --step."),
    ] = None,
    customer: Annotated[
        str | None,
        typer.Option(
            "--customer",
            "--as",
            help="A user id, an e-mail address or our number; else an invented person.",
        ),
    ] = None,
    flow: Annotated[str | None, typer.Option(help="The flow whose step sends it.")] = None,
    step: Annotated[str | None, typer.Option(help="The step: its label, id or message.")] = None,
    channel: Annotated[
        str | None, typer.Option(help="For a message that is written for several channels.")
    ] = None,
    language: Annotated[str, typer.Option(help="The language of the invented person.")] = "",
    path: Annotated[
        Path, typer.Option("--path", "--flows", help="The folder of flows, or a file in it.")
    ] = options.FLOWS,
    data: Annotated[
        Path | None, typer.Option(help="The data folder (default with --customer: headrace-data).")
    ] = None,
    send_to: Annotated[
        str | None,
        typer.Option(help="Send it to this staff of the store, marked as a test; counts nowhere."),
    ] = None,
    form: Annotated[Literal["text", "json", "html"], typer.Option("--format")] = "text",
) -> None:
    """Show a message as the flow's step would send it now. Nothing is sent but a test to staff."""
    from engine.delivery.preview import NoCustomerError, NoStepError, Preview, Wanted
    from engine.messages import MessageError, Messages
    from engine.projects.compiled import compile_folder
    from engine.projects.folders import messages_folder

    path = verb.project(path)
    messages = Messages(messages_folder(path))
    if message is not None:
        _known(messages, message)
    now = _now()
    wanted = Wanted(message, channel, flow, step)
    with verb.plainly(code=2):
        try:
            shown = _shown(
                Preview(compile_folder(path), messages, now), customer, language, data, wanted
            )
        except (MessageError, NoCustomerError, NoStepError) as error:
            verb.fail(str(error))
    if send_to is not None:
        with verb.plainly():
            _send(shown, send_to, path, now)
        return
    _print(shown, form)


def _print(shown: Shown, form: str) -> None:
    mail = shown.rendered
    if form == "json":
        document: dict[str, Any] = {
            "subject": mail.subject,
            "html": mail.html,
            "text": mail.text,
            "preheader": mail.preheader,
            "message": shown.message,
            "channel": shown.channel,
            "flow": shown.flow,
            "to": shown.to,
            "language": mail.language,
            "sender": shown.sender,
            "link": mail.link,
            "headers": dict(mail.headers),
            "missing_variables": list(mail.missing_variables),
        }
        if shown.channel == "sms":
            size = _size(mail.text)
            document["segments"] = size.segments
            document["encoding"] = size.encoding
            document["letters"] = size.letters
        verb.show(document)
        return
    for name in mail.missing_variables:
        typer.echo(f"printed without a value: {name}", err=True)
    if form == "html":
        typer.echo(mail.html)
        return
    if mail.subject:
        typer.echo(f"Subject: {mail.subject}")
    if mail.preheader:
        typer.echo(f"Preheader: {mail.preheader}")
    typer.echo(f"\n{mail.text}")
    if shown.channel == "sms":
        size = _size(mail.text)
        segments = "1 segment" if size.segments == 1 else f"{size.segments} segments"
        typer.echo(f"\n{segments}: {size.letters} letters in {size.encoding}", err=True)


def _size(text: str) -> Size:
    """What a text message takes, with links as short as they will be."""
    from engine.core import sms
    from engine.messages.short_links import SAMPLE, shortened
    from engine.settings import read_settings

    return sms.size(shortened(text, read_settings().store_url or "", lambda _: SAMPLE))


def _known(messages: Messages, message: str) -> None:
    if not messages.channels(message):
        from difflib import get_close_matches

        close = get_close_matches(message, messages.names(), 1)
        hint = f" Did you mean {close[0]}?" if close else ""
        verb.fail(f"There is no message {message} in {messages.folder}.{hint}")


def _shown(
    previewing: Preview, customer: str | None, language: str, data: Path | None, wanted: Wanted
) -> Shown:
    if customer is None:
        if data is not None:
            verb.fail("Say which customer of the data folder: --customer.", code=2)
        return previewing.invented(wanted, language)
    folder = data or options.DATA
    if data is None and not folder.exists():
        return previewing.invented(wanted, language, customer)
    return previewing.stored(folder, customer, wanted)


def _now() -> Instant:
    from engine.clock import SystemClock
    from engine.settings import read_settings

    return SystemClock(read_settings().clock_offset).now()


def _send(shown: Shown, staff: str, path: Path, now: Instant) -> None:
    """Mail it to staff by the driver of e-mail that the settings choose."""
    import asyncio

    from engine.channels import registry
    from engine.delivery.preview import send_trial, trial
    from engine.projects.compiled import compile_folder
    from engine.settings import read_settings

    envelope = trial(shown, staff, compile_folder(path).deployment(), now)
    transport = registry.transports(read_settings().channels).get("email")
    if transport is None:
        verb.fail("There is no provider for e-mail; set HEADRACE_SMTP_URL.")
    outcome = asyncio.run(send_trial(transport, envelope))
    if outcome.kind != "delivered":
        verb.fail(f"It was not sent to {envelope.to}: {outcome.reason}")
    typer.echo(f"Sent to {envelope.to}: {envelope.subject}")
