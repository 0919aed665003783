"""The zones that customers live in, and who has moved to another."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


def in_use(rows: Rows) -> list[str]:
    """The zones that customers have, one look into the index for each."""
    found = rows.rows(
        "with recursive used (zone) as (select min(zone) from customer union all"
        " select (select min(zone) from customer where zone > used.zone) from used"
        " where used.zone is not null) select zone from used where zone is not null"
    )
    return [row[0] for row in found]


def note_moves(transaction: Transaction, moves: Iterable[tuple[int, str | None, Instant]]) -> None:
    """Customers who have another zone now: who, which one before (None: the store's), when."""
    transaction.executemany(
        "insert into zone_move (customer, zone_before, at) values (?, ?, ?)", moves
    )


def moves(rows: Rows, limit: int) -> list[Row]:
    """The oldest of them: customer, zone before, when."""
    return rows.rows(
        "select customer, zone_before, at from zone_move order by id limit ?", (limit,)
    )


def dealt_with(transaction: Transaction, customer: int, at: Instant) -> None:
    """Schedules know of a customer's moves up to then."""
    transaction.execute("delete from zone_move where customer = ? and at <= ?", (customer, at))


def forget_moves(transaction: Transaction) -> None:
    """There is nothing that would need to know."""
    transaction.execute("delete from zone_move")
