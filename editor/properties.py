"""What is stored of people and events, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from editor.rendering import amount, local
from engine.core.values import Types

Words = list[tuple[str, str]]
_OF_ITEMS = frozenset({"value", "price"})
"""What items lend to an event that does not declare it."""


def of_customer(properties: Mapping[str, Any], types: Types) -> Words:
    """A customer's properties: name and words."""
    return [
        (name, _words(value, types.customer.get(name), types, types.currency))
        for name, value in properties.items()
    ]


def of_event(name: str, properties: Mapping[str, Any], types: Types) -> Words:
    """What an event says, its items in short: name and words. `name` as it is stored."""
    kinds = types.events.get(name.removeprefix("$"), {})
    items = properties.get("items")
    told = properties.get("currency")
    currency = told if isinstance(told, str) and len(told) == len("EUR") else types.currency
    found: Words = []
    for key, value in properties.items():
        kind = kinds.get(key) or ("money" if items and key in _OF_ITEMS else None)
        if key == "items" and isinstance(value, list):
            found.append((key, _items(value, types, currency)))
        elif isinstance(value, str | int | float):
            found.append((key, _words(value, kind, types, currency)))
    return [(key, words) for key, words in found if words]


def _words(value: Any, kind: str | None, types: Types, currency: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and kind == "money":
        return amount(value, currency)
    if isinstance(value, int) and kind == "date":
        return local(value, types.zone)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def _items(items: Iterable[Any], types: Types, currency: str) -> str:
    words = []
    for item in items:
        if not isinstance(item, Mapping):
            continue
        what = str(item.get("name") or item.get("id") or "")
        quantity, price = item.get("quantity"), item.get("price")
        if isinstance(quantity, int | float) and quantity != 1:
            what = f"{quantity:g} × {what}"
        if price is not None:
            what += f" at {_words(price, 'money', types, currency)}"
        words.append(what)
    return ", ".join(words)
