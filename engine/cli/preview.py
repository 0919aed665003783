"""`headrace preview`: a message as one customer gets it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli import options, verb

if TYPE_CHECKING:
    from engine.messages import Messages


def register(app: typer.Typer) -> None:
    app.command()(preview)


def preview(
    message: Annotated[str, typer.Argument(help="The message's name, such as cart_reminder.")],
    customer: Annotated[
        str | None,
        typer.Option(help="A user id, an e-mail address or our number; else an invented person."),
    ] = None,
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
    form: Annotated[Literal["text", "json", "html"], typer.Option("--format")] = "text",
) -> None:
    """Show subject, text and HTML of a message. Nothing is sent."""
    from engine.messages import MessageError, Messages
    from engine.projects.folders import messages_folder

    path = verb.project(path)
    messages = Messages(messages_folder(path))
    chosen = _channel(messages, message, channel)
    context = _context(customer, language, data, path, (message, chosen))
    try:
        mail = messages.render(message, chosen, context)
    except MessageError as error:
        verb.fail(str(error))
    if form == "json":
        document = {
            "subject": mail.subject,
            "html": mail.html,
            "text": mail.text,
            "preheader": mail.preheader,
            "channel": chosen,
            "language": mail.language,
            "sender": mail.sender,
            "link": mail.link,
            "headers": dict(mail.headers),
            "missing_variables": list(mail.missing_variables),
        }
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


def _channel(messages: Messages, message: str, channel: str | None) -> str:
    written = messages.channels(message)
    if not written:
        from difflib import get_close_matches

        close = get_close_matches(message, messages.names(), 1)
        hint = f" Did you mean {close[0]}?" if close else ""
        verb.fail(f"There is no message {message} in {messages.folder}.{hint}")
    if channel is None:
        return written[0]
    if channel not in written:
        verb.fail(f"{message} is written for {', '.join(written)}, not for {channel}.")
    return channel


def _context(
    customer: str | None, language: str, data: Path | None, path: Path, what: tuple[str, str]
) -> dict[str, Any]:
    from engine.delivery import preview as previews

    if customer is None and data is None:
        context = previews.sample_context(language)
    elif customer is None:
        verb.fail("Say which customer of the data folder: --customer.", code=2)
    else:
        from engine.clock import SystemClock
        from engine.settings import read_settings

        folder = data or options.DATA
        if data is None and not folder.exists():
            context = previews.sample_context(language)
            context["customer"]["id"] = customer
        else:
            now = SystemClock(read_settings().clock_offset).now()
            with verb.plainly(code=2):
                try:
                    context = previews.stored_context(folder, customer, now, path, *what)
                except previews.NoCustomerError as error:
                    verb.fail(str(error))
    _tell_store(context, path)
    return context


def _tell_store(context: dict[str, Any], path: Path) -> None:
    """The store's own name, language, currency and zone, as its flows declare them."""
    from dsl import tree
    from dsl.project import load_project

    store = load_project(path).store if path.exists() else None
    if store is None:
        return
    context["store"]["name"] = store.name
    for line in store.lines:
        match line:
            case tree.Timezone():
                context["store"]["timezone"] = line.name
            case tree.Currency():
                context["store"]["currency"] = line.code
            case tree.Language():
                context["store"]["language"] = line.code
