"""Messages that wait on the site for their visitor."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import Instant
from engine.store.writer import Transaction


def mark_shown(
    transaction: Transaction, customer: int, numbers: Iterable[int], at: Instant
) -> None:
    """A visitor has seen these; those of others, and what was seen before, stay as they are."""
    transaction.executemany(
        "update on_site set shown_at = ? where id = ? and customer = ? and shown_at is null",
        [(at, number, customer) for number in numbers],
    )
