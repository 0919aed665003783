"""Runs of a flow that somebody paused, resumed or stopped, a piece at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, members
from engine.store.rows import Rows
from engine.store.writer import Transaction


def awake(rows: Rows, flow: int, after: int, limit: int) -> list[int]:
    """The next runs of a flow that have a moment."""
    return [
        run
        for (run,) in rows.rows(
            "select id from run where id > ? and flow = ? and wake_at is not null"
            " and ended_at is null order by id limit ?",
            (after, flow, limit),
        )
    ]


def put_to_sleep(transaction: Transaction, runs: Collection[int]) -> None:
    """Keep the moments of runs, so that nobody looks for them in vain."""
    transaction.execute(
        f"update run set asleep_until = wake_at, wake_at = null where id in {MEMBERS}",
        (members(runs),),
    )


def asleep(rows: Rows, flow: int, after: int, limit: int) -> list[Row]:
    """The next runs of a flow that sleep: id, version, node, state, arrival, moment, memory."""
    return rows.rows(
        "select id, version, node, state, arrived_at, asleep_until, memory from run"
        " where id > ? and flow = ? and wake_at is null and asleep_until is not null"
        " and ended_at is null order by id limit ?",
        (after, flow, limit),
    )


def wake(transaction: Transaction, runs: Collection[int]) -> None:
    """Give runs that slept their moments back."""
    transaction.execute(
        f"update run set wake_at = asleep_until, asleep_until = null where id in {MEMBERS}",
        (members(runs),),
    )


def wake_at(transaction: Transaction, rows: Iterable[tuple[Instant, bytes, int]]) -> None:
    """Wake runs at another moment, with another memory: moment, memory, run."""
    transaction.executemany(
        "update run set wake_at = ?, asleep_until = null, memory = ? where id = ?", rows
    )


def stoppable(rows: Rows, flow: int, after: int, limit: int) -> list[Row]:
    """The next runs of a flow that are not over or have messages that were not taken over: id,
    version, node, newest row of history, whether it has not ended.
    """
    return rows.rows(
        "select id, version, node, history, ended_at is null from run"
        " where id > ? and flow = ? and (ended_at is null or unclaimed) order by id limit ?",
        (after, flow, limit),
    )


def claimed(transaction: Transaction, runs: Collection[int]) -> None:
    """Note that no message of these runs is to be taken over any more."""
    transaction.execute(f"update run set unclaimed = false where id in {MEMBERS}", (members(runs),))
