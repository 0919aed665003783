"""The installation's own secret: what links are signed and suppressed addresses hashed with."""

from __future__ import annotations

import secrets
from typing import Protocol

from engine.store.writer import Row, Transaction


class OneRow(Protocol):
    """A transaction or a reader."""

    def row(self, sql: str, values: tuple[object, ...] = ()) -> Row | None: ...


def secret_of(transaction: Transaction) -> str:
    """The installation's secret (hex), made at first use."""
    row = transaction.row("select value from setting where name = 'secret'")
    if row is not None:
        return str(row[0])
    value = secrets.token_hex(32)
    transaction.execute("insert into setting (name, value) values ('secret', ?)", (value,))
    return value


def known_secret(rows: OneRow) -> str:
    """The secret (hex), "" where none was made yet."""
    row = rows.row("select value from setting where name = 'secret'")
    return "" if row is None else str(row[0])
