"""Short links of messages, and where they lead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.core.model import Instant
from engine.store.rows import Rows
from engine.store.writer import Transaction


class Short(NamedTuple):
    """`code` is what stands in the link; `target` an address of ours or the shop's."""

    code: str
    customer: int
    target: str


def keep(transaction: Transaction, links: Iterable[Short], at: Instant) -> None:
    """A message that is tried again has the same links."""
    transaction.executemany(
        "insert into short_link (code, customer, target, at) values (?, ?, ?, ?)"
        " on conflict (code) do nothing",
        [(*one, at) for one in links],
    )


def find(rows: Rows, code: str) -> str:
    """Where it leads, "" for one that we never made."""
    row = rows.row("select target from short_link where code = ?", (code,))
    return "" if row is None else str(row[0])


def forget_before(transaction: Transaction, at: Instant) -> None:
    """Nobody presses what is so old."""
    transaction.execute("delete from short_link where at < ?", (at,))
