"""The demo's first page, its clock, and the pictures of its products."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from editor.demo.people import ADA
from editor.demo.pictures import picture
from editor.demo.products import PRODUCTS
from editor.demo.world import DemoWorld, distance
from editor.rendering import page
from editor.security import csrf_fits
from engine.core.calendar import iso
from engine.store import customers
from engine.store.customers import find_customer

router = APIRouter(prefix="/demo")

_LONGEST = 10_000


def world_of(request: Request) -> DemoWorld:
    world = request.app.state.demo
    assert isinstance(world, DemoWorld)
    return world


@router.get("")
def start(request: Request) -> Response:
    """What there is to see, and the three clicks that show it."""
    world = world_of(request)
    with world.service.database.reader() as reader:
        ada = find_customer(reader, ADA)
        people = customers.count(reader)
    return page(
        request,
        "demo/start.html",
        ada=ada,
        people=people,
        product=PRODUCTS["tent-2p"],
        letters=world.inbox.letters(limit=5),
        flows=len(world.service.deployment.programs),
    )


@router.post("/clock")
async def forward(request: Request) -> Response:
    """Turn the clock: `{"forward": "1 hour"}`, or the form of the pages.

    Answers when everything that fell due on the way is done.
    """
    # A script may send its JSON under any type; who may send at all, the guard has decided.
    body = await request.body()
    by_form = not body.lstrip().startswith(b"{")
    try:
        told = await _own_form(request) if by_form else _document(body)
        length = distance(str(told.get("forward", "")))
    except ValueError as error:
        if by_form:
            raise HTTPException(400, str(error)) from None
        return JSONResponse({"error": str(error)}, 400)
    now = await run_in_threadpool(world_of(request).forward, length)
    if by_form:
        return RedirectResponse(_inside(str(told.get("back", ""))), 303)
    return JSONResponse({"now": iso(now)})


@router.get("/pictures/{name}.svg")
def show_picture(name: str) -> Response:
    drawn = picture(name)
    if drawn is None:
        raise HTTPException(404, f"There is no product {name}.")
    return Response(
        drawn,
        media_type="image/svg+xml",
        headers={
            "Cache-Control": "public, max-age=3600",
            # Mails are shown in a frame without an origin, and may show pictures all the same.
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )


async def _own_form(request: Request) -> dict[str, Any]:
    form = await request.form()
    if not csrf_fits(request, str(form.get("csrf", ""))):
        raise HTTPException(403, "This form is too old. Please reload the page.")
    return dict(form)


def _document(body: bytes) -> dict[str, Any]:
    """The JSON object that a script sent. Raises ValueError for anything else."""
    told = orjson.loads(body) if len(body) <= _LONGEST else None
    if not isinstance(told, dict):
        raise ValueError('send a JSON object like {"forward": "1 hour"}')  # noqa: TRY004
    return told


def _inside(path: str) -> str:
    """A path of this server, whatever somebody put into the form."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain else "/demo"
