"""The catalogue: written with its price and stock history, read as one mapping.

A variant is a product of its own whose `parent` names the product it belongs to. The parent's
price and stock follow from its variants: the lowest price, the sum of the stock (decision 80).
A product without a stock number is not counted: it can be bought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from engine.core import families, offers
from engine.core.model import DAY, Instant, ProductChange, Properties
from engine.store.connection import Row
from engine.store.dialects import TEXTS, texts
from engine.store.rows import Rows
from engine.store.writer import Transaction

Change = tuple[str, Mapping[str, Any]]

GONE: Final = families.GONE
"""What is said of a product that the shop no longer offers; its row and history stay."""


def put(
    transaction: Transaction, product: str, changes: Mapping[str, Any], at: Instant
) -> tuple[Properties, Properties]:
    """Merge `changes` into a product (None removes a property); give it before and after."""
    return put_many(transaction, [(product, changes)], at)[0]


def put_many(
    transaction: Transaction, told: Sequence[Change], at: Instant
) -> list[tuple[Properties, Properties]]:
    """Merge changes into products, in order; give each before and after its own.

    Every product that is another afterwards appends to its history: whoever holds the catalogue
    in memory sees by the newest row that it must read again. What changes nothing writes nothing.
    """
    stored = _read(transaction, {product for product, _ in told})
    held = dict(stored)
    began = _began(transaction)
    answers = []
    for product, changes in _without_rings(transaction, told):
        before = held.get(product, {})
        merged = {**before, **changes, "id": product}
        if "stock" in changes and "availability" not in changes:
            # A number is newer than the word that was said before.
            merged["availability"] = None
        after = {name: value for name, value in merged.items() if value is not None}
        _note_sale(before, after, at, began)
        held[product] = after
        answers.append((before, after))
    changed = {product: after for product, after in held.items() if after != stored.get(product)}
    _write(transaction, changed, at)
    parents = {
        parent
        for product, after in changed.items()
        for one in (after, stored.get(product, {}))
        if isinstance(parent := one.get("parent"), str)
    }
    if parents:
        _follow(transaction, parents, at)
    return answers


def _began(transaction: Transaction) -> Instant | None:
    """When the catalogue's first product came; None before it."""
    row = transaction.row("select at from product_history order by id limit 1")
    return None if row is None else int(row[0])


def _note_sale(before: Properties, after: Properties, at: Instant, began: Instant | None) -> None:
    """Note in `after` when the product was first known as on sale.

    What comes within a day of the first product is what the catalogue began with, however many
    files and calls it came in: nothing is known of how long that has been on sale.
    """
    if not before:
        if began is not None and at - began >= DAY:
            after[offers.ON_SALE] = at if offers.is_offered(after) else 0
    elif before.get(offers.ON_SALE) == 0 and offers.is_offered(after):
        after[offers.ON_SALE] = at


def _without_rings(transaction: Transaction, told: Sequence[Change]) -> list[Change]:
    """The changes without parents that lead back to their own product: those are left as before."""
    above: dict[str, Any] = {}
    wanted = {up for _, said in told if isinstance(up := said.get("parent"), str)}
    while wanted:
        found = transaction.rows(
            f"select id, parent from product where parent is not null and id in {TEXTS}",
            (texts(sorted(wanted)),),
        )
        above.update(found)
        wanted = {parent for _, parent in found} - above.keys()
    kept: list[Change] = []
    for product, changes in told:
        if changes.get("parent") != product and "parent" in changes:
            up, passed = changes["parent"], set[Any]()
            while up is not None and up != product and up not in passed:
                passed.add(up)
                up = above.get(up)
            if up == product:
                rest = {name: said for name, said in changes.items() if name != "parent"}
                kept.append((product, rest))
                continue
            above[product] = changes["parent"]
        kept.append((product, changes))
    return kept


def is_ringed(change: Change, after: Properties) -> bool:
    """Whether the parent that was told led back to the product itself, and was left out."""
    parent = change[1].get("parent")
    return parent is not None and parent != after.get("parent")


def take_away(transaction: Transaction, gone: Iterable[str], at: Instant) -> int:
    """Say of these products that the shop no longer offers them; how many it did offer."""
    answers = put_many(transaction, [(product, GONE) for product in gone], at)
    return sum(before != after for before, after in answers)


def known(transaction: Transaction, ids: Iterable[str]) -> set[str]:
    """Those of `ids` that are in the catalogue."""
    return {
        product
        for (product,) in transaction.rows(
            f"select id from product where id in {TEXTS}", (texts(sorted(ids)),)
        )
    }


def stored(rows: Rows, ids: Iterable[str]) -> dict[str, bytes]:
    """Those of `ids` that are in the catalogue, with their properties as JSON."""
    return dict(
        rows.rows(f"select id, properties from product where id in {TEXTS}", (texts(sorted(ids)),))
    )


def call(transaction: Transaction, numbers: Mapping[str, str]) -> None:
    """Remember what else a file calls products: the shop's own number -> the product."""
    transaction.executemany(
        "insert into shop_record (shop, kind, ref, told_at, detail)"
        " values ('import', 'variant', ?, 0, ?)"
        " on conflict (shop, kind, ref) do update set detail = excluded.detail",
        [(number, orjson.dumps({"row": product})) for number, product in numbers.items()],
    )


def by_number(transaction: Transaction, numbers: Iterable[str]) -> dict[str, str]:
    """The product that a shop system calls by each of these numbers, of a variant before one of a
    product, and both before a second name; only what is known.
    """
    found = transaction.rows(
        "select kind, ref, detail from shop_record where kind in ('name', 'product', 'variant')"
        f" and shop in ('shopify', 'woocommerce', 'ecwid', 'import') and ref in {TEXTS}"
        " order by kind, shop",
        (texts(sorted(numbers)),),
    )
    return {ref: row for _, ref, detail in found if (row := orjson.loads(detail).get("row"))}


