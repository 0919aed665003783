"""A row of the catalogue, as the store keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from engine.imports import cells
from engine.public.catalogue import read_product
from engine.public.refusal import invalid
from engine.store.products import GONE
from engine.values import Types

AVAILABLE: Final = "in_stock"
_NOT_NOW: Final = frozenset(("out_of_stock", "preorder", "backorder", GONE["availability"]))


def read_row(
    row: Mapping[str, Any], types: Types, warnings: Counter[str]
) -> tuple[str, dict[str, Any]]:
    """A product's id and what is said of it. Raises `Refusal` that names the column."""
    told = dict(row)
    if "parent" not in told:
        for name in ("parent_id", "item_group_id", "product_group"):
            if told.get(name):
                told["parent"] = told.pop(name)
                break
    currency = str(told.get("currency") or "").strip().upper()
    if currency and currency != types.currency:
        raise invalid("currency", f"the store's currency is {types.currency}")
    stock = told.get("stock")
    if isinstance(stock, str):
        count = cells.decimal("stock", stock)
        told["stock"] = int(count)
    _with_availability(told)
    identifier, changes = read_product(cells.typed(told, types.product, types), types)
    unknown = changes.keys() - types.product.keys() - {"parent", "availability"}
    for name in unknown:
        warnings[f"{name}: no built-in or declared property of a product, kept as it stands"] += 1
    return identifier, changes


def _with_availability(told: dict[str, Any]) -> None:
    """Stock by what is said of availability (decision 82): who says "out of stock" has none; who
    says "in stock" without a number is not counted, which is stored as no number at all.
    """
    availability = told.get("availability")
    if availability is None or availability == "":
        return
    word = str(availability).strip().lower().replace(" ", "_").replace("-", "_")
    told["availability"] = word
    if word in _NOT_NOW:
        told["stock"] = 0
    elif word == AVAILABLE:
        stock = told.get("stock")
        if stock is None or (isinstance(stock, int | float) and stock <= 0):
            told["stock"] = None
    else:
        raise invalid("availability", "is none of in_stock, out_of_stock, preorder, backorder")
