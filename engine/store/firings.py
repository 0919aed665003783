"""Which moments of the calendar somebody has had; see `engine.runtime.schedules`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final

from engine.store.database import Database
from engine.store.dialects import MEMBERS, Numbers, members
from engine.store.writer import Transaction

_MOST: Final = 100_000
_PIECE: Final = 5_000

Key = tuple[int, str, int, str]
"""Flow, the line's number, customer, local date."""


def had(transaction: Transaction, customers: Numbers) -> list[Key]:
    """The firings of customers, asked line by line: so the key finds them."""
    return [
        (flow, line, customer, day)
        for flow, line, customer, day in transaction.rows(
            "select firing.flow, line, customer, local_date from schedule_line cross join firing"
            " where firing.flow = schedule_line.flow and line = cast(schedule_line.id as text)"
            f" and customer in {MEMBERS}",
            (customers,),
        )
    ]


def forget(transaction: Transaction, firings: Sequence[Key]) -> None:
    """Take firings out."""
    transaction.executemany(
        "delete from firing where flow = ? and line = ? and customer = ? and local_date = ?",
        firings,
    )


def forget_before(database: Database, day: date) -> None:
    """Take out what fired for local dates before `day`, in pieces. To find them everything is read,
    beside the writer.
    """
    with database.reader() as reader:
        past = reader.rows(
            "select flow, line, customer, local_date from firing where local_date < ? limit ?",
            (day.isoformat(), _MOST),
        )
    for start in range(0, len(past), _PIECE):
        piece = past[start : start + _PIECE]
        database.writer.run(lambda tx: forget(tx, piece))  # noqa: B023 - run waits


def add(transaction: Transaction, flow: int, line: str, day: str, customers: Iterable[int]) -> None:
    """Customers have had a line's local date."""
    transaction.executemany(
        "insert into firing (flow, line, customer, local_date) values (?, ?, ?, ?)",
        [(flow, line, customer, day) for customer in customers],
    )


def inherit(transaction: Transaction, firings: Iterable[Key]) -> None:
    """What somebody had, another has had too."""
    transaction.executemany(
        "insert into firing (flow, line, customer, local_date) values (?, ?, ?, ?)"
        " on conflict do nothing",
        firings,
    )


def had_on(
    transaction: Transaction, flow: int, line: str, day: str, customers: Collection[int]
) -> set[int]:
    """Those of these customers who have had a line's local date."""
    return {
        row[0]
        for row in transaction.rows(
            "select customer from firing where flow = ? and line = ? and local_date = ?"
            f" and customer in {MEMBERS}",
            (flow, line, day, members(customers)),
        )
    }
