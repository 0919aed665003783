"""How far what follows a table by its ids has come, by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.store.dialects import TEXTS, texts
from engine.store.writer import Transaction


def positions(transaction: Transaction, names: Collection[str]) -> dict[str, int]:
    """Where each stands; 0 for one that has not moved yet."""
    known: dict[str, int] = dict(
        transaction.rows(
            f"select name, position from cursor where name in {TEXTS}", (texts(sorted(names)),)
        )
    )
    return {name: known.get(name, 0) for name in names}


def move(transaction: Transaction, reached: Mapping[str, int]) -> None:
    """Note how far each has come."""
    transaction.executemany(
        "insert into cursor (name, position) values (?, ?)"
        " on conflict (name) do update set position = excluded.position",
        sorted(reached.items()),
    )


def begin(transaction: Transaction, name: str, position: int) -> None:
    """Stand there, where it has not stood anywhere yet."""
    transaction.execute(
        "insert into cursor (name, position) values (?, ?) on conflict do nothing",
        (name, position),
    )
