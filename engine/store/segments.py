"""Memberships of segments and how they came about, in the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from engine.core.model import Instant
from engine.store.writer import Row, Transaction


class Readable(Protocol):
    """A transaction or a reader."""

    def rows(self, sql: str, values: tuple[object, ...] = ...) -> list[Row]: ...

    def row(self, sql: str, values: tuple[object, ...] = ...) -> Row | None: ...


class Move(NamedTuple):
    """A customer is (or is no longer) a member from `at` on.

    `found` says that this was no joining of the customer's own: they were inside at a first look.
    """

    customer: int
    segment: str
    joined: bool
    at: Instant
    found: bool = False


def record(transaction: Transaction, moves: Sequence[Move]) -> None:
    """Write memberships and append their changes, in the order given."""
    if not moves:
        return
    transaction.executemany(
        "insert into membership (customer, segment, member, since) values (?, ?, ?, ?)"
        " on conflict (customer, segment) do update set member = excluded.member,"
        " since = excluded.since",
        [(one.customer, one.segment, one.joined, one.at) for one in moves],
    )
    transaction.executemany(
        "insert into membership_change (customer, segment, joined, found, at)"
        " values (?, ?, ?, ?, ?)",
        [(one.customer, one.segment, one.joined, one.found, one.at) for one in moves],
    )


def inherit(transaction: Transaction, survivor: int, gone: int, at: Instant) -> None:
    """What `gone` was a member of becomes the survivor's, who has not joined anything by that.

    Where the survivor has been looked at, that stands.
    """
    theirs = transaction.rows(
        "select segment, member, since from membership where customer = ? order by segment",
        (gone,),
    )
    if not theirs:
        return
    known = {
        row[0]
        for row in transaction.rows(
            "select segment from membership where customer = ?", (survivor,)
        )
    }
    inside = [segment for segment, member, _ in theirs if member]
    record(transaction, [Move(gone, segment, False, at, found=True) for segment in inside])
    record(
        transaction,
        [
            Move(survivor, segment, True, at, found=True)
            for segment in inside
            if segment not in known
        ],
    )
    transaction.execute("delete from membership where customer = ?", (gone,))
