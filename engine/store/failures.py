"""What could not be applied: an event or a run of a customer, with the reason for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, members
from engine.store.rows import Rows
from engine.store.writer import Transaction

RETRIABLE: Final = "(event is not null or run is not null)"
"""SQL: something that can be tried again stands behind it."""


def record(
    transaction: Transaction,
    customer: int,
    at: Instant,
    reason: str,
    *,
    event: int | None = None,
    run: int | None = None,
) -> None:
    transaction.execute(
        "insert into failure (customer, event, run, at, reason) values (?, ?, ?, ?, ?)",
        (customer, event, run, at, reason),
    )


def newest(rows: Rows, limit: int, customer: int | None = None) -> list[Row]:
    """Of all customers or of one: customer, event, run, when, why."""
    whose, values = ("", ()) if customer is None else (" and customer = ?", (customer,))
    return rows.rows(
        f"select customer, event, run, at, reason from failure where 1 = 1{whose}"
        f" order by id desc limit {limit}",
        values,
    )


def of(rows: Rows, customer: int) -> list[Row]:
    """One customer's, oldest first: when, why."""
    return rows.rows("select at, reason from failure where customer = ? order by id", (customer,))


def retriable(rows: Rows, customer: int | None = None) -> list[Row]:
    """What can be tried again: id, event, run."""
    whose, values = ("", ()) if customer is None else (" and customer = ?", (customer,))
    return rows.rows(
        f"select id, event, run from failure where {RETRIABLE}{whose} order by id", values
    )


def forget(transaction: Transaction, ids: Iterable[int]) -> None:
    transaction.execute(f"delete from failure where id in {MEMBERS}", (members(ids),))
