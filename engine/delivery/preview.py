"""What a message may speak of for a stored customer, or for an invented one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from engine.core.model import Instant
from engine.errors import RefusedError
from engine.messages.samples import rich


class NoCustomerError(RefusedError):
    """Nobody in the data folder goes by that name."""


def sample_context(language: str = "") -> dict[str, Any]:
    """An invented customer of whom much is known."""
    context = rich()
    if language:
        context["customer"]["language"] = language
    return context


def stored_context(data: Path, customer: str, now: Instant) -> dict[str, Any]:
    """A customer of the data folder with their cart and latest order. Read-only.

    What only a run knows (the coupon, the awaited event) is invented.

    Raises:
        NoCustomerError: there is nobody by that user id, address or number.
        engine.store.errors.StoreError: there is no database in `data`.
    """
    from engine.settings import read_settings
    from engine.store import customers, events, products
    from engine.store.customers import find_customer

    context = rich()
    with read_settings().database(data).reader() as reader:
        number = find_customer(reader, customer)
        row = None if number is None else customers.with_cart(reader, number)
        if number is None or row is None:
            raise NoCustomerError(f"there is no customer {customer!r} in {data}")
        catalogue = products.all_of(reader)
        bought = events.last_purchase(reader, number)
    properties, tags, cart = row
    context["customer"] = {
        "id": number,
        **orjson.loads(properties),
        "tags": sorted(orjson.loads(tags)) if tags else [],
    }
    context["cart"] = _cart(orjson.loads(cart) if cart else {}, catalogue)
    context["order"] = _whole(orjson.loads(bought), catalogue) if bought else {}
    if bought:
        context["entry"] = {**context["entry"], **context["order"]}
    if catalogue:
        shown = sorted(catalogue.values(), key=lambda each: str(each.get("id")))
        context["products"] = shown[:6]
        context["product"] = context["item"] = shown[0]
    context["now"] = now
    return context


def _cart(cart: Mapping[str, Any], catalogue: Mapping[str, Any]) -> dict[str, Any]:
    lines = cart.get("items") or {}
    items = [{**catalogue.get(identity, {}), **line} for identity, line in lines.items()]
    return {
        "items": items,
        "count": sum(int(item.get("quantity") or 1) for item in items),
        "value": sum(int(item.get("quantity") or 1) * (item.get("price") or 0) for item in items),
        "url": cart.get("url"),
        "updated_at": cart.get("updated_at"),
    }


def _whole(order: dict[str, Any], catalogue: Mapping[str, Any]) -> dict[str, Any]:
    items = order.get("items")
    if not isinstance(items, list):
        return order
    whole = [
        {**catalogue.get(str(item.get("id")), {}), **item}
        if isinstance(item, dict)
        else {"id": item, **catalogue.get(item, {})}
        for item in items
    ]
    return {**order, "items": whole}
