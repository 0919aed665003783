"""Products and stock as a shop system tells them.

A product that was told newer stands; a variant that the newest telling does not name any more is
gone, with what was said of it last. A count of one place holds until the product is told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from engine.core.model import Instant
from engine.shops.records import Record, digest, read, write
from engine.shops.updates import ProductUpdate, StockLevel, Withdrawn
from engine.store import products
from engine.store.products import GONE
from engine.store.writer import Transaction

Row = tuple[str, dict[str, Any]]

_FOREVER: Final[Instant] = 1 << 60


class ProductSync:
    def __init__(self, transaction: Transaction, shop: str, now: Instant) -> None:
        self._transaction = transaction
        self._shop = shop
        self._now = now

    def put(self, told: ProductUpdate, rows: Sequence[Row]) -> None:
        """Take over a product with its variants; `rows` are ids with what is said of each."""
        record = self._record("product", told.ref)
        content = [[number, changes] for number, changes in rows]
        mark = digest(content)
        newest = record.newer(told.at, content)
        known: dict[str, list[Any]] = record.detail.setdefault("rows", {})
        changed: list[Row] = []
        if record.told_at == _FOREVER:
            rows = _with_family_price(rows)
        for number, changes in rows:
            statement = [told.at, mark]
            if statement > known.get(number, []):
                known[number] = statement
                changed.append((number, changes if newest else {**changes, **_gone(changes)}))
        if newest:
            named = {number for number, _ in rows}
            changed += [(number, GONE) for number in known if number not in named]
        products.put_many(self._transaction, changed, self._now)
        write(self._transaction, record)
        if newest:
            for variant in told.variants:
                self._remember(variant.ref, variant.row)
                if variant.stock_ref:
                    stock = self._record("stock", variant.stock_ref)
                    stock.detail |= {
                        "row": variant.row,
                        "mode": variant.mode,
                        "product": told.ref,
                        "since": told.at,
                    }
                    self._count(stock)

    def withdraw(self, told: Withdrawn) -> None:
        """A deletion is the last word: numbers are not given again."""
        record = self._record("product", told.ref)
        rows = record.detail.get("rows", {})
        products.take_away(self._transaction, rows, self._now)
        record.told_at, record.detail["mark"] = _FOREVER, "deleted"
        record.detail["rows"] = rows
        write(self._transaction, record)

    def level(self, told: StockLevel) -> None:
        stock = self._record("stock", told.stock_ref)
        levels: dict[str, list[int]] = stock.detail.setdefault("levels", {})
        if [told.at, told.count] > levels.get(told.place, []):
            levels[told.place] = [told.at, told.count]
        self._count(stock)

    def _count(self, stock: Record) -> None:
        """Let the newest of the product's own count and the places' counts hold."""
        levels = stock.detail.get("levels", {})
        row, mode = stock.detail.get("row"), stock.detail.get("mode")
        write(self._transaction, stock)
        if not levels or row is None or mode not in ("counted", "continues"):
            return
        product = self._record("product", stock.detail["product"])
        if product.told_at == _FOREVER or max(levels.values())[0] <= stock.detail["since"]:
            return
        count: int | None = sum(each for _, each in levels.values())
        if mode == "continues" and count is not None and count <= 0:
            count = None  # it can be bought all the same
        products.put(self._transaction, row, {"stock": count}, self._now)

    def _remember(self, variant: str, row: str) -> None:
        if not variant:
            return
        record = self._record("variant", variant)
        if record.detail.get("row") != row:
            record.detail["row"] = row
            write(self._transaction, record)

    def _record(self, kind: str, ref: str) -> Record:
        return read(self._transaction, self._shop, kind, ref)


def _with_family_price(rows: Sequence[Row]) -> list[Row]:
    """A parent of nothing that is offered keeps the price of its variants, as if it had been told
    before it was deleted.
    """
    prices = [price for _, said in rows if (price := said.get("price")) is not None]
    return [
        (number, {**said, "price": min(prices)} if prices and "price" not in said else said)
        for number, said in rows
    ]


def _gone(changes: dict[str, Any]) -> dict[str, Any]:
    """A parent's own row says nothing of stock: its variants do."""
    return GONE if "availability" in changes or "price" in changes else {}
