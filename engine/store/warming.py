"""The marketing mails that wait for their turn while a sender is young."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.core.model import Instant
from engine.store.dialects import TEXTS, text_in, texts
from engine.store.rows import Rows
from engine.store.writer import Transaction

# What a person asked for is neither held nor skipped; what was tried once has had its turn.
_FIRST_TIME: Final = (
    "state = 'ready' and due_at <= ? and counts and channel = 'email' and attempts = 0"
    f" and coalesce({text_in('detail', 'over')}, '') <> 'anyway'"
)
_ALL: Final = 2**62


def due(rows: Rows, now: Instant, most: int) -> int:
    """How many are due, counted up to `most`."""
    row = rows.row(
        f"select count(*) from (select 1 from intent where {_FIRST_TIME} limit ?) as counted",
        (now, most),
    )
    return 0 if row is None else int(row[0])


def hold(
    transaction: Transaction,
    now: Instant,
    keep: int,
    until: Instant,
    reason: str,
    acts: Iterable[str],
) -> int:
    """Hold all that is due until then, but for `keep` of them: those whose people did one of the
    `acts` last. How many are held.
    """
    return transaction.execute(
        "update intent set due_at = ?, reason = ? where (run, step, visit, recipient) in"
        " (select run, step, visit, recipient from"
        " (select run, step, visit, recipient, customer, due_at, priority,"
        " (select max(occurred_at) from event where event.customer = intent.customer"
        f" and event.name in {TEXTS}) as engaged"
        f" from intent where {_FIRST_TIME}) as waiting"
        " order by coalesce(engaged, 0) desc, priority desc, due_at, customer, run, step, visit"
        " limit ? offset ?)",
        (until, reason, texts(acts), now, _ALL, keep),
    )


def held(rows: Rows, reason: str) -> int:
    """How many wait with a reason that begins so."""
    row = rows.row(
        "select count(*) from intent where state = 'ready' and due_at > 0"
        " and reason >= ? and reason < ?",
        (reason, reason + "\U0010ffff"),
    )
    return 0 if row is None else int(row[0])
