"""Which product of the catalogue an item means: its SKU, else the shop's own numbers of it.

A shop's page and its plugins say what they have at hand (`product_id: 632`), the catalogue calls
the same thing by its SKU. Who is not in the catalogue keeps the id that was told.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any, Final

import orjson

from engine.core.model import Properties
from engine.intake.incoming import Incoming
from engine.store import products
from engine.store.writer import Transaction

_BY: Final = ("id", "sku", "variant_id", "product_id")
_NUMBERS: Final = (str, int)


def find_rows(transaction: Transaction, incoming: Iterable[Incoming]) -> Catalogue:
    """Let the items of what came in name rows of the catalogue, where there are such rows; give
    these rows.
    """
    items = [
        (item, told)
        for each in incoming
        if each.kind == "track" and not (each.named or each.complete)
        for item in _items(each.properties)
        if (told := _numbers(item))
    ]
    wanted = {number for _, told in items for number in told}
    if not wanted:
        return Catalogue(transaction)
    known = products.stored(transaction, wanted)
    unknown = wanted - known.keys()
    numbers = products.by_number(transaction, unknown) if unknown else {}
    if known or numbers:
        for item, told in items:
            _name_row(item, told, known, numbers)
    return Catalogue(transaction, wanted, known)


class Catalogue:
    """The products that the items of one batch of calls name, each read when it is asked for."""

    def __init__(
        self,
        transaction: Transaction,
        asked: AbstractSet[str] = frozenset(),
        known: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        """`asked` are the ids that were looked for, `known` what was found under them, as JSON."""
        self._transaction = transaction
        self._asked = asked
        self._known = known
        self.read: dict[str, Properties] = {}
        """What was asked for so far: {} for what is no product."""

    def look_up(self, number: str) -> None:
        """Let `read` have this product."""
        if number in self.read:
            return
        if number in self._asked:
            found = self._known.get(number)
            self.read[number] = {} if found is None else orjson.loads(found)
        else:  # a row that an item's other numbers led to
            self.read[number] = products.properties_of(self._transaction, number) or {}


def _name_row(
    item: dict[str, Any],
    told: Sequence[str],
    known: Container[str],
    numbers: Mapping[str, str],
) -> None:
    row = next((one for one in told if one in known), None)
    if row is None:
        # The variant says more than the product.
        told = [*_numbers(item, ("variant_id",)), *told]
        row = next((numbers[one] for one in told if one in numbers), None)
    if row is not None and row != str(item.get("id")):
        if "product_id" not in item and item.get("id") not in (None, item.get("sku")):
            item["product_id"] = item["id"]
        item["id"] = row


def _items(properties: dict[str, Any]) -> list[dict[str, Any]]:
    told = properties.get("items")
    listed = told if isinstance(told, list) else []
    alone = properties.get("item")
    return [item for item in (*listed, alone) if isinstance(item, dict)]


def _numbers(item: dict[str, Any], names: Sequence[str] = _BY) -> list[str]:
    found = []
    for name in names:
        told = item.get(name)
        if told and isinstance(told, _NUMBERS) and not isinstance(told, bool):
            number = str(told)
            if number.startswith("gid://"):
                # Shopify's own pages say `gid://shopify/ProductVariant/901`.
                number = number.rpartition("/")[2]
            found.append(number)
    return found
