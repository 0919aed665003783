"""The catalogue: written with its price and stock history, read as one mapping."""

from __future__ import annotations

from typing import Any

import orjson

from engine.model import Instant, Properties
from engine.store.writer import Transaction


def put(
    transaction: Transaction, product: str, changes: dict[str, Any], at: Instant
) -> tuple[Properties, Properties]:
    """Merge `changes` into a product (None removes a property); give it before and after.

    Every write of a product appends to its history: whoever holds the catalogue in memory
    sees by the newest row that it must read again.
    """
    row = transaction.row("select properties from product where id = ?", (product,))
    before: Properties = orjson.loads(row[0]) if row else {}
    after = {name: value for name, value in {**before, **changes}.items() if value is not None}
    after["id"] = product
    transaction.execute(
        "insert into product (id, properties, price, stock, updated_at) values (?, ?, ?, ?, ?)"
        " on conflict (id) do update set properties = excluded.properties,"
        " price = excluded.price, stock = excluded.stock, updated_at = excluded.updated_at",
        (product, orjson.dumps(after), after.get("price"), after.get("stock"), at),
    )
    transaction.execute(
        "insert into product_history (id, product, at, price, stock) values (?, ?, ?, ?, ?)",
        (
            transaction.number("product_history"),
            product,
            at,
            after.get("price"),
            after.get("stock"),
        ),
    )
    return before, after


class Catalogue:
    """The products in memory, read again only when one has changed."""

    def __init__(self) -> None:
        self._seen = -1
        self._products: dict[str, Properties] = {}

    def read(self, transaction: Transaction) -> dict[str, Properties]:
        newest = transaction.rows("select coalesce(max(id), 0) from product_history")[0][0]
        if newest != self._seen:
            rows = transaction.rows("select id, properties from product")
            self._products = {product: orjson.loads(properties) for product, properties in rows}
            self._seen = newest
        return self._products
