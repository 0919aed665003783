"""What was learned from the shop's own events, by name."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.model import Instant
from engine.store import generations
from engine.store.dialects import Digest
from engine.store.rows import Rows
from engine.store.writer import Transaction


def keep(
    transaction: Transaction,
    contents: Mapping[str, bytes],
    trained_at: Instant,
    newest: int,
    changes: int,
) -> None:
    """Put them in the place of those before. `newest` and `changes` are the newest event and the
    newest change of a product that they rest on.
    """
    transaction.executemany(
        "insert into learned (name, trained_at, newest, changes, content) values (?, ?, ?, ?, ?)"
        " on conflict (name) do update set trained_at = excluded.trained_at,"
        " newest = excluded.newest, changes = excluded.changes, content = excluded.content",
        [
            (name, trained_at, newest, changes, Digest(content))
            for name, content in contents.items()
        ],
    )
    generations.begin_next(transaction)


def read(rows: Rows) -> dict[str, tuple[int, int, bytes]]:
    """By name: newest event, newest change of a product, content."""
    return {
        name: (newest, changes, bytes(content))
        for name, newest, changes, content in rows.rows(
            "select name, newest, changes, content from learned order by name"
        )
    }
