"""Runs and their history. Nobody else writes a run's state; whatever ends one does it by `end`.

A run that ended is moved by nothing: no moment wakes it, and none is kept for it either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

import orjson

from engine.core.changes import Changes
from engine.core.machine.state import ended_by
from engine.core.model import EndKind, History, Instant, Run
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, Numbers, members
from engine.store.rows import Rows
from engine.store.shards import within
from engine.store.states import STATE_NUMBERS, FlowNumbers
from engine.store.writer import Transaction

ENDED: Final = STATE_NUMBERS["ended"]

RUNS_OF: Final = (
    f"select id from run where customer in {MEMBERS} and ended_at is null"
    f" union all select id from run where customer in {MEMBERS} and ended_at is not null"
)
"""The ids of all runs of customers, who are given twice: each half of the runs has an index by
customer, the whole has none.
"""

NEW = (
    "insert into run (id, customer, flow, version, key, state, node, entered_at, arrived_at,"
    " wake_at, goal_until, goal_at, unclaimed, ended_at, end_kind, end_reason, history, memory)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# A statement that does not name `ended_at` leaves the indexes alone that depend on it: those are
# scattered over customers, and touching them costs more than all the rest of the row.
_MOVED = (
    "update run set version = ?, state = ?, node = ?, arrived_at = ?, wake_at = ?, goal_until = ?,"
    " goal_at = ?, unclaimed = ?, history = ?, memory = ? where id = ?"
)
_LEFT = (
    "update run set version = ?, state = ?, node = ?, arrived_at = ?, wake_at = ?, goal_until = ?,"
    " goal_at = ?, unclaimed = ?, history = ?, memory = ?, asleep_until = null, ended_at = ?,"
    " end_kind = ?, end_reason = ? where id = ?"
)
# The same for runs that were plain: nothing else of them has changed.
PLAIN_MOVED: Final = (
    "update run set state = 0, node = ?, arrived_at = ?, wake_at = ?, unclaimed = ?, history = ?,"
    " memory = ? where id = ?"
)
PLAIN_LEFT: Final = (
    f"update run set state = {ENDED}, node = ?, wake_at = null, unclaimed = ?, history = ?,"
    " memory = ?, asleep_until = null, ended_at = ?, end_kind = ?, end_reason = ? where id = ?"
)
HISTORY = (
    "insert into step_history (id, run, previous, node, at, outcome, detail, until_at)"
    " values (?, ?, ?, ?, ?, ?, ?, ?)"
)


class Ending(NamedTuple):
    """A run that ends at a step. `head` is the newest row of its history."""

    run: int
    head: int | None
    node: str
    at: Instant
    kind: EndKind
    reason: str = ""


# --- what the machine decided --------------------------------------------------------------


def note(
    transaction: Transaction, history: Sequence[History], heads: dict[int, int | None]
) -> None:
    """Append to the history of runs; `heads`, the newest row of each, follow."""
    numbers = transaction.numbers("step_history", len(history)) if history else range(0)
    rows = []
    for number, (run, at, node, outcome, detail, until) in zip(numbers, history, strict=True):
        rows.append((number, run, heads.get(run), node, at, outcome, detail, until))
        heads[run] = number
    transaction.executemany(HISTORY, rows)


def write(
    transaction: Transaction, changes: Changes, heads: dict[int, int | None], flows: FlowNumbers
) -> None:
    """Write the runs that a batch began, moved and ended, with their history."""
    note(transaction, changes.history, heads)
    dumps = orjson.dumps
    entered = {run.id for run in changes.entered}
    moved, ended = [], []
    for number, run in sorted(changes.changed.items()):
        if number in entered:
            continue
        row = (
            run.version,
            STATE_NUMBERS[run.state],
            run.node,
            run.arrived_at,
            _wake(run),
            run.goal_until,
            run.goal_at,
            run.unclaimed,
            heads.get(number),
            dumps(run.memory),
        )
        if run.ended_at is None:
            moved.append((*row, number))
        else:
            ended.append((*row, run.ended_at, run.end_kind, run.end_reason or None, number))
    # What ended goes first: the same happening may end a run and begin the next of the same key.
    transaction.executemany(_LEFT, ended)
    transaction.executemany(
        NEW,
        [
            (
                run.id,
                run.customer,
                flows.number(transaction, run.flow),
                run.version,
                run.key,
                STATE_NUMBERS[run.state],
                run.node,
                run.entered_at,
                run.arrived_at,
                _wake(run),
                run.goal_until,
                run.goal_at,
                run.unclaimed,
                run.ended_at,
                run.end_kind,
                run.end_reason or None,
                heads.get(run.id),
                dumps(run.memory),
            )
            for run in changes.entered
        ],
    )
    transaction.executemany(_MOVED, moved)


def _wake(run: Run) -> Instant | None:
    return run.wake_at if run.ended_at is None else None


# --- ends from outside ---------------------------------------------------------------------


def end(
    transaction: Transaction,
    endings: Iterable[Ending],
    *,
    unclaimed: bool = False,
    goals: bool = True,
) -> None:
    """End runs that no machine ends: whoever stops a flow, moves people out of it, merges or
    erases them. `unclaimed` lets messages that were not taken over go out all the same, `goals`
    lets a goal be reached later.
    """
    ended = list(endings)
    heads: dict[int, int | None] = {one.run: one.head for one in ended}
    note(
        transaction,
        [
            History(one.run, one.at, one.node, "ended", ended_by(one.kind, one.reason))
            for one in ended
        ],
        heads,
    )
    more = ("" if unclaimed else " unclaimed = false,") + ("" if goals else " goal_until = null,")
    transaction.executemany(
        f"update run set history = ?, state = {ENDED}, wake_at = null, asleep_until = null,{more}"
        " ended_at = ?, end_kind = ?, end_reason = ? where id = ?",
        [(heads[one.run], one.at, one.kind, one.reason or None, one.run) for one in ended],
    )


def of_customers(rows: Rows, customers: Numbers) -> list[Row]:
    """The runs of customers that have not ended: id, newest row of history, its node."""
    return rows.rows(
        "select run.id, run.history, step_history.node from run"
        " join step_history on step_history.id = run.history"
        f" where run.customer in {MEMBERS} and ended_at is null order by run.id",
        (customers,),
    )


def forget(transaction: Transaction, customers: Numbers) -> None:
    """What a run remembers is what the person did: order numbers, products, words."""
    transaction.execute(
        "update run set memory = ?, unclaimed = false, goal_until = null, key = ''"
        f" where id in ({RUNS_OF})",
        (b"{}", customers, customers),
    )


def doubled(rows: Rows, one: int, other: int) -> list[Row]:
    """Runs of the same flow and key that two customers are both in: id and entry of each."""
    return rows.rows(
        "select a.id, a.entered_at, b.id, b.entered_at from run a join run b"
        " on a.flow = b.flow and a.key = b.key"
        " where a.customer = ? and b.customer = ? and a.ended_at is null and b.ended_at is null",
        (one, other),
    )


def movable(rows: Rows, customer: int) -> list[Row]:
    """The runs that what happened may still end, move or reward: id and entry of each."""
    return rows.rows(
        "select id, entered_at from run where customer = ? and ended_at is null"
        " union all select id, entered_at from run where customer = ? and ended_at is not null"
        " and (unclaimed or (goal_at is null and goal_until is not null))",
        (customer, customer),
    )


def hand_over(transaction: Transaction, customer: int, before: int) -> None:
    """Give somebody's runs to another, with the goals that they reached."""
    # Goals have no index over customers, runs only two partial ones: hence by run, and twice.
    for ended in ("is null", "is not null"):
        theirs = f"customer = ? and ended_at {ended}"
        transaction.execute(
            f"update goal set customer = ? where run in (select id from run where {theirs})",
            (customer, before),
        )
        transaction.execute(f"update run set customer = ? where {theirs}", (customer, before))


