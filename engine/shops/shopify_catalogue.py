"""Shopify's webhooks about products and stock: the catalogue's rows, and what counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.imports.feeds import shopify as catalogue
from engine.imports.reading import Row
from engine.shops.updates import (
    ProductUpdate,
    ShopUpdate,
    StockLevel,
    UnreadableError,
    Variant,
    Withdrawn,
    moment,
    needed,
    text,
    thing,
    things,
)

Payload = Mapping[str, Any]

MAX_VARIANTS: Final = 100
"""Variants that a webhook of a product holds at most."""


def product(payload: Payload) -> list[ShopUpdate]:
    number = needed(payload, "id")
    if not text(payload.get("title")) and not things(payload.get("variants")):
        raise UnreadableError("title and variants are missing: this is no whole product")
    told = dict(payload)
    if not told.get("images") and thing(told.get("image")):
        told["images"] = [told["image"]]
    if "published_at" in told and told["published_at"] is None:
        told["status"] = "draft"  # offered nowhere that people can see
    variants = things(told.get("variants"))
    units = catalogue.products_of(told, 0, Row(0))
    rows = [dict(unit.told) for unit in units if not isinstance(unit.told, str)]
    handle = text(told.get("handle"))
    created = moment(told.get("created_at"), "created_at")
    for row in rows:
        if handle:
            row["url"] = f"/products/{handle}"  # below the store's own address
        if created:
            row["created_at"] = created
    sold = [row for row in rows if "availability" in row]
    known = [
        Variant(
            text(one.get("id")),
            str(row["id"]),
            text(one.get("inventory_item_id")),
            _mode(one, row),
            text(one.get("sku")),
            catalogue.own_identifier(handle or number, catalogue.options_of(one)),
        )
        for one, row in zip(variants, sold, strict=True)
    ]
    at = moment(told.get("updated_at"), "updated_at")
    return [ProductUpdate(number, at, rows, known, _untold(told, variants))]


def _untold(told: Payload, variants: Sequence[Payload]) -> frozenset[str] | None:
    """A webhook names a product's first hundred variants, and the numbers of all of them."""
    if "variant_gids" in told:
        numbers = {
            text(one.get("admin_graphql_api_id")).rpartition("/")[2]
            for one in things(told["variant_gids"])
        }
        return frozenset(numbers - {text(one.get("id")) for one in variants} - {""})
    if "variants" not in told:
        return None
    return None if len(variants) >= MAX_VARIANTS else frozenset()


def _mode(variant: Payload, row: Payload) -> str:
    if row.get("availability") == "unavailable":
        return "gone"
    if "inventory_management" in variant and not variant["inventory_management"]:
        return "uncounted"
    return "continues" if variant.get("inventory_policy") == "continue" else "counted"


def gone(payload: Payload) -> list[ShopUpdate]:
    if "title" in payload:
        raise UnreadableError("this is a product, not the number of a deleted one")
    return [Withdrawn(needed(payload, "id"))]


def level(payload: Payload) -> list[ShopUpdate]:
    count = payload.get("available")
    if not isinstance(count, int) or isinstance(count, bool):
        return []  # not stocked there any more, or not counted
    item, place = needed(payload, "inventory_item_id"), needed(payload, "location_id")
    return [StockLevel(item, place, count, moment(payload.get("updated_at"), "updated_at"))]
