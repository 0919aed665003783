"""People who are to be moved to a new version of their flow, and how far that has come."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


def begin(transaction: Transaction, versions: Mapping[str, int], last: int, at: Instant) -> None:
    """Let the runs up to `last` be moved to these versions, by flow."""
    transaction.executemany(
        "insert into version_move (flow, version, position, last, at) values (?, ?, 0, ?, ?)"
        " on conflict (flow) do update set version = excluded.version, position = 0,"
        " last = excluded.last, at = excluded.at",
        [(flow, version, last, at) for flow, version in sorted(versions.items())],
    )


def first(rows: Rows) -> Row | None:
    """What is to be done next: flow, its number, version, position, last, when it began."""
    return rows.row(
        "select m.flow, f.id, m.version, m.position, m.last, m.at from version_move m"
        " left join flow f on f.name = m.flow order by m.flow limit 1"
    )


def reached(transaction: Transaction, flow: str, position: int) -> None:
    """Runs up to `position` are done."""
    transaction.execute("update version_move set position = ? where flow = ?", (position, flow))


def done(transaction: Transaction, flow: str) -> None:
    transaction.execute("delete from version_move where flow = ?", (flow,))
