"""Where the links of messages lead: `/o`, `/c`, `/h`, `/u` and `/confirm`.

Mail programs and scanners follow every link on their own, so a GET is only noted, and judged later;
unsubscribing and confirming are done by a POST. A link always leads somewhere: also when the
disk is full or the database is slow, a click arrives at its target.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.core.values import Types
from engine.intake import engagement as leaving
from engine.messages.links import BadLinkError, Confirmation, Unsubscribe
from engine.messages.targets import ARRIVAL, same_site, with_parameters
from engine.messages.texts import purpose
from engine.public.agents import machine
from engine.public.counting import Counting
from engine.public.pages import Box, version
from engine.public.reader_pages import Reader, form_of
from engine.public.service import Service
from engine.store.errors import StoreError
from engine.store.writer import Transaction

T = TypeVar("T")
_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NO_STORE = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer"}


def link_routes(service: Service) -> APIRouter:
    """The routes of links, over a running service."""
    router = APIRouter(include_in_schema=False)

    async def write(work: Callable[[Transaction, Types, Instant], T]) -> T:
        result = await service.database.writer.write(
            lambda transaction: work(transaction, service.deployment.types, service.clock.now())
        )
        service.wake()
        return result

    counting = Counting(service)

    @router.api_route("/o/{token}", methods=["GET", "HEAD"])
    async def opened(token: str, request: Request) -> Response:
        try:
            message = service.links.read_open(token)
        except BadLinkError:
            return Response(_PIXEL, 404, _NO_STORE, "image/gif")
        by = machine(request.method, request.headers, picture=True)
        await counting.note(message, "open", by)
        return Response(_PIXEL, 200, _NO_STORE, "image/gif")

    @router.api_route("/c/{token}", methods=["GET", "HEAD"])
    async def clicked(token: str, request: Request) -> Response:
        try:
            click = service.links.read_click(token)
        except BadLinkError:
            return (await Reader.of(service, request)).said("bad_link", 404)
        by = machine(request.method, request.headers)
        about = {"url": click.target, **({"pair": True} if click.pair else {})}
        number = await counting.note(click.message, "click", by, about)
        target = click.target
        home = service.settings.store_url or service.links.base_url
        if not by and same_site(target, home):
            target = with_parameters(target, {ARRIVAL: service.links.make_arrival(number)})
        return RedirectResponse(target, 302, _NO_STORE)

    @router.api_route("/h/{token}", methods=["GET", "HEAD"])
    async def hidden(token: str, request: Request) -> Response:
        try:
            message = service.links.read_hidden(token)
        except BadLinkError:
            return (await Reader.of(service, request)).said("bad_link", 404)
        await counting.note(message, "hidden", "")
        return Response(b"", 204, _NO_STORE)

    @router.get("/u/{token}")
    async def ask_to_leave(token: str, request: Request) -> HTMLResponse:
        try:
            told = service.links.read_unsubscribe(token)
        except BadLinkError:
            return (await Reader.of(service, request)).said("bad_link", 404)
        reader = await Reader.of(service, request, told.customer)
        return _leave_page(service, reader, told)

    @router.post("/u/{token}")
    async def leave(token: str, request: Request) -> Response:
        try:
            told = service.links.read_unsubscribe(token)
        except BadLinkError:
            return (await Reader.of(service, request)).said("bad_link", 404)
        # A mail program's one click (RFC 8058) sends no `what`: it is about this link's subject.
        everything = (await form_of(request)).get("what") == ["all"]
        reader = await Reader.of(service, request, told.customer)
        try:
            await write(
                lambda tx, types, now: leaving.unsubscribe(
                    tx, types, now, told, everything=everything
                )
            )
        except StoreError:
            return reader.said("later", 503)
        return reader.said("unsubscribed")

    @router.get("/confirm/{token}")
    async def ask_to_confirm(token: str, request: Request) -> HTMLResponse:
        try:
            told = service.links.read_confirmation(token)
        except BadLinkError:
            return (await Reader.of(service, request)).said("bad_link", 404)
        reader = await Reader.of(service, request, told.customer)
        return _confirm_page(service, reader, told)

    @router.post("/confirm/{token}")
    async def confirm(token: str, request: Request) -> HTMLResponse:
        try:
            told = service.links.read_confirmation(token)
        except BadLinkError:
            return (await Reader.of(service, request)).said("bad_link", 404)
        form = await form_of(request)
        # Without boxes (a program, an old page) it is about all that was asked for.
        chosen = form.get("purpose", []) if "boxes" in form else None
        reader = await Reader.of(service, request, told.customer)
        shown = version(reader.language, *_asked(service, reader, told))
        try:
            done = await write(
                lambda tx, types, now: leaving.confirm(tx, types, now, told, chosen, shown)
            )
        except StoreError:
            return reader.said("later", 503)
        if not done:
            return reader.said("confirm_late", 410)
        return reader.said("confirmed", address=told.address)

    return router


def _leave_page(service: Service, reader: Reader, told: Unsubscribe) -> HTMLResponse:
    words = reader.words
    topic = service.deployment.topics.get(told.what, "")
    what = topic or words.get(told.what, told.what)
    buttons = [("this", words["unsubscribe_do"])]
    channel = told.message.channel if told.message else ""
    if told.what not in CONTACT and channel in CONTACT:
        named = words.get(channel, channel)
        buttons.append(("all", words["unsubscribe_all"].format(channel=named)))
    return reader.page(
        words["unsubscribe"],
        words["unsubscribe_ask"],
        words["unsubscribe_what"].format(what=what),
        buttons=tuple(buttons),
        link=(service.links.make_preferences(told.customer), words["preferences"]),
    )


def _asked(service: Service, reader: Reader, told: Confirmation) -> list[str]:
    """The sentences of the page that asks."""
    words, topics = reader.words, service.deployment.topics
    purposes = [purpose(what, words, topics) for what in (told.channel, *told.also)]
    return [words["confirm_ask"].format(address=told.address), words["confirm_each"], *purposes]


def _confirm_page(service: Service, reader: Reader, told: Confirmation) -> HTMLResponse:
    words, topics = reader.words, service.deployment.topics
    boxes = [Box(what, purpose(what, words, topics), ticked=True) for what in told.also]
    if boxes:
        boxes.insert(0, Box(told.channel, purpose(told.channel, words, topics), ticked=True))
    return reader.page(
        words["confirm"],
        words["confirm_ask"].format(address=told.address),
        words["confirm_each"] if boxes else "",
        words["confirm_more"],
        boxes=tuple(boxes),
        buttons=(("confirm", words["confirm_do"]),),
    )
