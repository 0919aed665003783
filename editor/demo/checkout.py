"""The storefront's cart and checkout. Orders are recorded by the shop's server, under its key."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from editor.demo.products import SHOP
from editor.demo.storefront import own_form, product_of, show
from editor.demo.visit import MOST, Visit

router = APIRouter(prefix=SHOP)

_STEPS = ("address", "shipping", "payment")
_TITLES = {"address": "Adresse", "shipping": "Versand", "payment": "Zahlung"}


@router.get("/cart")
def cart(request: Request) -> Response:
    return show(request, "cart.html", Visit.of(request), most=MOST)


@router.get("/cart/saved/{saved}")
def restore(request: Request, saved: str) -> Response:
    """Bring a cart back in another browser, if nothing lies in its cart there."""
    visit = Visit.of(request)
    visit.restore(saved)
    visit.keep(request)
    return RedirectResponse(f"{SHOP}/cart", 303)


@router.post("/cart/{name}", dependencies=[Depends(own_form)])
async def put(
    request: Request, name: str, quantity: Annotated[int | None, Form(ge=0, le=MOST)] = None
) -> Response:
    """One more of a product, or exactly `quantity`."""
    visit = Visit.of(request)
    product = product_of(visit, name)
    if quantity is None and product.sold_out:
        raise HTTPException(409, f"„{product.name}“ ist gerade ausverkauft.")
    visit.put(name, visit.cart.get(name, 0) + 1 if quantity is None else quantity)
    visit.checkout = visit.checkout or f"c-{secrets.token_hex(4)}"
    visit.keep(request)
    return RedirectResponse(f"{SHOP}/cart", 303)


@router.post("/checkout", dependencies=[Depends(own_form)])
async def begin() -> Response:
    """From the cart to the till."""
    return RedirectResponse(f"{SHOP}/checkout", 303)


@router.get("/checkout")
def checkout(
    request: Request,
    step: Annotated[str, Query(max_length=20)] = "address",
    problem: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    visit = Visit.of(request)
    if not visit.cart:
        return RedirectResponse(f"{SHOP}/cart", 303)
    if step not in _STEPS:
        raise HTTPException(404, "Diesen Schritt gibt es nicht.")
    return show(
        request, "checkout.html", visit, step=step, number=_STEPS.index(step) + 1, titles=_TITLES,
        problem=problem == "declined",
    )  # fmt: skip


@router.post("/checkout/{step}", dependencies=[Depends(own_form)])
async def next_step(
    request: Request, step: str, pay: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """On to the next step; after the last one the order is made."""
    visit = Visit.of(request)
    if not visit.cart:
        return RedirectResponse(f"{SHOP}/cart", 303)
    if step not in _STEPS:
        raise HTTPException(404, "Diesen Schritt gibt es nicht.")
    if step != _STEPS[-1]:
        after = _STEPS[_STEPS.index(step) + 1]
        return RedirectResponse(f"{SHOP}/checkout?step={after}", 303)
    if pay == "declined":
        return RedirectResponse(f"{SHOP}/checkout?step=payment&problem=declined", 303)
    return await _order(request, visit)


async def _order(request: Request, visit: Visit) -> Response:
    order = f"A{secrets.randbelow(900_000) + 100_000}"
    await _record(request, visit, order)
    bought, total = visit.lines, visit.total
    visit.cart, visit.checkout = {}, ""
    visit.keep(request)
    return show(request, "thanks.html", visit, order=order, bought=bought, total=total)


async def _record(request: Request, visit: Visit, order: str) -> None:
    """Tell Headrace about the order the way that every shop's server does: over HTTP.

    Raises:
        HTTPException: it did not take it.
    """
    told = visit.told(str(request.base_url).rstrip("/"))
    call: dict[str, Any] = {
        "event": "Order Completed",
        "messageId": f"order {order}",
        "anonymousId": visit.visitor,
        "properties": {**told, "order_id": order, "shipping": 0, "shipping_country": "DE"},
    }
    if visit.customer:
        call["userId"] = visit.customer
    # The application itself, as if it were another server: no port has to be known.
    transport = httpx.ASGITransport(app=request.app.state.public)
    async with httpx.AsyncClient(transport=transport, base_url=str(request.base_url)) as client:
        answer = await client.post("/v1/track", json=call, auth=("demo", ""))
    if answer.is_error:
        raise HTTPException(502, "Die Bestellung konnte nicht aufgenommen werden.")
