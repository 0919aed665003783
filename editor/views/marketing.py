"""The switch that stops all marketing, what an alarm has stopped, and whom nobody writes to."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Form, Header, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from editor.access import MARKETERS, author, own_form, signed_in
from editor.language import _, noop
from editor.rendering import page
from editor.running import Running, running
from editor.security import csrf_fits, csrf_token
from engine.core.facts import CONTACT
from engine.customers.erasure import REASON
from engine.errors import RefusedError
from engine.publishing import warming
from engine.service.operations import operation
from engine.service.service import Service
from engine.store import customers as stored
from engine.store import refused_webhooks, shop_deliveries
from engine.store.customers import find_customer
from engine.store.database import Reader

router = APIRouter(dependencies=[Depends(signed_in)])

Act = Literal["stop", "resume", "lift"]

REASONS = {
    "bounced": noop("bounced: there is no such mailbox"),
    "complained": noop("complained: called a message spam"),
    "erased": noop("erased"),
}
"""Why an address gets nothing any more, as the engine keeps it; what a person wrote stands so."""


@router.get("/marketing")
def look(request: Request, service: Running) -> Response:
    """What is stopped, since when and by whom, and the switch."""
    with service.database.reader() as reader:
        now = service.clock.now()
        shown: dict[str, Any] = {
            "warm_up": warming.as_json(reader, now),
            "refused": refused_webhooks.recent(reader, now),
            "unread": shop_deliveries.left_out(reader),
        }
    return page(request, "marketing.html", stopped=service.live.brakes, **shown)


@router.post("/marketing", dependencies=[Depends(own_form)])
async def throw(
    request: Request,
    act: Annotated[Act, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
    flow: Annotated[str, Form(max_length=200)] = "",
    message: Annotated[str, Form(max_length=200)] = "",
    channel: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Stop or let go on; back to the page."""
    told = {"act": act, "reason": reason, "flow": flow, "message": message, "channel": channel}
    try:
        await _brake(request, told)
    except RefusedError as error:
        raise HTTPException(409, str(error)) from None
    return RedirectResponse("/marketing", 303)


@router.get("/api/marketing")
def look_json(request: Request, service: Running) -> JSONResponse:
    """The same for scripts. `csrf` goes into the header `X-CSRF-Token` of a write."""
    with service.database.reader() as reader:
        warm_up = warming.as_json(reader, service.clock.now())
    told = {**service.live.brakes.as_json(), "warm_up": warm_up}
    return JSONResponse({**told, "csrf": csrf_token(request)})


@router.post("/api/marketing/{act}")
async def throw_json(
    request: Request,
    act: Act,
    reason: str = "",
    flow: str = "",
    message: str = "",
    channel: str = "email",
    x_csrf_token: Annotated[str, Header()] = "",
) -> JSONResponse:
    """Stop or let go on: what is stopped then."""
    if not csrf_fits(request, x_csrf_token):
        return JSONResponse({"error": "the header X-CSRF-Token is missing or too old"}, 403)
    told = {"act": act, "reason": reason, "flow": flow, "message": message, "channel": channel}
    try:
        return JSONResponse(await _brake(request, told))
    except RefusedError as error:
        return JSONResponse({"error": str(error)}, 409)
    except HTTPException as error:
        return JSONResponse({"error": error.detail}, error.status_code)


async def _brake(request: Request, told: dict[str, Any]) -> dict[str, Any]:
    who = author(request, MARKETERS, _("You may look; stopping marketing takes a marketer."))
    service = running(request)
    return await run_in_threadpool(operation("marketing").run, service, {**told, "author": who})


# --- one customer ---------------------------------------------------------------------------


def closed_to(service: Service, rows: Reader, properties: dict[str, Any]) -> list[dict[str, Any]]:
    """The channels on which a customer gets nothing whatever they agreed to, why, and whether a
    person may change that.
    """
    listed = service.suppressions.anew()
    listed.read(rows)
    return [
        {
            "channel": channel,
            "reason": _(REASONS[reason]) if reason in REASONS else reason,
            "lifts": reason != REASON,
        }
        for channel, reason in listed.of(properties).items()
    ]


@router.post("/customers/{who}/suppression", dependencies=[Depends(own_form)])
async def lift(
    request: Request,
    service: Running,
    who: str,
    channel: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=500)],
) -> Response:
    """Let a customer's address be used again; on record, with why."""
    by = author(request, MARKETERS, _("You may look at customers; this takes a marketer."))
    properties = await run_in_threadpool(_properties, service, who)
    address = properties.get(CONTACT.get(channel, ""))
    if not address or not reason.strip():
        raise HTTPException(422, _("Say why this address may be used again."))
    told = {"act": "lift", "channel": channel, "address": address, "reason": reason, "author": by}
    await run_in_threadpool(operation("suppress").run, service, told)
    return RedirectResponse(f"/customers/{quote(who, safe='')}", 303)


def _properties(service: Service, who: str) -> dict[str, Any]:
    with service.database.reader() as reader:
        number = find_customer(reader, who)
        kept = None if number is None else stored.properties_of(reader, number)
    if kept is None:
        raise HTTPException(404, _("There is no customer %s.") % who)
    found: dict[str, Any] = orjson.loads(kept)
    return found
