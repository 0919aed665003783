"""What lies in a cart, after what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.core.conditions.operations import items_of
from engine.core.facts import Cart, Facts
from engine.core.model import Event, Properties

CART_EVENTS = frozenset(
    {"add_to_cart", "remove_from_cart", "view_cart", "begin_checkout", "purchase"}
)


def cart_of(events: Iterable[Event]) -> Cart:
    """The cart that these events leave, in the order in which they happened (decision 70)."""
    cart = Cart()
    for event in sorted(events, key=lambda one: (one.occurred_at, one.seq)):
        if event.name in CART_EVENTS:
            change_cart(cart, event)
    return cart


def keep_cart(facts: Facts, event: Event) -> None:
    """What is told late belongs where it happened, so the cart is made anew from all of it."""
    cart = facts.cart
    if cart.updated_at is None or event.occurred_at >= cart.updated_at:
        change_cart(cart, event)
    elif facts.carts_known:
        facts.cart = cart_of(
            one for name in sorted(CART_EVENTS) for one in facts.history.get(name, ())
        )


def change_cart(cart: Cart, event: Event) -> None:
    """What an event makes of the cart as it was when the event happened."""
    properties = event.properties
    name = event.name
    cart.updated_at = event.occurred_at
    url = properties.get("cart_url")
    if isinstance(url, str):
        cart.url = url
    if name == "purchase":
        _buy(cart, properties)
    elif name == "add_to_cart":
        for item in _lines(properties):
            _put_in(cart, item)
    elif name == "remove_from_cart":
        for item in _lines(properties):
            _take_out(cart, item, properties)
    elif items_of(properties) or (name == "view_cart" and properties.get("items") == []):
        # A look at the whole cart tells what is in it.
        cart.items.clear()
        for item in _lines(properties) if items_of(properties) else ():
            _put_in(cart, item)


def _buy(cart: Cart, properties: Properties) -> None:
    """What was bought is no longer in the cart; an order that names no items was all of it."""
    bought = {item.get("id") or "" for item in items_of(properties)}
    if not bought:
        cart.items.clear()
    for identifier in bought:
        cart.items.pop(identifier, None)


def _lines(properties: Properties) -> list[Properties]:
    """The items of an event; a lone one has the event's price, or its value as the price."""
    items = [dict(item) for item in items_of(properties)]
    if not items:
        items = [{"id": properties.get("item") or ""}]
    if len(items) == 1:
        item = items[0]
        quantity = item.get("quantity") or properties.get("quantity") or 1
        item["quantity"] = quantity
        price = properties.get("price")
        if item.get("price") is None and price is not None:
            item["price"] = price
        value = properties.get("value")
        if item.get("price") is None and value is not None:
            item["price"] = value / quantity
    for item in items:
        if item.get("quantity") is None:
            item["quantity"] = 1
    return items


def _put_in(cart: Cart, item: Properties) -> None:
    identifier = item.get("id") or ""
    there = cart.items.get(identifier)
    if there is None:
        cart.items[identifier] = item
    else:
        there.update({k: v for k, v in item.items() if k != "quantity"})
        there["quantity"] = (there.get("quantity") or 1) + item["quantity"]


def _take_out(cart: Cart, item: Properties, properties: Properties) -> None:
    """A removal without a quantity takes the whole line."""
    identifier = item.get("id") or ""
    there = cart.items.get(identifier)
    if there is None:
        return
    told: Any = properties.get("quantity")
    if told is None:
        told = next(
            (
                one.get("quantity")
                for one in items_of(properties)
                if (one.get("id") or "") == identifier
            ),
            None,
        )
    left = 0 if told is None else (there.get("quantity") or 1) - told
    if left > 0:
        there["quantity"] = left
    else:
        del cart.items[identifier]
