"""A row of the catalogue, as the store keeps it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from engine.core.model import DAY, Instant
from engine.core.values import Types
from engine.intake import cells
from engine.intake.calls import MAX_ID
from engine.intake.refusal import invalid
from engine.store.products import GONE

_NAMES: Final = {
    "product_id": "id",
    "item_id": "id",
    "sku": "id",
    "title": "name",
    "imageUrl": "image_url",
    "image_link": "image_url",
    "image": "image_url",
    "link": "url",
    "compare_at_price": "old_price",
    "quantity": "stock",
    "stock_quantity": "stock",
    "inventory_quantity": "stock",
}
"""What others call the properties of a product."""

WORDS: Final = (*_NAMES, "id", "parent", "parent_id", "item_group_id", "currency")
"""What a column is called that is no property."""

AVAILABLE: Final = "in_stock"
_NOT_NOW: Final = frozenset(("out_of_stock", "preorder", "backorder", GONE["availability"]))
_WORDS_FOR: Final = {
    "instock": AVAILABLE,
    "available": AVAILABLE,
    "instoreonly": AVAILABLE,
    "onlineonly": AVAILABLE,
    "limitedavailability": AVAILABLE,
    "limited_availability": AVAILABLE,
    "limited": AVAILABLE,
    "available_for_order": AVAILABLE,
    "outofstock": "out_of_stock",
    "soldout": "out_of_stock",
    "sold_out": "out_of_stock",
    "discontinued": "out_of_stock",
    "pre_order": "preorder",
    "presale": "preorder",
    "back_order": "backorder",
    "onbackorder": "backorder",
    "on_backorder": "backorder",
}
"""What feeds and schema.org say of it, with a blank, a stroke or nothing between the words."""
_PARENTS: Final = ("parent_id", "item_group_id")
_FAR: Final = 3_650 * DAY

_BLANKS: Final = re.compile(r"[^\S\r\n\t\v\f]+")
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
MAX_STOCK: Final = 10**12


@dataclass(slots=True)
class Around:
    """What surrounds a row. `warnings` counts what was left out, by sentence; `changes` are the
    moments at which rows will say something else; `numbers`, what else products are called.
    """

    types: Types
    now: Instant
    warnings: Counter[str] = field(default_factory=Counter)
    changes: list[Instant] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)  # the shop's own numbers -> product


def read_row(row: Mapping[str, Any], around: Around) -> tuple[str, dict[str, Any]]:
    """A product's id and what is said of it. Raises `Refusal` that names the column."""
    types = around.types
    told: dict[str, Any] = {}
    numbers = [row.get("shop_number"), row.get("sku") if row.get("id") else None]
    for name, value in row.items():
        # A product that says both an id and a SKU is known by its id.
        ours = _NAMES.get(name, name)
        if ours == name or ours not in row:
            told.setdefault(ours, value)
    told.pop("shop_number", None)
    identifier = product_id(told.pop("id", None))
    for number in numbers:
        if number not in (None, "", identifier):
            around.numbers[str(number)] = identifier
    for name in _PARENTS:
        parent = told.pop(name, None)
        if parent not in (None, ""):
            told.setdefault("parent", parent)
    if told.get("parent") is not None:
        told["parent"] = product_id(told["parent"], "parent")
    if told.get("parent") == identifier:
        del told["parent"]
    currency = str(told.get("currency") or "").strip().upper()
    if currency and currency != types.currency:
        raise invalid("currency", f"is not the store's, which is {types.currency}")
    _with_stock(told)
    _with_sale(told, around)
    _with_availability(told)
    return identifier, _lowered(_read(told, around))


def _lowered(told: dict[str, Any]) -> dict[str, Any]:
    """An old price that is no higher than the price is none: nothing was reduced."""
    price, before = told.get("price"), told.get("old_price")
    if isinstance(price, int) and isinstance(before, int) and before <= price:
        return {**told, "old_price": None}
    return told


def product_id(told: Any, name: str = "id") -> str:
    """A product's id as text. Raises `Refusal` for none, or one that nobody could have meant."""
    if isinstance(told, int) and not isinstance(told, bool):
        told = str(told)
    if told is None or told == "":
        raise invalid(name, "a product needs its id")
    if isinstance(told, str):
        # Where one copies from a page, blanks are no-break ones, and others are not seen at all.
        # A line break inside is no blank: nobody could have meant it.
        told = _BLANKS.sub(" ", _UNSEEN.sub("", told)).strip()
    if (
        not isinstance(told, str)
        or not told.strip()
        or len(told) > MAX_ID
        or not told.isprintable()
    ):
        raise invalid(name, f"must be visible text of at most {MAX_ID} characters")
    return told.strip()


def _read(told: Mapping[str, Any], around: Around) -> dict[str, Any]:
    """What is said of a product, by its types."""
    types = around.types
    read = types.read_product(cells.typed(told, types.product, types))
    for name, value in read.items():
        kind = types.product.get(name)
        if value is None and told[name] is not None:
            raise invalid(name, f"cannot be read as {kind or 'a value'}")
        if kind == "money" and value is not None and value < 0:
            raise invalid(name, "is below zero")
        if kind is None and name not in ("parent", "availability", "stock"):
            sentence = f"{name}: no built-in or declared property of a product, kept as it stands"
            around.warnings[sentence] += 1
    return read


def _with_stock(told: dict[str, Any]) -> None:
    stock = told.get("stock")
    if stock is None:
        return
    if isinstance(stock, str):
        stock = cells.decimal("stock", stock)
    if isinstance(stock, bool) or not isinstance(stock, int | float | Decimal):
        raise invalid("stock", "is not a number")
    if not -MAX_STOCK <= stock <= MAX_STOCK:
        raise invalid("stock", "is more than any shop has")
    told["stock"] = int(stock)


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
        # A side that is empty is open.
        first, last = (
            cells.moment(name, part, zone, around.now + _FAR) if part.strip() else None
            for part in (begin, end)
        )
        holds = (first or 0) <= around.now and (last is None or around.now < last)
        around.changes += [at for at in (first, last) if at is not None and at > around.now]
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
    word = "_".join(word.replace("-", " ").replace("_", " ").split())
    told["availability"] = word = _WORDS_FOR.get(word, word)
    if word in _NOT_NOW:
        told["stock"] = 0
    elif word == AVAILABLE:
        stock = told.get("stock")
        if stock is None or (isinstance(stock, int | float) and stock <= 0):
            told["stock"] = None
    else:
        raise invalid("availability", "is none of in_stock, out_of_stock, preorder, backorder")