def _read(transaction: Transaction, products: Iterable[str]) -> dict[str, Properties]:
    return {
        product: orjson.loads(properties)
        for product, properties in transaction.rows(
            f"select id, properties from product where id in {TEXTS}", (texts(sorted(products)),)
        )
    }


def _write(transaction: Transaction, products: Mapping[str, Properties], at: Instant) -> None:
    if not products:
        return
    transaction.executemany(
        "insert into product (id, properties, price, stock, parent, updated_at)"
        " values (?, ?, ?, ?, ?, ?)"
        " on conflict (id) do update set properties = excluded.properties,"
        " price = excluded.price, stock = excluded.stock, parent = excluded.parent,"
        " updated_at = excluded.updated_at",
        [
            (
                product,
                orjson.dumps(after),
                after.get("price"),
                after.get("stock"),
                after.get("parent"),
                at,
            )
            for product, after in products.items()
        ],
    )
    numbers = transaction.numbers("product_history", len(products))
    transaction.executemany(
        "insert into product_history (id, product, at, price, stock) values (?, ?, ?, ?, ?)",
        [
            (number, product, at, after.get("price"), after.get("stock"))
            for number, (product, after) in zip(numbers, products.items(), strict=True)
        ],
    )


def _follow(transaction: Transaction, parents: Iterable[str], at: Instant) -> None:
    """Let parents say what their variants say together."""
    wanted = sorted(parents)
    members: dict[str, list[Properties]] = {parent: [] for parent in wanted}
    for parent, properties in transaction.rows(
        f"select parent, properties from product where parent in {TEXTS} order by id",
        (texts(wanted),),
    ):
        members[parent].append(orjson.loads(properties))
    stored = _read(transaction, wanted)
    changed: dict[str, Properties] = {}
    for parent, variants in members.items():
        before = stored.get(parent, {})
        # A feed may give a group the id of one of its members: that one speaks for itself.
        if not variants or before.get("parent") is not None:
            continue
        after = families.parent_after(parent, before, variants)
        if after != before:
            changed[parent] = after
    _write(transaction, changed, at)


def newest_change(rows: Rows) -> int:
    """The number of the newest row of any product's history, 0 for none."""
    return int(rows.rows("select coalesce(max(id), 0) from product_history")[0][0])


def next_change(rows: Rows, after: int) -> ProductChange | None:
    """The change behind a number, with what was before it."""
    row = rows.row(
        "select id, product, at, price, stock from product_history where id > ?"
        " order by id limit 1",
        (after,),
    )
    if row is None:
        return None
    number, product, at, price, stock = row
    before = rows.row(
        "select price, stock from product_history where product = ? and id < ?"
        " order by id desc limit 1",
        (product, number),
    )
    was = {} if before is None else {"price": before[0], "stock": before[1]}
    change = ProductChange(product, was, {"price": price, "stock": stock}, at, number)
    change.variant = _variant_behind(rows, product, number, at)
    return change


def _variant_behind(rows: Rows, parent: str, number: int, at: Instant) -> str | None:
    """The variant by which a parent changed with this row; None for what is no parent.

    Where several changed at once, the first of which there is some.
    """
    changed = rows.rows(
        "select product, stock from product_history where id < ? and at = ? and id > coalesce("
        "(select max(id) from product_history where product = ? and id < ?), 0)"
        " and product in (select id from product where parent = ?) order by id",
        (number, at, parent, number, parent),
    )
    there = [product for product, stock in changed if stock is None or stock > 0]
    found = there or [product for product, _ in changed]
    return found[0] if found else None


def family(rows: Rows, product: str) -> list[str]:
    """The product, and those that are one with it: its parent, and all variants of that."""
    row = rows.row("select parent from product where id = ?", (product,))
    parent = product if row is None or row[0] is None else row[0]
    variants = rows.rows("select id from product where parent = ? order by id", (parent,))
    return [parent, *(one for (one,) in variants)]


def properties_of(rows: Rows, product: str) -> Properties | None:
    """One product's, None where there is no such product."""
    row = rows.row("select properties from product where id = ?", (product,))
    return None if row is None else orjson.loads(row[0])


def is_empty(rows: Rows) -> bool:
    return rows.row("select 1 from product limit 1") is None


def all_of(rows: Rows) -> dict[str, Properties]:
    """All products, by id."""
    return {
        product: orjson.loads(properties)
        for product, properties in rows.rows("select id, properties from product order by id")
    }


def some_of(rows: Rows, products: Sequence[str]) -> dict[str, Properties]:
    """Those of these products that there are, by id."""
    found = stored(rows, products)
    return {product: orjson.loads(found[product]) for product in sorted(found)}


def page(rows: Rows, after: str, limit: int) -> list[Row]:
    """The next products: id, properties."""
    return rows.rows(
        "select id, properties from product where id > ? order by id limit ?", (after, limit)
    )


class Catalogue:
    """The products in memory, read again only when one has changed."""

    def __init__(self) -> None:
        self._seen = -1
        self._products: dict[str, Properties] = {}

    def forget(self) -> None:
        """Read anew next time, whatever the table says."""
        self._seen = -1

    def read(self, transaction: Transaction) -> dict[str, Properties]:
        newest = newest_change(transaction)
        if newest != self._seen:
            rows = transaction.rows("select id, properties from product")
            self._products = {product: orjson.loads(properties) for product, properties in rows}
            self._seen = newest
        return self._products
