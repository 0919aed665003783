"""Runs of a flow that somebody paused, resumed or stopped, a piece at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, members
from engine.store.rows import Rows
from engine.store.states import STATE_NUMBERS
from engine.store.writer import Transaction

_HELD: Final = STATE_NUMBERS["held"]


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


def zones_held(rows: Rows, flow: int) -> set[str]:
    """The zones of who is held at a send of a flow; "" for who has none."""
    found = rows.rows(
        "select distinct coalesce(c.zone, '') from run r join customer c on c.id = r.customer"
        f" where r.flow = ? and r.state = {_HELD} and r.ended_at is null",
        (flow,),
    )
    return {zone for (zone,) in found}


def hold_until(transaction: Transaction, flow: int, zone: str, until: Instant) -> None:
    """Let those of a zone who are held at a send of a flow be held until a moment."""
    transaction.execute(
        "update run set wake_at = case when wake_at is null then null else ? end,"
        " asleep_until = case when asleep_until is null then null else ? end"
        f" where flow = ? and state = {_HELD} and ended_at is null"
        " and customer in (select id from customer where coalesce(zone, '') = ?)",
        (until, until, flow, zone),
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
