"""Mails as they went out, for who reads them in a browser."""

from __future__ import annotations

import zlib

from engine.core.model import Instant
from engine.store.dialects import Digest
from engine.store.rows import Rows
from engine.store.writer import Transaction


def keep(transaction: Transaction, code: str, customer: int, page: str, at: Instant) -> None:
    """A mail that is tried again is kept as it was made last."""
    transaction.execute(
        "insert into mail_copy (code, customer, at, page) values (?, ?, ?, ?)"
        " on conflict (code) do update set at = excluded.at, page = excluded.page",
        (code, customer, at, Digest(zlib.compress(page.encode(), 9))),
    )


def find(rows: Rows, code: str) -> tuple[int, str]:
    """Whose it is, and the page; 0 and "" for what is not kept, or not any more."""
    row = rows.row("select customer, page from mail_copy where code = ?", (code,))
    return (0, "") if row is None else (int(row[0]), zlib.decompress(bytes(row[1])).decode())


def forget_before(transaction: Transaction, at: Instant) -> None:
    transaction.execute("delete from mail_copy where at < ?", (at,))
