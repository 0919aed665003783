"""Shopify's products: the CSV that its admin exports, and `products.json`.

Each variant is a product of ours; the handle names their parent (decision 80). A variant is known
by its SKU; without one, or where another variant has the same one, by the handle and its options.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from engine.imports.columns import Unit
from engine.imports.reading import Row
from engine.intake.names import snake_case

_HANDLE: Final = ("Handle", "URL handle")
_SKU: Final = ("Variant SKU", "SKU")
_PRICE: Final = ("Variant Price", "Price")
_BEFORE: Final = ("Variant Compare At Price", "Compare-at price")
_QUANTITY: Final = ("Variant Inventory Qty", "Inventory quantity")
_TRACKER: Final = ("Variant Inventory Tracker", "Inventory tracker")
_POLICY: Final = ("Variant Inventory Policy", "Continue selling when out of stock")
_IMAGE: Final = ("Image Src", "Product image URL")
_VARIANT_IMAGE: Final = ("Variant Image", "Variant image URL")
_PUBLISHED: Final = ("Published", "Published on online store")
_OPTIONS: Final = (
    ("Option1 Value", "Option1 value"),
    ("Option2 Value", "Option2 value"),
    ("Option3 Value", "Option3 value"),
)
_ONLY: Final = "Default Title"


def is_heading(columns: Sequence[str]) -> bool:
    names = set(columns)
    return bool(names & set(_HANDLE)) and bool(names & {*_PRICE, *_SKU})


class Identifiers:
    """The ids that the variants of a file have. Only a number of each is kept in memory."""

    def __init__(self) -> None:
        self._owners: dict[int, int] = {}

    def family(self, handle: str, variants: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
        """The ids of a product's variants, told by SKU and options. The handle is that of a lone
        one that has nothing of its own, else it names the product and none of its variants.
        """
        if len(variants) > 1:
            called = [sku or own_identifier(handle, options) for sku, options in variants]
            if any(name != handle for name in called):
                self._owners.setdefault(hash(handle), hash((handle, None)))
        return [self._one(handle, sku, options) for sku, options in variants]

    def _one(self, handle: str, sku: str, options: Sequence[str]) -> str:
        """The SKU of the first variant that names it; of any other, what is its own."""
        own, owner = own_identifier(handle, options), hash((handle, *options))
        for candidate in filter(None, (sku.removeprefix("'"), own)):
            if self._owners.setdefault(hash(candidate), owner) == owner:
                return candidate
        number = 2
        while self._owners.setdefault(hash(f"{own}-{number}"), owner) != owner:
            number += 1
        return f"{own}-{number}"


def read_table(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[Unit]:
    """The variants of an export, in which a product's rows stand together."""
    held: list[Row] = []
    ids = Identifiers()
    # Older exports have no such column; an empty cell in it says that nobody counts.
    tracks = any(name in columns for name in _TRACKER)
    for row in rows:
        handle = _of(row.told, _HANDLE)
        if held and (row.reason or handle not in ("", _of(held[0].told, _HANDLE))):
            yield from _variants(held, ids, tracks=tracks)
            held = []
        if row.reason:
            yield Unit(row.line, row.reason, [row])
        elif not handle and not held:
            yield Unit(row.line, "Handle: is missing", [row])
        else:
            held.append(row)
    if held:
        yield from _variants(held, ids, tracks=tracks)


