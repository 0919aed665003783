"""Flows that somebody paused or stopped."""

from __future__ import annotations

from engine.core.model import Instant
from engine.store import generations
from engine.store.rows import Rows
from engine.store.writer import Transaction


def read(rows: Rows) -> dict[str, str]:
    """By flow "paused" or "stopped"."""
    return dict(rows.rows("select flow, state from flow_hold order by flow"))


def hold(transaction: Transaction, flow: str, state: str, at: Instant, who: str) -> None:
    transaction.execute(
        "insert into flow_hold (flow, state, at, who) values (?, ?, ?, ?)"
        " on conflict (flow) do update set state = excluded.state, at = excluded.at,"
        " who = excluded.who",
        (flow, state, at, who),
    )
    generations.begin_next(transaction)


def lift(transaction: Transaction, flow: str) -> None:
    """Nobody holds the flow any more."""
    transaction.execute("delete from flow_hold where flow = ?", (flow,))
    generations.begin_next(transaction)
