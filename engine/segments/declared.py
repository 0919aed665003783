"""The declared segments: which of them are new or edited, who is inside, who came and went."""

from __future__ import annotations

import hashlib
from typing import Literal, NamedTuple

from dsl import tree
from engine.core.deployment import Deployment
from engine.core.model import Instant
from engine.store import customers
from engine.store import segments as memberships
from engine.store.rows import Rows
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
    known = memberships.declared(transaction)
    nobody = customers.is_empty(transaction)
    unsettled = set()
    for name in deployment.blocks:
        digest = _hash(deployment, name)
        before, state = known.pop(name, ("", "new"))
        if before != digest:
            state = "settled" if nobody else "new" if state == "new" else "edited"
            memberships.declare(transaction, name, digest, state, now)
        if state != "settled":
            unsettled.add(name)
    memberships.forget(transaction, known)
    return frozenset(unsettled)


def unsettled(rows: Rows, deployment: Deployment) -> frozenset[str]:
    """What `declare` gave to the process that noted the declarations."""
    known = memberships.declared(rows)
    return frozenset(
        name for name in deployment.blocks if known.get(name, ("", "new"))[1] != "settled"
    )


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


def sizes(reader: Rows) -> list[Size]:
    """All declared segments, by name."""
    counts = memberships.sizes(reader)
    return [
        Size(name, counts.get(name, 0), state, looked_at)
        for name, state, looked_at in memberships.looks(reader)
    ]


def members(reader: Rows, segment: str, *, after: int = 0, limit: int = 50) -> list[Member]:
    """Members by their number, from the one behind `after` on."""
    return [
        Member(customer, since)
        for customer, since in memberships.members(reader, segment, after, limit)
    ]


def changes(reader: Rows, segment: str, *, limit: int = 50) -> list[Change]:
    """The last joins and leaves, newest first."""
    return [
        Change(number, customer, bool(joined), bool(found), at)
        for number, customer, joined, found, at in memberships.changes(reader, segment, limit)
    ]


def moved_since(reader: Rows, at: Instant) -> dict[str, tuple[int, int]]:
    """By segment how many joined and how many left from `at` on, without those that were found."""
    found: dict[str, tuple[int, int]] = {}
    for segment, joined, count in memberships.changes_since(reader, at):
        joins, leaves = found.get(segment, (0, 0))
        found[segment] = (joins + count, leaves) if joined else (joins, leaves + count)
    return found
