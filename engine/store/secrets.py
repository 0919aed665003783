"""The installation's own secret: what links are signed and suppressed addresses hashed with."""

from __future__ import annotations

import secrets

from engine.store.writer import Transaction


def secret_of(transaction: Transaction) -> str:
    """The installation's secret (hex), made at first use."""
    row = transaction.row("select value from setting where name = 'secret'")
    if row is not None:
        return str(row[0])
    value = secrets.token_hex(32)
    transaction.execute("insert into setting (name, value) values ('secret', ?)", (value,))
    return value
