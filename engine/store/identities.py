"""By what people are found: user ids, visitors' ids, addresses."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import Instant
from engine.store.rows import Rows
from engine.store.writer import Transaction


def keep(transaction: Transaction, rows: Iterable[tuple[str, str, int, Instant]]) -> None:
    """Let customers be found: kind, value, customer, since when. The last one told has it."""
    transaction.executemany(
        "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)"
        " on conflict (kind, value) do update set customer = excluded.customer,"
        " at = excluded.at",
        rows,
    )


def user_of(rows: Rows, customer: int) -> str:
    """A user id of a customer, "" for none."""
    row = rows.row(
        "select value from identity where kind = 'user' and customer = ? limit 1", (customer,)
    )
    return "" if row is None else str(row[0])
