"""A row of the catalogue, as the store keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, Protocol

from engine.imports import cells
from engine.model import DAY, Instant
from engine.public.catalogue import read_product
from engine.public.refusal import invalid
from engine.store.products import GONE
from engine.values import Types

AVAILABLE: Final = "in_stock"
_NOT_NOW: Final = frozenset(("out_of_stock", "preorder", "backorder", GONE["availability"]))
_PARENTS: Final = ("parent_id", "item_group_id")
_FAR: Final = 3_650 * DAY


class Around(Protocol):
    """What surrounds a row; a `Group` is that."""

    types: Types
    now: Instant
    warnings: Counter[str]
    changes: list[Instant]


def read_row(row: Mapping[str, Any], around: Around) -> tuple[str, dict[str, Any]]:
    """A product's id and what is said of it. Raises `Refusal` that names the column."""
    told, types = dict(row), around.types
    for name in _PARENTS:
        parent = told.pop(name, None)
        if parent not in (None, ""):
            told.setdefault("parent", str(parent))
    if told.get("parent") is not None and not isinstance(told["parent"], str):
        raise invalid("parent", "must be the id of a product")
    currency = str(told.get("currency") or "").strip().upper()
    if currency and currency != types.currency:
        raise invalid("currency", f"is not the store's, which is {types.currency}")
    if isinstance(stock := told.get("stock"), str):
        told["stock"] = int(cells.decimal("stock", stock))
    _with_sale(told, around)
    _with_availability(told)
    identifier, changes = read_product(cells.typed(told, types.product, types), types)
    for name in changes.keys() - types.product.keys() - {"parent", "availability"}:
        sentence = f"{name}: no built-in or declared property of a product, kept as it stands"
        around.warnings[sentence] += 1
    return identifier, changes


def _with_sale(told: dict[str, Any], around: Around) -> None:
    """A sale price that holds now is the price, and the price before it the old one."""
    sale, period = told.pop("sale_price", None), told.pop("sale_price_effective_date", None)
    if sale in (None, ""):
        return
    holds = True
    if period not in (None, ""):
        begin, slash, end = str(period).partition("/")
        if not slash:
            raise invalid("sale_price_effective_date", "is no period, like 2026-01-05/2026-01-12")
        name, zone = "sale_price_effective_date", around.types.zone
        first, last = (cells.moment(name, part, zone, around.now + _FAR) for part in (begin, end))
        holds = first <= around.now < last
        around.changes += [at for at in (first, last) if at > around.now]
    currency = around.types.currency
    lower = cells.amount("sale_price", sale, currency)
    if told.get("price") in (None, ""):
        raise invalid("price", "is missing beside the sale price")
    usual = cells.amount("price", told["price"], currency)
    told["price"], told["old_price"] = str(usual), None
    if holds and lower < usual:
        told["price"], told["old_price"] = str(lower), str(usual)


def _with_availability(told: dict[str, Any]) -> None:
    """Stock by what is said of availability (decision 82): who says "out of stock" has none; who
    says "in stock" without a number is not counted, which is stored as no number at all.
    """
    availability = told.get("availability")
    if availability is None or availability == "":
        return
    word = str(availability).strip().lower().rpartition("/")[2]
    word = {"instock": AVAILABLE, "outofstock": "out_of_stock"}.get(word, word)
    told["availability"] = word = word.replace(" ", "_").replace("-", "_")
    if word in _NOT_NOW:
        told["stock"] = 0
    elif word == AVAILABLE:
        stock = told.get("stock")
        if stock is None or (isinstance(stock, int | float) and stock <= 0):
            told["stock"] = None
    else:
        raise invalid("availability", "is none of in_stock, out_of_stock, preorder, backorder")
