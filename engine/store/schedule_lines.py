"""Lines of flows that are due by the calendar, and up to when each was looked at."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


def all_of(rows: Rows) -> list[Row]:
    """Every line there ever was: number, flow, text, whom it means, whether it is live."""
    return rows.rows("select id, flow, says, subject, live from schedule_line order by id")


def looked(rows: Rows) -> dict[int, Instant]:
    """Up to when each live line was looked at."""
    return dict(rows.rows("select id, looked_at from schedule_line where live"))


def add(transaction: Transaction, flow: int, says: str, subject: str, now: Instant) -> int:
    """A new line, which counts from now; its number."""
    number = transaction.number("schedule_line")
    transaction.execute(
        "insert into schedule_line (id, flow, says, subject, looked_at, live)"
        " values (?, ?, ?, ?, ?, ?)",
        (number, flow, says, subject, now, True),
    )
    return number


def revive(transaction: Transaction, number: int, now: Instant) -> None:
    """It is there again, and counts from now."""
    transaction.execute(
        "update schedule_line set live = ?, looked_at = ? where id = ?", (True, now, number)
    )


def edit(transaction: Transaction, number: int, says: str, now: Instant) -> None:
    """It says something else, and counts from now."""
    transaction.execute(
        "update schedule_line set says = ?, looked_at = ? where id = ?", (says, now, number)
    )


def retire(transaction: Transaction, numbers: Iterable[int]) -> None:
    transaction.executemany(
        "update schedule_line set live = ? where id = ?", [(False, number) for number in numbers]
    )


def reach(transaction: Transaction, numbers: Iterable[int], at: Instant) -> None:
    """They were looked at up to then."""
    transaction.executemany(
        "update schedule_line set looked_at = ? where id = ? and looked_at < ?",
        [(at, number, at) for number in numbers],
    )