def head(rows: Rows, run: int) -> tuple[int | None, str]:
    """The newest row of a run's history, and the node that it is about."""
    row = rows.row(
        "select h.id, h.node from step_history h where h.id ="
        " (select history from run where run.id = ?)",
        (run,),
    )
    return (None, "entry") if row is None else (row[0], row[1])


# --- whose turn it is ----------------------------------------------------------------------


def due(
    rows: Rows,
    now: Instant,
    limit: int,
    held: Collection[int],
    shards: Collection[int] | None = None,
) -> list[Row]:
    """The runs that are due longest, of customers of these shards: customer, run. Without those of
    the flows that are held: these have no moment, but for those that are being put to sleep.
    """
    where, values = within("customer", shards)
    if not held:
        return rows.rows(
            f"select customer, id from run where wake_at <= ? and {where} order by wake_at limit ?",
            (now, *values, limit),
        )
    return rows.rows(
        f"select customer, id from run where wake_at <= ? and flow not in {MEMBERS} and {where}"
        " order by wake_at limit ?",
        (now, members(held), *values, limit),
    )


def due_of(rows: Rows, customer: int, now: Instant) -> list[int]:
    """The runs of one customer that are due, in their order."""
    return [
        run
        for (run,) in rows.rows(
            "select id from run where customer = ? and wake_at <= ? order by wake_at, id",
            (customer, now),
        )
    ]


