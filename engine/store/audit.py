"""The audit log: who did what to the shop, and when. It keeps numbers and names, never values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


class Act(NamedTuple):
    """`what` in words ("flow pause"), `detail` what it was about."""

    at: Instant
    who: str
    what: str
    detail: Mapping[str, Any]


def note(transaction: Transaction, *acts: Act) -> None:
    """Add to the log."""
    note_all(transaction, acts)


def of_act(rows: Rows, act: str, limit: int) -> list[Row]:
    """The latest entries of one kind, newest first: when, who, detail (JSON)."""
    return rows.rows(
        "select at, who, detail from audit where act = ? order by id desc limit ?", (act, limit)
    )


def note_all(transaction: Transaction, acts: Iterable[Act]) -> None:
    """The same for many."""
    transaction.executemany(
        "insert into audit (at, who, act, detail) values (?, ?, ?, ?)",
        [(one.at, one.who, one.what, orjson.dumps(one.detail)) for one in acts],
    )
