"""The declared segments: which of them are new or edited, who is inside, who came and went."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal, NamedTuple

from dsl import tree
from engine.core.deployment import Deployment
from engine.core.model import Instant
from engine.store.segments import Readable
from engine.store.writer import Transaction

State = Literal["new", "edited", "settled"]


class Size(NamedTuple):
    """A declared segment: `members` as last seen, `looked_at` when all customers were looked at
    (None: not yet).
    """

    name: str
    members: int
    state: State
    looked_at: Instant | None


class Member(NamedTuple):
    """`since` is when the customer joined, or was found inside."""

    customer: int
    since: Instant


class Change(NamedTuple):
    """`found` where this was no joining or leaving of the customer's own."""

    number: int
    customer: int
    joined: bool
    found: bool
    at: Instant


# --- what is declared ----------------------------------------------------------------------


def declare(transaction: Transaction, deployment: Deployment, now: Instant) -> frozenset[str]:
    """Note what `deployment` declares; give the segments that are still to be looked at as a whole.

    Until then nobody joins or leaves them. While there are no customers there is nothing to see.
    """
    known = {
        name: (digest, state)
        for name, digest, state in transaction.rows("select name, hash, state from segment")
    }
    nobody = transaction.row("select 1 from customer limit 1") is None
    unsettled = set()
    for name in deployment.blocks:
        digest = _hash(deployment, name)
        before, state = known.pop(name, ("", "new"))
        if before != digest:
            state = "settled" if nobody else "new" if state == "new" else "edited"
            transaction.execute(
                "insert into segment (name, hash, state, known_at) values (?, ?, ?, ?)"
                " on conflict (name) do update set hash = excluded.hash, state = excluded.state,"
                " known_at = excluded.known_at",
                (name, digest, state, now),
            )
        if state != "settled":
            unsettled.add(name)
    transaction.executemany("delete from segment where name = ?", [(name,) for name in known])
    return frozenset(unsettled)


def _hash(deployment: Deployment, name: str) -> str:
    """Of the conditions, with those of the segments and the decay of the scores they speak of."""
    digest = hashlib.sha256()
    waiting, seen = [name], {name}
    while waiting:
        block = deployment.blocks.get(waiting.pop(0))
        digest.update(f"{block!r}\n".encode("utf-8", "backslashreplace"))
        for node in tree.walk(block) if block is not None else ():
            if isinstance(node, tree.InSegment) and node.segment not in seen:
                seen.add(node.segment)
                waiting.append(node.segment)
            elif isinstance(node, tree.Path) and node.parts[0] == "score":
                score = deployment.scores.get(node.parts[-1])
                digest.update(f"halves {score.halves if score else None}\n".encode())
    return digest.hexdigest()


# --- who is inside -------------------------------------------------------------------------


def sizes(reader: Readable) -> list[Size]:
    """All declared segments, by name."""
    counts: Mapping[str, int] = dict(
        reader.rows("select segment, count(*) from membership where member group by segment")
    )
    return [
        Size(name, counts.get(name, 0), state, looked_at)
        for name, state, looked_at in reader.rows(
            "select name, state, looked_at from segment order by name"
        )
    ]


def members(reader: Readable, segment: str, *, after: int = 0, limit: int = 50) -> list[Member]:
    """Members by their number, from the one behind `after` on."""
    return [
        Member(customer, since)
        for customer, since in reader.rows(
            "select customer, since from membership where segment = ? and member"
            " and customer > ? order by customer limit ?",
            (segment, after, limit),
        )
    ]


def changes(reader: Readable, segment: str, *, limit: int = 50) -> list[Change]:
    """The last joins and leaves, newest first."""
    return [
        Change(number, customer, bool(joined), bool(found), at)
        for number, customer, joined, found, at in reader.rows(
            "select id, customer, joined, found, at from membership_change where segment = ?"
            " order by id desc limit ?",
            (segment, limit),
        )
    ]


def moved_since(reader: Readable, at: Instant) -> dict[str, tuple[int, int]]:
    """By segment how many joined and how many left from `at` on, without those that were found."""
    found: dict[str, tuple[int, int]] = {}
    for segment, joined, count in reader.rows(
        "select segment, joined, count(*) from membership_change where at >= ? and not found"
        " group by segment, joined",
        (at,),
    ):
        joins, leaves = found.get(segment, (0, 0))
        found[segment] = (joins + count, leaves) if joined else (joins, leaves + count)
    return found
