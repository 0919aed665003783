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
