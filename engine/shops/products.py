"""Products and stock as a shop system tells them.

A product that was told newer stands; a variant that the newest telling does not name any more is
gone, with what was said of it last. A count of one place holds until the product is told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from engine.core.model import Instant
from engine.shops.records import Record, digest, read, since, write
from engine.shops.updates import ProductUpdate, StockLevel, Variant, Withdrawn
from engine.store import products
from engine.store.products import GONE
from engine.store.writer import Transaction

Row = tuple[str, dict[str, Any]]

_FOREVER: Final[Instant] = 1 << 60


class ProductSync:
    def __init__(self, transaction: Transaction, shop: str, now: Instant, told: int) -> None:
        """`told` is when the shop sent it, in microseconds since 1970."""
        self._told = told
        self._transaction = transaction
        self._shop = shop
        self._now = now

    def name(self, told: ProductUpdate) -> None:
        """Give each variant a row of its own: its SKU, unless another variant has the same one."""
        rows = {str(row["id"]): row for row in told.rows}
        taken = rows.keys() - {variant.row for variant in told.variants}
        for variant in told.variants:
            row = rows.get(variant.row)
            if row is None:
                continue
            wanted = variant.row
            if variant.sku and variant.own and variant.ref:
                owner = self._owner(variant.sku, told)
                wanted = variant.sku if owner in ("", variant.ref) else variant.own
            if wanted == row.get("parent") and len(told.variants) == 1:
                # The only one, with nothing of its own: it is the product itself.
                del row["parent"]
                told.rows = [row]
            elif wanted in taken:
                wanted = variant.own if variant.own not in {"", *taken} else variant.ref
            taken.add(wanted)
            row["id"] = variant.row = wanted

    def _owner(self, sku: str, told: ProductUpdate) -> str:
        """The number of the variant that is known by a SKU: whoever had it before, else the first
        of the product; "" where nobody has it.
        """
        mine = [one.ref for one in told.variants if one.sku == sku]
        holder = str(self._record("sku", sku).detail.get("variant", ""))
        if holder in mine:
            return holder
        if holder and holder not in {one.ref for one in told.variants}:
            known = self._record("variant", holder).detail
            if known.get("row") == sku and not known.get("gone"):
                return holder
        return mine[0] if mine else ""

    def put(self, told: ProductUpdate, rows: Sequence[Row]) -> None:
        """Take over a product with its variants; `rows` are ids with what is said of each."""
        record = self._record("product", told.ref)
        statement = [told.at, self._told, digest([[number, changes] for number, changes in rows])]
        newest = record.newer(told.at, self._told)
        known: dict[str, list[Any]] = record.detail.setdefault("rows", {})
        changed: list[Row] = []
        if record.told_at == _FOREVER:
            rows = _with_family_price(rows)
        for number, changes in rows:
            if since(statement) >= since(known.get(number, [])):
                known[number] = statement
                changed.append((number, changes if newest else {**changes, **_gone(changes)}))
        if newest:
            kept = {number for number, _ in rows} | self._untold(record, told)
            changed += [(number, GONE) for number in known if number not in kept]
            self._claim(record, told)
            if told.rows:
                record.detail["row"] = str(told.rows[0]["id"])
        products.put_many(self._transaction, changed, self._now)
        write(self._transaction, record)
        if newest:
            for variant in told.variants:
                self._remember(variant)
                if variant.stock_ref:
                    stock = self._record("stock", variant.stock_ref)
                    stock.detail |= {
                        "row": variant.row,
                        "mode": variant.mode,
                        "product": told.ref,
                        "since": told.at,
                        "told": self._told,
                    }
                    self._count(stock)

    def _untold(self, record: Record, told: ProductUpdate) -> set[str]:
        """The rows of variants that are there though this telling does not name them."""
        if told.variants and all(variant.mode == "gone" for variant in told.variants):
            return set()  # the whole product is no longer offered
        rows: dict[str, str] = record.detail.get("variants", {})
        if told.untold is None:
            return set(record.detail["rows"])
        unknown = set(record.detail["rows"]) - set(rows.values()) if told.untold else set()
        return unknown | {row for ref, row in rows.items() if ref in told.untold}

    def _claim(self, record: Record, told: ProductUpdate) -> None:
        """Note which variant is known by which row, and whose SKU is free again."""
        before: dict[str, str] = record.detail.get("variants", {})
        now = {variant.ref: variant.row for variant in told.variants if variant.ref}
        for ref in before.keys() - now.keys():
            if told.untold is None or ref in told.untold:
                now[ref] = before[ref]
            else:
                self._release(ref)
        record.detail["variants"] = now
        for variant in told.variants:
            if variant.ref and variant.sku == variant.row:
                claim = self._record("sku", variant.sku)
                if claim.detail.get("variant") != variant.ref:
                    claim.detail["variant"] = variant.ref
                    write(self._transaction, claim)

    def _release(self, ref: str) -> None:
        variant = self._record("variant", ref)
        variant.detail["gone"] = True
        write(self._transaction, variant)

    def withdraw(self, told: Withdrawn) -> None:
        """A deletion is the last word: numbers are not given again."""
        record = self._record("product", told.ref)
        rows = record.detail.get("rows", {})
        products.take_away(self._transaction, rows, self._now)
        record.told_at = _FOREVER
        record.detail["rows"] = rows
        for ref in record.detail.get("variants", {}):
            self._release(ref)
        write(self._transaction, record)

    def level(self, told: StockLevel) -> None:
        stock = self._record("stock", told.stock_ref)
        levels: dict[str, list[int]] = stock.detail.setdefault("levels", {})
        if (told.at, self._told) >= since(levels.get(told.place, [])):
            levels[told.place] = [told.at, self._told, told.count]
        self._count(stock)

    def _count(self, stock: Record) -> None:
        """Let the newest of the product's own count and the places' counts hold."""
        levels = stock.detail.get("levels", {})
        row, mode = stock.detail.get("row"), stock.detail.get("mode")
        write(self._transaction, stock)
        if not levels or row is None or mode not in ("counted", "continues"):
            return
        product = self._record("product", stock.detail["product"])
        newest = max(map(since, levels.values()))
        counted = (stock.detail["since"], stock.detail.get("told", 0))
        if product.told_at == _FOREVER or newest <= counted:
            return
        count: int | None = sum(each[-1] for each in levels.values())
        if mode == "continues" and count is not None and count <= 0:
            count = None  # it can be bought all the same
        products.put(self._transaction, row, {"stock": count}, self._now)

    def _remember(self, variant: Variant) -> None:
        if variant.name:
            second = self._record("name", variant.name)
            if second.detail.get("row") != variant.row:
                second.detail["row"] = variant.row
                write(self._transaction, second)
        if not variant.ref:
            return
        record = self._record("variant", variant.ref)
        if record.detail.get("row") != variant.row or record.detail.pop("gone", False):
            record.detail["row"] = variant.row
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
