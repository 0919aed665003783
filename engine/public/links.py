"""Where the links of messages lead: `/o`, `/c`, `/h`, `/u` and `/confirm`.

Mail programs and scanners follow every link on their own, so a GET is only noted, and judged later;
unsubscribing and confirming are done by a POST. A link always leads somewhere: also when the
disk is full or the database is slow, a click arrives at its target.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.core.values import Types
from engine.intake import engagement as leaving
from engine.messages.links import BadLinkError, Confirmation, Unsubscribe
from engine.messages.targets import ARRIVAL, same_site, with_parameters
from engine.messages.texts import texts
from engine.public.agents import machine
from engine.public.counting import Counting
from engine.public.pages import page
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
            return _sorry(service, "bad_link", 404)
        by = machine(request.method, request.headers)
        about = {"url": click.target, **({"pair": True} if click.pair else {})}
        number = await counting.note(click.message, "click", by, about)
        target = click.target
        home = service.settings.store_url or service.links.base_url
        if not by and same_site(target, home):
            target = with_parameters(target, {ARRIVAL: service.links.make_arrival(number)})
        return RedirectResponse(target, 302, _NO_STORE)

    @router.api_route("/h/{token}", methods=["GET", "HEAD"])
    async def hidden(token: str) -> Response:
        try:
            message = service.links.read_hidden(token)
        except BadLinkError:
            return _sorry(service, "bad_link", 404)
        await counting.note(message, "hidden", "")
        return Response(b"", 204, _NO_STORE)

    @router.get("/u/{token}")
    async def ask_to_leave(token: str) -> HTMLResponse:
        try:
            told = service.links.read_unsubscribe(token)
        except BadLinkError:
            return _sorry(service, "bad_link", 404)
        return _leave_page(service, told)

    @router.post("/u/{token}")
    async def leave(token: str, request: Request) -> Response:
        try:
            told = service.links.read_unsubscribe(token)
        except BadLinkError:
            return _sorry(service, "bad_link", 404)
        # A mail program's one click (RFC 8058) sends no `what`: it is about this link's subject.
        everything = await _chosen(request) == "all"
        try:
            await write(
                lambda tx, types, now: leaving.unsubscribe(
                    tx, types, now, told, everything=everything
                )
            )
        except StoreError:
            return _sorry(service, "later", 503)
        return _said(service, "unsubscribed", "unsubscribed_more")

    @router.get("/confirm/{token}")
    async def ask_to_confirm(token: str) -> HTMLResponse:
        try:
            told = service.links.read_confirmation(token)
        except BadLinkError:
            return _sorry(service, "bad_link", 404)
        return _confirm_page(service, told)

    @router.post("/confirm/{token}")
    async def confirm(token: str) -> HTMLResponse:
        try:
            told = service.links.read_confirmation(token)
        except BadLinkError:
            return _sorry(service, "bad_link", 404)
        try:
            done = await write(lambda tx, types, now: leaving.confirm(tx, types, now, told))
        except StoreError:
            return _sorry(service, "later", 503)
        if not done:
            return _sorry(service, "confirm_late", 410)
        return _said(service, "confirmed", "confirmed_more", address=told.address)

    return router


async def _chosen(request: Request) -> str:
    """The button that was pressed, "" for none; a body that is no form is no button."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > 2_000:
            return ""
    return "all" if b"what=all" in body.split(b"&") else ""


def _leave_page(service: Service, told: Unsubscribe) -> HTMLResponse:
    words, shop = texts(service.deployment.language), service.deployment
    topic = shop.topics.get(told.what, "")
    what = topic or words.get(told.what, told.what)
    buttons = [("this", words["unsubscribe_do"])]
    channel = told.message.channel if told.message else ""
    if told.what not in CONTACT and channel in CONTACT:
        named = words.get(channel, channel)
        buttons.append(("all", words["unsubscribe_all"].format(channel=named)))
    return page(
        words["unsubscribe"],
        words["unsubscribe_ask"],
        words["unsubscribe_what"].format(what=what),
        buttons=tuple(buttons),
        shop=shop.name,
        language=shop.language,
    )


def _confirm_page(service: Service, told: Confirmation) -> HTMLResponse:
    words = texts(service.deployment.language)
    return page(
        words["confirm"],
        words["confirm_ask"].format(address=told.address),
        words["confirm_more"],
        buttons=(("confirm", words["confirm_do"]),),
        shop=service.deployment.name,
        language=service.deployment.language,
    )


def _said(service: Service, title: str, more: str, **told: Any) -> HTMLResponse:
    words = texts(service.deployment.language)
    return page(
        words[title],
        words[more].format(**told),
        shop=service.deployment.name,
        language=service.deployment.language,
    )


def _sorry(service: Service, what: str, status: int) -> HTMLResponse:
    words = texts(service.deployment.language)
    return page(
        words[what],
        words[f"{what}_more"],
        shop=service.deployment.name,
        language=service.deployment.language,
        status=status,
    )
