"""The installation's own secret: what links are signed and suppressed addresses hashed with."""

from __future__ import annotations

import secrets
from typing import Final

from engine.store import settings_rows
from engine.store.rows import Rows
from engine.store.writer import Transaction

_NAME: Final = "secret"


def secret_of(transaction: Transaction) -> str:
    """The installation's secret (hex), made at first use."""
    value = known_secret(transaction)
    if not value:
        value = secrets.token_hex(32)
        settings_rows.keep(transaction, _NAME, value)
    return value


def known_secret(rows: Rows) -> str:
    """The secret (hex), "" where none was made yet."""
    return settings_rows.read(rows, _NAME)
