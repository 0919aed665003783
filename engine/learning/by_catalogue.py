"""Strategies that need no learning: what the catalogue itself tells of products.

Source: semantics, "Product blocks".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.core.conditions.operations import moments
from engine.core.conditions.scope import Scope
from engine.core.model import Instant
from engine.learning.reading import group_of


def dearer(scope: Scope, products: Iterable[str]) -> list[str]:
    """Products of the category of the dearest of these, above its price and at most twice it, the
    nearest first.
    """
    catalogue = scope.facts.catalogue
    known = [(_price(catalogue.get(one, {})), one) for one in products]
    price, dearest = max((one for one in known if one[0] > 0), default=(0.0, ""))
    category = catalogue.get(dearest, {}).get("category")
    if not category:
        return []
    found = [
        (_price(properties), product)
        for product, properties in catalogue.items()
        if properties.get("category") == category
        and price < _price(properties) <= 2 * price
        and group_of(product, catalogue) == product
    ]
    return [product for _, product in sorted(found)]


def new(scope: Scope, period: Instant) -> list[str]:
    """Products that the shop created within this time (ms), the newest first."""
    catalogue = scope.facts.catalogue
    found = []
    for product, properties in catalogue.items():
        told = moments([properties.get("created_at")], scope.facts.zone)
        fresh = told and scope.now - period < told[0] <= scope.now
        if fresh and group_of(product, catalogue) == product:
            found.append((-told[0], product))
    return [product for _, product in sorted(found)]


def _price(properties: Any) -> float:
    price = properties.get("price")
    return float(price) if isinstance(price, int | float) else 0.0
