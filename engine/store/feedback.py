"""What came back of messages, once for each mark."""

from __future__ import annotations

from typing import NamedTuple

from engine.core.bounces import Kind
from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import Digest
from engine.store.rows import Rows
from engine.store.tables import NOBODY
from engine.store.writer import Transaction


class Came(NamedTuple):
    """A row. `hash` is that of the address, None where nobody knows it."""

    mark: str
    at: Instant
    kind: Kind
    channel: str
    hash: Digest | None
    customer: int = NOBODY
    flow: str = ""
    message: str = ""
    run: int = 0
    step: str = ""
    source: str = ""
    reason: str = ""


def add(transaction: Transaction, came: Came) -> bool:
    """Keep it; False where its mark is known already, and nothing has changed."""
    *row, source, reason = came
    return bool(
        transaction.execute(
            "insert into feedback (mark, at, kind, channel, hash, customer, flow, message, run,"
            " step, counts, source, reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " on conflict (mark) do nothing",
            (*row, came.kind == "soft_bounce", source, reason),
        )
    )


def is_known(rows: Rows, mark: str) -> bool:
    return rows.row("select 1 from feedback where mark = ?", (mark,)) is not None


def soft(rows: Rows, channel: str, digest: Digest) -> list[Instant]:
    """The moments of an address's soft bounces since something was last delivered."""
    return [
        at
        for (at,) in rows.rows(
            "select at from feedback where hash = ? and channel = ? and counts", (digest, channel)
        )
    ]


def forgive(transaction: Transaction, channel: str, digest: Digest, until: Instant) -> None:
    """Something was delivered at that moment: soft bounces before it count no more."""
    transaction.execute(
        "update feedback set counts = false where hash = ? and channel = ? and counts and at <= ?",
        (digest, channel, until),
    )


def messages_of(rows: Rows, run: int) -> list[Row]:
    """What went to the customer of a run: step, visit, customer, flow, channel, message."""
    return rows.rows(
        "select i.step, i.visit, i.customer, f.name, i.channel, i.message from intent i"
        " join flow f on f.id = i.flow where i.run = ? and i.recipient = 0",
        (run,),
    )
