"""What came back of messages, once for each mark."""

from __future__ import annotations

from typing import Final, NamedTuple

from engine.core.bounces import Kind
from engine.core.model import HOUR, Instant
from engine.store.connection import Row
from engine.store.counted import ALL
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


class Rates(NamedTuple):
    """Of one message: how often it was sent or tried for good, and what came back."""

    sent: int
    bounced: int
    complained: int


_NEVER: Final = 2**62
_BLAMING: Final = "('hard_bounce', 'soft_bounce', 'complained')"


def newest(rows: Rows) -> int:
    """The number of the newest row, 0 for none."""
    row = rows.row("select max(id) from feedback")
    return 0 if row is None or row[0] is None else int(row[0])


def blamed(rows: Rows, after: int) -> list[Row]:
    """Of which messages something came back since this row: flow, message, channel."""
    return rows.rows(
        f"select distinct flow, message, channel from feedback where id > ? and flow <> ''"
        f" and message <> '' and kind in {_BLAMING} order by flow, message, channel",
        (after,),
    )


def rates(rows: Rows, flow: str, message: str, channel: str, since: Instant) -> Rates:
    """What became of a message since a moment."""
    kinds: dict[str, int] = dict(
        rows.rows(
            "select kind, count(*) from feedback where flow = ? and message = ? and channel = ?"
            " and at >= ? group by kind",
            (flow, message, channel, since),
        )
    )
    bounced = kinds.get("hard_bounce", 0) + kinds.get("soft_bounce", 0)
    sent = _sent(rows, flow, message, channel, since)
    return Rates(sent, bounced, kinds.get("complained", 0))


def _sent(rows: Rows, flow: str, message: str, channel: str, since: Instant) -> int:
    """Of whole hours as the figures have them, and what they have not: the rest of the hour in
    which it begins, and what was done since they were counted last. So no more is read than one
    flow's hours and an hour or two of messages, however many were sent.
    """
    number = rows.row("select id from flow where name = ?", (flow,))
    settled = rows.row("select position from cursor where name = ?", (ALL,))
    if number is None:
        return 0
    first = -(-since // HOUR) * HOUR
    counted = max(first, int(settled[0])) if settled is not None else first
    whole = rows.row(
        "select coalesce(sum(count), 0) from figure where flow = ? and hour >= ? and hour < ?"
        " and kind in ('sent', 'unknown', 'undelivered') and message = ? and channel = ?",
        (number[0], first, counted, message, channel),
    )
    rest = [
        rows.row(
            "select count(*) from intent where done_at is not null and done_at >= ?"
            " and done_at < ? and flow = ? and message = ? and channel = ? and recipient = 0"
            " and state in ('sent', 'unknown', 'failed')",
            (start, end, number[0], message, channel),
        )
        for start, end in ((since, first), (counted, _NEVER))
    ]
    return sum(int(row[0]) for row in (whole, *rest) if row is not None)
