"""Which product of the catalogue an item means: its SKU, else the shop's own numbers of it.

A shop's page and its plugins say what they have at hand (`product_id: 632`), the catalogue calls
the same thing by its SKU. Who is not in the catalogue keeps the id that was told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from engine.intake.incoming import Incoming
from engine.store import products
from engine.store.writer import Transaction

_BY: Final = ("id", "sku", "variant_id", "product_id")


def find_rows(transaction: Transaction, incoming: Iterable[Incoming]) -> None:
    """Let the items of what came in name rows of the catalogue, where there are such rows."""
    items = [
        item
        for each in incoming
        if each.kind == "track" and not (each.named or each.complete)
        for item in _items(each.properties)
    ]
    wanted = {number for item in items for number in _numbers(item)}
    if not wanted:
        return
    known = products.known(transaction, wanted)
    numbers = products.by_number(transaction, wanted - known) if wanted - known else {}
    for item in items:
        told = _numbers(item)
        row = next((one for one in told if one in known), None)
        if row is None:
            # The variant says more than the product.
            told = [*_numbers(item, ("variant_id",)), *told]
            row = next((numbers[one] for one in told if one in numbers), None)
        if row is not None and row != str(item.get("id")):
            if "product_id" not in item and item.get("id") not in (None, item.get("sku")):
                item["product_id"] = item["id"]
            item["id"] = row


def _items(properties: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for told in (properties.get("items"), [properties.get("item")]):
        for item in told if isinstance(told, list) else ():
            if isinstance(item, dict):
                yield item


def _numbers(item: dict[str, Any], names: Sequence[str] = _BY) -> list[str]:
    return [
        # Shopify's own pages say `gid://shopify/ProductVariant/901`.
        str(told).rpartition("/")[2] if str(told).startswith("gid://") else str(told)
        for name in names
        if isinstance(told := item.get(name), str | int) and not isinstance(told, bool) and told
    ]