def park(transaction: Transaction, run: int, head: int | None = None) -> None:
    """Let nothing wake a run until somebody says so; `head` is what was noted of it."""
    transaction.execute("update run set wake_at = null where id = ?", (run,))
    if head is not None:
        transaction.execute("update run set history = ? where id = ?", (head, run))


def unpark(transaction: Transaction, runs: Iterable[int], now: Instant) -> int:
    """Let runs that were parked go on; how many did. Those of a paused flow sleep on."""
    return transaction.execute(
        "update run set wake_at = ? where ended_at is null and wake_at is null"
        f" and asleep_until is null and id in {MEMBERS}",
        (now, members(sorted(runs))),
    )


def settle_claims(transaction: Transaction, runs: Iterable[int]) -> None:
    """Note of which runs no message may still go: each was sent, skipped, or nobody knows. What is
    on its way may come back, what failed may be tried again.
    """
    transaction.execute(
        f"update run set unclaimed = false where id in {MEMBERS} and unclaimed and not exists"
        " (select 1 from intent where intent.run = run.id"
        " and state in ('ready', 'paused', 'claimed', 'failed'))",
        (members(runs),),
    )


# --- a flow that has changed ----------------------------------------------------------------


def newest(rows: Rows) -> int:
    """The number of the run that was begun last, 0 for none."""
    row = rows.row("select coalesce(max(id), 0) from run")
    assert row is not None
    return int(row[0])


def to_move(rows: Rows, flow: int, after: int, last: int, version: int, limit: int) -> list[Row]:
    """The next runs of a flow, up to `last`, that are in another version: id, version, node, state,
    arrival, moment, moment asleep, goal's end, goal's moment, newest row of history, memory, entry,
    the customer's zone.
    """
    return rows.rows(
        "select r.id, r.version, r.node, r.state, r.arrived_at, r.wake_at, r.asleep_until,"
        " r.goal_until, r.goal_at, r.history, r.memory, r.entered_at, c.zone"
        " from run r left join customer c on c.id = r.customer"
        " where r.flow = ? and r.id > ? and r.id <= ? and r.ended_at is null and r.version <> ?"
        " order by r.id limit ?",
        (flow, after, last, version, limit),
    )


def keep_in_place(transaction: Transaction, rows: Iterable[Sequence[Any]]) -> None:
    """Runs in a new version where nothing else changes: history, version, node, run."""
    transaction.executemany("update run set history = ?, version = ?, node = ? where id = ?", rows)


def place(transaction: Transaction, rows: Iterable[Sequence[Any]]) -> None:
    """Runs at a place of a new version: history, version, node, state, arrival, moment, moment
    asleep, goal's end, memory, run.
    """
    transaction.executemany(
        "update run set history = ?, version = ?, node = ?, state = ?, arrived_at = ?,"
        " wake_at = ?, asleep_until = ?, goal_until = ?, memory = ? where id = ?",
        rows,
    )


def people_inside(rows: Rows) -> int:
    """How many customers are inside of any flow."""
    row = rows.row("select count(distinct customer) from run where ended_at is null")
    return int(row[0]) if row is not None else 0
