"""The storefront's shelves: list, search, product, wishes, and who one says one is.

What visitors do is tracked by the pages themselves: `data-track` on what was loaded or sent.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from editor.demo.people import ADA
from editor.demo.products import CATEGORIES, SHOP, Product
from editor.demo.start import world_of
from editor.demo.visit import Visit
from editor.rendering import page
from editor.security import csrf_fits
from engine.store import customers
from engine.store import people as accounts
from engine.store.customers import find_customer

router = APIRouter(prefix=SHOP)

_OFFERED = 12


def show(request: Request, template: str, visit: Visit, **words: Any) -> Response:
    """A page of the shop."""
    return page(
        request,
        f"demo/{template}",
        visit=visit,
        signature=world_of(request).signature(visit.customer),
        categories=CATEGORIES,
        pushes="push" in world_of(request).service.settings.channels,
        base=str(request.base_url).rstrip("/"),
        **words,
    )


async def own_form(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    """Refuses forms that are not of this session."""
    if not csrf_fits(request, csrf):
        raise HTTPException(403, "Dieses Formular ist zu alt. Bitte lade die Seite neu.")


def product_of(visit: Visit, name: str) -> Product:
    product = visit.shelf.get(name)
    if product is None:
        raise HTTPException(404, f"Das Produkt {name} gibt es hier nicht.")
    return product


@router.get("")
def shelves(
    request: Request,
    q: Annotated[str, Query(max_length=100)] = "",
    category: Annotated[str, Query(max_length=30)] = "",
) -> Response:
    """All products, of a category, or found by words."""
    visit = Visit.of(request)
    words = q.casefold().split()
    found = [
        product
        for product in visit.shelf.values()
        if (not category or product.category == category)
        and all(word in _searchable(product) for word in words)
    ]
    track, told = "", {}
    if words:
        track, told = "search", {"search_term": " ".join(q.split())}
    elif category in CATEGORIES:
        track, told = "view_item_list", {"category": category, "list_id": category}
    return show(
        request, "shelves.html", visit, products=found, q=q, category=category, track=track,
        told=told,
    )  # fmt: skip


@router.get("/p/{name}")
def product(request: Request, name: str) -> Response:
    visit = Visit.of(request)
    shown = product_of(visit, name)
    near = [
        each
        for each in visit.shelf.values()
        if each.category == shown.category and each.id != name and not each.sold_out
    ]
    return show(request, "product.html", visit, product=shown, near=near[:4])


@router.post("/wishes/{name}", dependencies=[Depends(own_form)])
async def wish(request: Request, name: str) -> Response:
    """Put a product on the wish list, or take it off again."""
    visit = Visit.of(request)
    wished = product_of(visit, name)
    if name in visit.wishes:
        visit.wishes.remove(name)
    else:
        visit.wishes.append(name)
    visit.keep(request)
    return RedirectResponse(wished.path, 303)


@router.post("/notify/{name}", dependencies=[Depends(own_form)])
async def notify(request: Request, name: str) -> Response:
    """The page has tracked the wish to be told; say thanks."""
    visit = Visit.of(request)
    return show(
        request, "told.html", visit,
        title="Wir sagen dir Bescheid",
        text=f"Sobald „{product_of(visit, name).name}“ wieder da ist, melden wir uns.",
    )  # fmt: skip


@router.get("/newsletter")
def newsletter_done(request: Request) -> Response:
    return show(
        request, "told.html", Visit.of(request),
        title="Fast geschafft",
        text="Wir haben dir eine Mail geschickt. Bestätige darin deine Adresse, dann bist du dabei.",  # noqa: E501
    )  # fmt: skip


@router.get("/account")
def account(request: Request) -> Response:
    """Say who you are: one of the sample customers."""
    visit = Visit.of(request)
    with world_of(request).service.database.reader() as reader:
        rows = accounts.with_accounts(reader, _OFFERED)
    return show(request, "account.html", visit, people=rows)


@router.post("/account", dependencies=[Depends(own_form)])
async def be(
    request: Request,
    customer: Annotated[str, Form(max_length=100)] = "",
    product: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Sign in as a sample customer, or out. Somebody else at this browser is another visitor."""
    visit = Visit.of(request)
    if customer != visit.customer:
        # What an unknown visitor did becomes the customer's; a known one's stays theirs.
        fresh = Visit() if visit.customer else visit
        fresh.customer, fresh.name = customer, ""
        if customer:
            fresh.name = _first_name(request, customer)
        fresh.keep(request)
    return RedirectResponse(product_of(visit, product).path if product else SHOP, 303)


def _first_name(request: Request, customer: str) -> str:
    with world_of(request).service.database.reader() as reader:
        number = find_customer(reader, customer)
        properties = None if number is None else customers.properties_of(reader, number)
    if properties is None:
        raise HTTPException(404, f"{customer} ist hier nicht bekannt. Wie wäre es mit {ADA}?")
    return str(orjson.loads(properties).get("first_name") or customer)


def _searchable(product: Product) -> str:
    return f"{product.name} {product.category_name} {product.brand} {product.about}".casefold()
