"""What shop systems only named: to be fetched, once for each of their marks."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


def add(
    transaction: Transaction,
    shop: str,
    mark: str,
    topic: str,
    detail: Mapping[str, str],
    now: Instant,
) -> None:
    """To be fetched at once; the same delivery once."""
    transaction.execute(
        "insert into shop_delivery (id, shop, mark, topic, detail, at, due_at, attempts, reason)"
        " values (?, ?, ?, ?, ?, ?, ?, 0, '') on conflict (shop, mark) do nothing",
        (transaction.number("shop_delivery"), shop, mark, topic, orjson.dumps(detail), now, now),
    )


def unread(
    transaction: Transaction, shop: str, mark: str, topic: str, reason: str, now: Instant
) -> None:
    """What could not be read is kept with the reason, and nothing of what it said; once."""
    transaction.execute(
        "insert into shop_delivery (id, shop, mark, topic, detail, at, due_at, attempts, reason)"
        " values (?, ?, ?, ?, ?, ?, null, 0, ?) on conflict (shop, mark) do nothing",
        (transaction.number("shop_delivery"), shop, mark, topic, b"{}", now, reason),
    )


def left_out(rows: Rows) -> list[tuple[str, str, str, int]]:
    """What was given up or could not be read: shop, topic, reason and how often, newest first."""
    return [
        (shop, topic, reason, count)
        for shop, topic, reason, count in rows.rows(
            "select shop, topic, reason, count(*) from shop_delivery"
            " where due_at is null and reason <> '' group by shop, topic, reason"
            " order by max(at) desc limit 20"
        )
    ]


def due(rows: Rows, now: Instant, limit: int) -> list[Row]:
    """What is due longest: number, topic, detail, attempts."""
    return rows.rows(
        "select id, topic, detail, attempts from shop_delivery where due_at <= ?"
        " order by due_at, id limit ?",
        (now, limit),
    )


def later(
    transaction: Transaction, number: int, attempts: int, due_at: Instant | None, reason: str
) -> None:
    """It could not be fetched; None gives up."""
    transaction.execute(
        "update shop_delivery set attempts = ?, due_at = ?, reason = ? where id = ?",
        (attempts, due_at, reason, number),
    )


def done(transaction: Transaction, number: int, reason: str) -> None:
    transaction.execute(
        "update shop_delivery set due_at = null, reason = ? where id = ?", (reason, number)
    )


def next_due(rows: Rows) -> Instant | None:
    """When something is to be fetched next."""
    row = rows.row("select min(due_at) from shop_delivery where due_at is not null")
    return row[0] if row else None
