"""What waits for the end of quiet hours: runs at a send, and messages at their claim."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, members
from engine.store.intents import before
from engine.store.rows import Rows
from engine.store.states import STATE_NUMBERS
from engine.store.writer import Transaction

_HELD: Final = STATE_NUMBERS["held"]


def runs(rows: Rows) -> list[Row]:
    """Who is held at a send: run, flow, the customer's zone."""
    return rows.rows(
        "select r.id, r.flow, c.zone from run r join customer c on c.id = r.customer"
        f" where r.state = {_HELD} and r.ended_at is null"
    )


def runs_until(transaction: Transaction, some: Collection[int], until: Instant) -> None:
    """Let runs be held until a moment, those of a paused flow, too."""
    transaction.execute(
        "update run set wake_at = case when wake_at is null then null else ? end,"
        " asleep_until = case when asleep_until is null then null else ? end"
        f" where id in {MEMBERS} and state = {_HELD} and ended_at is null",
        (until, until, members(sorted(some))),
    )


def messages(rows: Rows, now: Instant) -> list[Row]:
    """What was never attempted and is not due yet: key, flow, the customer's zone."""
    found: list[Row] = []
    for state in before("skipped"):  # each has an index of its own
        found += rows.rows(
            "select i.run, i.step, i.visit, i.recipient, i.flow, c.zone from intent i"
            " join customer c on c.id = i.customer"
            f" where i.state = '{state}' and i.attempts = 0 and i.due_at > ?",
            (now,),
        )
    return found


def messages_until(transaction: Transaction, keys: Iterable[Row], until: Instant) -> None:
    """Look at these again at a moment."""
    transaction.executemany(
        "update intent set due_at = ? where run = ? and step = ? and visit = ? and recipient = ?",
        [(until, *key) for key in keys],
    )
