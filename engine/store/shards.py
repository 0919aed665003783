"""Customers in 64 shards, so that several processes can work beside each other.

A customer's shard is their number modulo 64: numbers are given in turn, so shards are of a size.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from engine.store.dialects import MEMBERS, Numbers, members
from engine.store.writer import Transaction

SHARDS: Final = 64


def take(transaction: Transaction, count: int) -> list[int]:
    """Lock up to `count` shards that nobody holds, those first whose turn was longest ago. They are
    held until the transaction ends. PostgreSQL only.
    """
    return sorted(
        number
        for (number,) in transaction.rows(
            "update shard set turn = turn + 1 where number in (select number from shard"
            " order by turn, number limit ? for update skip locked) returning number",
            (count,),
        )
    )


def within(column: str, shards: Collection[int] | None) -> tuple[str, tuple[Numbers, ...]]:
    """A condition that a customer is in one of these shards (None: in any), and its values."""
    if shards is None:
        return "true", ()
    return f"{column} % {SHARDS} in {MEMBERS}", (members(shards),)
