"""Memberships of segments and how they came about, in the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction


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


# --- what is declared ----------------------------------------------------------------------


def declared(rows: Rows) -> dict[str, tuple[str, str]]:
    """Hash and state of every segment that is known, by name."""
    return {
        name: (digest, state)
        for name, digest, state in rows.rows("select name, hash, state from segment")
    }


def declare(transaction: Transaction, name: str, digest: str, state: str, at: Instant) -> None:
    transaction.execute(
        "insert into segment (name, hash, state, known_at) values (?, ?, ?, ?)"
        " on conflict (name) do update set hash = excluded.hash, state = excluded.state,"
        " known_at = excluded.known_at",
        (name, digest, state, at),
    )


def forget(transaction: Transaction, names: Iterable[str]) -> None:
    """They are not declared any more."""
    transaction.executemany("delete from segment where name = ?", [(name,) for name in names])


def settle(transaction: Transaction, names: Iterable[str], at: Instant) -> None:
    """All customers were looked at."""
    transaction.executemany(
        "update segment set looked_at = ?, state = 'settled' where name = ?",
        [(at, name) for name in names],
    )


def state(rows: Rows, name: str) -> str | None:
    """Whether it is "new", "edited" or "settled"; None for one that is not declared."""
    row = rows.row("select state from segment where name = ?", (name,))
    return None if row is None else str(row[0])


def looked_at(rows: Rows) -> Instant:
    """When all of them were last looked at, 0 for never."""
    row = rows.row("select min(coalesce(looked_at, 0)) from segment")
    return 0 if row is None or row[0] is None else int(row[0])


def looks(rows: Rows) -> list[Row]:
    """Name, state, when all customers were looked at; by name."""
    return rows.rows("select name, state, looked_at from segment order by name")


# --- who is inside -------------------------------------------------------------------------


def sizes(rows: Rows) -> dict[str, int]:
    """How many members each segment has that has any."""
    return dict(rows.rows("select segment, count(*) from membership where member group by segment"))


def members(rows: Rows, segment: str, after: int, limit: int) -> list[Row]:
    """The next members: customer, since when."""
    return rows.rows(
        "select customer, since from membership where segment = ? and member"
        " and customer > ? order by customer limit ?",
        (segment, after, limit),
    )


def changes(rows: Rows, segment: str, limit: int) -> list[Row]:
    """The last joins and leaves, newest first: number, customer, joined, found, when."""
    return rows.rows(
        "select id, customer, joined, found, at from membership_change where segment = ?"
        " order by id desc limit ?",
        (segment, limit),
    )


def changes_since(rows: Rows, at: Instant) -> list[Row]:
    """Segment, joined or left, how many customers did so themselves."""
    return rows.rows(
        "select segment, joined, count(*) from membership_change where at >= ? and not found"
        " group by segment, joined",
        (at,),
    )


def differing(rows: Rows, segment: str, inside: str, values: tuple[object, ...]) -> list[Row]:
    """Whom the query `inside` finds and the table has not, and the other way round: customer,
    whether inside.
    """
    return rows.rows(
        f"with inside (id) as materialized ({inside})"
        " select id, true from inside where not exists (select 1 from membership"
        " where customer = inside.id and segment = ? and member)"
        " union all select customer, false from (select customer from membership"
        " where segment = ? and member except select id from inside) as gone",
        (*values, segment, segment),
    )
