"""What customers were: kept when it changes, for who plays the past again (`engine.backtest`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import orjson

from engine.core.model import Instant
from engine.store import settings_rows
from engine.store.connection import Row
from engine.store.database import Database
from engine.store.dialects import MEMBERS, members
from engine.store.rows import Rows
from engine.store.writer import Transaction

TAGS: Final = "tags"
"""Under this name the list of tags stands among the properties, where no property can stand."""

SINCE: Final = "properties kept since"
"""The setting that says since when (ms) every change is kept; none: always."""

_PIECE: Final = 5_000

Before = tuple[int, Instant, Mapping[str, Any]]
"""Customer, when it changed, and by name what it was."""


def keep(transaction: Transaction, changes: Iterable[Before], *, derived: bool = False) -> None:
    """Note what was before. What a customer was made with is no change. `derived`: the machine made
    it of events and steps.
    """
    transaction.executemany(
        "insert into property_change (customer, at, derived, before) values (?, ?, ?, ?)",
        [(customer, at, derived, orjson.dumps(dict(before))) for customer, at, before in changes],
    )


def since(rows: Rows, customers: Collection[int], at: Instant) -> list[Row]:
    """What changed of these customers from `at` on, in the order in which it did: customer, when,
    whether it was derived, `before` as JSON.
    """
    return rows.rows(
        "select customer, at, derived, before from property_change"
        f" where customer in {MEMBERS} and at >= ? order by customer, id",
        (members(sorted(customers)), at),
    )


def kept_since(rows: Rows) -> Instant:
    """Since when every change is kept; 0 for always."""
    return int(settings_rows.read(rows, SINCE) or 0)


def forget_before(database: Database, at: Instant) -> None:
    """Take out what changed before `at`, the oldest first, in pieces."""
    while database.writer.run(lambda tx: _forget(tx, at)) == _PIECE:
        pass


def _forget(transaction: Transaction, at: Instant) -> int:
    past = [
        row[0]
        for row in transaction.rows(
            "select id, at from property_change order by id limit ?", (_PIECE,)
        )
        if row[1] < at
    ]
    transaction.execute(f"delete from property_change where id in {MEMBERS}", (members(past),))
    if past and kept_since(transaction) < at:
        settings_rows.keep(transaction, SINCE, str(at))
    return len(past)
