"""Customers' rows, and who somebody is, from what people type: a user id, an e-mail address or our
own number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from engine.store.writer import Row, Transaction


class Readable(Protocol):
    """A transaction or a reader."""

    def row(self, sql: str, values: tuple[object, ...] = ...) -> Row | None: ...


def find_customer(store: Readable, who: str | int) -> int | None:
    """The customer's number, None when there is nobody. A user id goes before an address.

    Somebody who was merged into another is found as that other.
    """
    text = str(who).strip()
    if "\0" in text:  # no name holds one, and not every database can be asked for it
        return None
    number: int | None = None
    for kind, value in (
        ("user", text),
        ("email", text.lower()),
        ("email", text),
        ("anonymous", text),
    ):
        row = store.row("select customer from identity where kind = ? and value = ?", (kind, value))
        if row is not None:
            number = int(row[0])
            break
    if number is None and text.isascii() and text.isdigit() and len(text) < 19:
        number = int(text)
    while number is not None:
        row = store.row("select merged_into from customer where id = ?", (number,))
        if row is None:
            return None
        if row[0] is None:
            return number
        number = int(row[0])
    return None


def add(transaction: Transaction, rows: Iterable[tuple[Any, ...]]) -> None:
    """Make customers: number, when, properties as JSON."""
    transaction.executemany(
        "insert into customer (id, created_at, properties) values (?, ?, ?)", rows
    )
