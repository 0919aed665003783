"""How much a shop system has told of each thing, by shop, kind and the shop's own name of it."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


def read(rows: Rows, shop: str, kind: str, ref: str) -> Row | None:
    """Customer, by when, detail (JSON); None where nothing was told yet."""
    return rows.row(
        "select customer, told_at, detail from shop_record where shop = ? and kind = ? and ref = ?",
        (shop, kind, ref),
    )


def keep(
    transaction: Transaction,
    key: tuple[str, str, str],
    customer: int | None,
    told_at: Instant,
    detail: bytes,
) -> None:
    keep_many(transaction, [(*key, customer, told_at, detail)])


def keep_many(
    transaction: Transaction, rows: Iterable[tuple[str, str, str, int | None, Instant, bytes]]
) -> None:
    """Shop, kind, the shop's name of it, customer, by when, detail (JSON)."""
    transaction.executemany(
        "insert into shop_record (shop, kind, ref, customer, told_at, detail)"
        " values (?, ?, ?, ?, ?, ?)"
        " on conflict (shop, kind, ref) do update set customer = excluded.customer,"
        " told_at = excluded.told_at, detail = excluded.detail",
        rows,
    )
