"""Which hours are to be counted again: whoever changes what figures rest on says so here.

New events and reports need no mark: the counting sees them by their numbers. What changes a row
that was counted, or adds one about the past without a number, marks its hour in its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.core.figures import MONEY, hour_of
from engine.core.model import Instant
from engine.store.dialects import MEMBERS, Numbers, members
from engine.store.rows import Rows
from engine.store.tables.events import IS_FIGURED
from engine.store.writer import Transaction

HOUR_OF: Final = "{} / 3600000 * 3600000"
"""SQL: the hour of a moment."""
_MONEY: Final = ", ".join(f"'{name}'" for name in MONEY)


def mark(transaction: Transaction, moments: Iterable[Instant]) -> None:
    """What happened at these moments is not what it was."""
    hours = sorted({hour_of(at) for at in moments})
    transaction.executemany("insert into figure_mark (hour) values (?)", [(one,) for one in hours])


def late(transaction: Transaction, moments: Iterable[Instant], now: Instant) -> None:
    """Something new about these moments; the hour that is still running needs no mark."""
    mark(transaction, (at for at in moments if hour_of(at) != hour_of(now)))


def of_event(transaction: Transaction, number: int) -> None:
    """An event is about to change."""
    transaction.execute(
        f"insert into figure_mark (hour) select {HOUR_OF.format('occurred_at')}"
        " from event where id = ?",
        (number,),
    )


def of_merge(transaction: Transaction, one: int, other: int) -> None:
    """Two customers are about to become one: orders of the one may follow clicks of the other.

    Most visitors bring nothing that is counted: then no figure changes, and no hour is marked.
    """
    brings = f"select 1 from event where customer = ? and {IS_FIGURED} limit 1"
    if transaction.row(brings, (one,)) and transaction.row(brings, (other,)):
        transaction.execute(
            f"insert into figure_mark (hour) select distinct {HOUR_OF.format('occurred_at')}"
            f" from event where customer in (?, ?) and name in ({_MONEY})",
            (one, other),
        )


def of_customers(transaction: Transaction, customers: Iterable[int]) -> None:
    """Rows of these customers go."""
    everyone: Numbers = members(sorted(customers))
    for table, moment, which in (
        ("event", "occurred_at", IS_FIGURED),
        ("intent", "done_at", "done_at is not null"),
        ("feedback", "at", "flow <> ''"),
    ):
        transaction.execute(
            f"insert into figure_mark (hour) select distinct {HOUR_OF.format(moment)} from {table}"
            f" where customer in {MEMBERS} and {which}",
            (everyone,),
        )


def of_intents(transaction: Transaction, which: str, values: tuple[object, ...]) -> None:
    """The intents that `which` (SQL) finds are about to change."""
    transaction.execute(
        f"insert into figure_mark (hour) select distinct {HOUR_OF.format('done_at')} from intent"
        f" where done_at is not null and {which}",
        values,
    )


def all_hours(transaction: Transaction) -> None:
    """Everything that was counted is to be counted again."""
    transaction.execute("insert into figure_mark (hour) select distinct hour from figure")


def waiting(rows: Rows) -> list[tuple[int, Instant]]:
    """The marks: number, hour."""
    return [(row[0], row[1]) for row in rows.rows("select id, hour from figure_mark")]


def settled(transaction: Transaction, numbers: Iterable[int]) -> None:
    """Their hours were counted again after these marks were seen."""
    transaction.execute(f"delete from figure_mark where id in {MEMBERS}", (members(numbers),))
