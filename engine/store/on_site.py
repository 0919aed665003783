"""Messages that wait on the site for their visitor."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


def mark_shown(
    transaction: Transaction, customer: int, numbers: Iterable[int], at: Instant
) -> None:
    """A visitor has seen these; those of others, and what was seen before, stay as they are."""
    transaction.executemany(
        "update on_site set shown_at = ? where id = ? and customer = ? and shown_at is null",
        [(at, number, customer) for number in numbers],
    )


def mark_closed(
    transaction: Transaction, customer: int, numbers: Iterable[int], at: Instant
) -> None:
    """A visitor has closed these: they have seen them, and their time is over."""
    numbers = list(numbers)
    mark_shown(transaction, customer, numbers, at)
    transaction.executemany(
        "update on_site set until_at = ? where id = ? and customer = ? and until_at > ?",
        [(at, number, customer, at) for number in numbers],
    )


def of_visitor(rows: Rows, customer: int, numbers: Iterable[int]) -> list[Row]:
    """Those of these messages that are for a customer, each as number, flow, run, step, surface and
    message.
    """
    asked = sorted(set(numbers))
    if not asked:
        return []
    return rows.rows(
        "select id, flow, run, step, surface, message from on_site"
        f" where customer = ? and id in ({', '.join('?' * len(asked))}) order by id",
        (customer, *asked),
    )


def waiting(rows: Rows, customer: int, now: Instant) -> list[Row]:
    """What may be shown, newest first: number, flow, version, run, step, surface, message, place,
    whether on leaving, until when (None: until seen), detail.
    """
    return rows.rows(
        "select id, flow, version, run, step, surface, message, place, on_leaving, until_at, detail"
        " from on_site where customer = ? and from_at <= ? and (until_at > ?"
        " or (until_at is null and shown_at is null)) order by id desc",
        (customer, now, now),
    )