def _variants(rows: Sequence[Row], ids: Identifiers, *, tracks: bool) -> Iterator[Unit]:
    first = rows[0].told
    handle, title = _of(first, _HANDLE), _of(first, ("Title",))
    sold = [row for row in rows if _of(row.told, _PRICE) or _of(row.told, _SKU)]
    shared = {
        "brand": _of(first, ("Vendor",)),
        "category": _of(first, ("Type", "Product Category", "Product category")),
        "tags": _of(first, ("Tags",)),
    }
    hidden = _of(first, _PUBLISHED).lower() == "false"
    gone = hidden or _of(first, ("Status",)).lower() in ("draft", "archived")
    names = ids.family(handle, [(_of(row.told, _SKU), _options(row)) for row in sold])
    if any(name != handle for name in names):
        about = {**shared, "name": title, "image_url": _of(first, _IMAGE)}
        yield Unit(rows[0].line, {"id": handle, **_said(about)}, [rows[0]])
    for row, identifier in zip(sold, names, strict=True):
        options = _options(row)
        told: dict[str, Any] = _said(shared)
        told["id"] = identifier
        told["name"] = _name(title, options)
        if identifier != handle:
            told["parent"] = handle
        if price := _of(row.told, _PRICE):
            told["price"] = price
        told["old_price"] = _of(row.told, _BEFORE) or None
        if image := _of(row.told, _VARIANT_IMAGE) or _of(first, _IMAGE):
            told["image_url"] = image
        sells_on = _of(row.told, _POLICY).lower() in ("continue", "true")
        counted = bool(_of(row.told, _TRACKER)) or not tracks
        quantity = _of(row.told, _QUANTITY)
        told |= _stock(quantity if counted else "", sells_on=sells_on, gone=gone)
        yield Unit(row.line, told, [row])


def products_of(
    told: Mapping[str, Any], line: int, row: Row, ids: Identifiers | None = None
) -> Iterator[Unit]:
    """The variants of one object of `products.json`."""
    ids = ids or Identifiers()
    handle = str(told.get("handle") or told.get("id") or "")
    variants = [one for one in told.get("variants") or () if isinstance(one, Mapping)]
    images = told.get("images") or []
    image = images[0].get("src") if images and isinstance(images[0], Mapping) else None
    title = str(told.get("title") or "")
    shared = {
        "brand": told.get("vendor"),
        "category": told.get("product_type"),
        "tags": told.get("tags"),
        "image_url": image,
    }
    described = False
    gone = told.get("status") in ("draft", "archived")
    names = ids.family(
        handle, [(str(one.get("sku") or "").strip(), options_of(one)) for one in variants]
    )
    for one, identifier in zip(variants, names, strict=True):
        options = options_of(one)
        found: dict[str, Any] = {
            "id": identifier,
            "name": _name(title, options),
            "price": one.get("price"),
            **shared,
        }
        found = _said(found)
        if found["id"] != handle:
            found["parent"] = handle
            if not described:
                described = True
                yield Unit(line, _said({**shared, "id": handle, "name": title}), [row])
        found["old_price"] = one.get("compare_at_price") or None
        quantity = one.get("inventory_quantity")
        if one.get("available") is False:
            quantity = 0
        tracked = one.get("inventory_management", "shopify")
        found |= _stock(
            "" if quantity is None or not tracked else str(quantity),
            sells_on=one.get("inventory_policy") == "continue",
            gone=gone,
        )
        yield Unit(line, found, [row])


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def options_of(variant: Mapping[str, Any]) -> list[str]:
    """What tells a variant of `products.json` apart; nothing where there is only one."""
    told = [str(variant[name]) for name in ("option1", "option2", "option3") if variant.get(name)]
    return [] if told == [_ONLY] else told


def _options(row: Row) -> list[str]:
    options = [value for names in _OPTIONS if (value := _of(row.told, names))]
    return [] if options == [_ONLY] else options


def _stock(quantity: str, *, sells_on: bool, gone: bool) -> dict[str, Any]:
    if gone:
        return {"availability": "unavailable"}
    if not quantity:
        return {"availability": "in_stock"}  # nobody counts it: it can be bought
    if sells_on:
        return {"availability": "in_stock", "stock": quantity}
    return {"availability": None, "stock": quantity}


def own_identifier(handle: str, options: Sequence[str]) -> str:
    """What a variant without a SKU of its own is known by."""
    return "-".join([handle, *(snake_case(option).strip("_") for option in options)])


def _name(title: str, options: Sequence[str]) -> str:
    return f"{title} - {' / '.join(options)}" if title and options else title


def _of(told: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((str(told[name]).strip() for name in names if told.get(name)), "")
