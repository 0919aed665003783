"""A product and its variants: which belong together, and what a parent says of all of them.

Source: semantics, "Entry", variants; decisions 80 and 85. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.core.model import MINUTE, Properties

GONE: Final[Properties] = {"availability": "unavailable", "stock": 0}
"""What is said of a product that the shop no longer offers."""

TOGETHER: Final = 10 * MINUTE
"""Changes of variants of one product within so long are one entry."""

ASKS: Final = ("notify_me", "add_to_wishlist")
"""The events by which somebody asks for exactly this variant, or for the product as a whole."""

_SHARED: Final = ("name", "category", "brand", "url", "image_url", "currency")
"""What a parent that nobody described has from its first variant."""


def family_of(catalogue: Mapping[str, Mapping[str, Any]], product: Any) -> Any:
    """The product that stands for it and its siblings: its parent, else itself."""
    known = catalogue.get(product) if isinstance(product, str) else None
    parent = known.get("parent") if known else None
    return parent if isinstance(parent, str) else product


def group_of(product: str, catalogue: Mapping[str, Mapping[str, Any]]) -> str:
    """The product that is shown for all of its variants: their parent, where the shop told it."""
    parent = catalogue.get(product, {}).get("parent")
    return parent if isinstance(parent, str) and parent in catalogue else product


def parent_after(
    parent: str, before: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]
) -> Properties:
    """What a parent is once its variants (at least one) are these."""
    shared = {} if before else {name: variants[0].get(name) for name in _SHARED}
    merged = {**shared, **before, **_together(variants), "id": parent}
    return {name: value for name, value in merged.items() if value is not None}


def _together(variants: Sequence[Mapping[str, Any]]) -> Properties:
    offered = [one for one in variants if one.get("availability") != GONE["availability"]]
    prices = [price for one in offered if (price := one.get("price")) is not None]
    stocks = [one.get("stock") for one in offered]
    counted = [stock for stock in stocks if stock is not None]
    told: Properties = {"stock": sum(counted) if len(counted) == len(stocks) else None}
    if prices:
        told["price"] = min(prices)
    told["availability"] = None if offered else GONE["availability"]
    return told
