"""Intents: what is to be done outside, and how far each has come.

The only file that writes an intent's state. `MOVES` is the whole table; what it does not allow
raises and changes nothing. An outcome may be written a second time, where nobody answered whether
the first commit stood: to stay in a state is no move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal, NamedTuple

import orjson

from engine.core.model import Instant, Intent, Properties
from engine.store import figure_marks
from engine.store.connection import Row
from engine.store.coupons import OUT_OF_CODES
from engine.store.dialects import MEMBERS, TEXTS, Numbers, texts
from engine.store.rows import Rows
from engine.store.states import RECIPIENT_NUMBERS, FlowNumbers
from engine.store.writer import Transaction

State = Literal["ready", "paused", "claimed", "sent", "failed", "unknown", "skipped"]

Settled = Literal["sent", "failed", "unknown"]
"""What an attempt can end in."""

MOVES: Final[Mapping[State, frozenset[State]]] = {
    # Taken over by the sender; decided against; put aside while its flow is paused.
    "ready": frozenset({"claimed", "skipped", "paused"}),
    # Its flow goes on, or nothing comes of it any more.
    "paused": frozenset({"ready", "skipped"}),
    # One of the outcomes; ready again where the other side certainly did not take it.
    "claimed": frozenset({"ready", "sent", "failed", "unknown"}),
    # A person said so: under the same key, so nothing goes out twice.
    "failed": frozenset({"ready"}),
    "sent": frozenset(),
    "unknown": frozenset(),
    # A person said so, of what found no coupon code in time.
    "skipped": frozenset({"ready"}),
}
"""From each state those that it can become."""

_THIS: Final = "run = ? and step = ? and visit = ? and recipient = ?"
_NEW: Final = (
    "insert into intent (run, step, visit, recipient, customer, flow, version, channel, message,"
    " made_at, due_at, priority, counts, detail, state, attempts, reason, provider_id)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# Bound and not written out: so PostgreSQL takes many rows as one COPY (decision 42).
_READY: Final = ("ready", 0, "", "")
_COLUMNS: Final = (
    "run, step, visit, recipient, customer, flow, version, channel, message, made_at, due_at,"
    " priority, counts, attempts, detail"
)


class Key(NamedTuple):
    """Of an intent; `recipient` as `RECIPIENT_NUMBERS` says."""

    run: int
    step: str
    visit: int
    recipient: int


class IllegalMoveError(Exception):
    """An intent is not in a state from which it could become that."""


def before(to: State) -> tuple[State, ...]:
    """The states that can become `to`, in the order of the table."""
    return tuple(state for state, next_ones in MOVES.items() if to in next_ones)


def _waiting(to: State) -> str:
    """SQL: in a state that can become `to`."""
    return "state in (" + ", ".join(f"'{state}'" for state in before(to)) + ")"


def _only(state: State, to: State) -> str:
    """SQL: in this state, from which `to` must be allowed."""
    if to not in MOVES[state]:
        raise IllegalMoveError(f"{state} cannot become {to}")
    return f"state = '{state}'"


def _move(
    transaction: Transaction,
    key: Row,
    to: State,
    columns: str = "",
    values: tuple[object, ...] = (),
) -> None:
    """Move one intent, setting more `columns` (from a comma on). Raises IllegalMoveError."""
    states = ", ".join(f"'{state}'" for state in (*before(to), to))
    moved = transaction.execute(
        f"update intent set state = '{to}'{columns} where {_THIS} and state in ({states})",
        (*values, *key),
    )
    if not moved:
        row = transaction.row(f"select state from intent where {_THIS}", tuple(key))
        raise IllegalMoveError(
            f"intent {':'.join(map(str, key))} is {row[0] if row else 'not there'}"
            f" and cannot become {to}"
        )


# --- made and withdrawn by a batch ---------------------------------------------------------


def write(
    transaction: Transaction, intents: Iterable[Intent], flows: FlowNumbers, now: Instant
) -> None:
    """Write what a batch wants to be sent, sorted by key."""
    rows = [
        (
            intent.run,
            intent.step,
            intent.visit,
            RECIPIENT_NUMBERS[intent.recipient],
            intent.customer,
            flows.number(transaction, intent.flow),
            intent.version,
            intent.channel,
            intent.message,
            now,
            intent.ready_at,
            intent.priority,
            intent.recipient == "customer" and not intent.transactional,
            detail(intent.payload, intent.staff, intent.to, intent.order, intent.over),
            *_READY,
        )
        for intent in intents
    ]
    if rows:
        rows.sort(key=lambda row: row[:4])
        transaction.executemany(_NEW, rows)


def detail(
    payload: Properties,
    staff: str | None,
    to: str | None,
    order: int,
    over: Instant | str | None = None,
) -> bytes:
    """What an intent keeps beside its columns."""
    kept = {"payload": payload, "staff": staff, "to": to, "order": order}
    return orjson.dumps(kept if over is None else {**kept, "over": over})


def of_call(payload: Properties, order: int) -> bytes:
    """The same for a webhook call."""
    return detail(payload, None, None, order)


def order_of(row: Row) -> int:
    """Which of the things that its run decided on a row of `ready` is: the first is 1."""
    kept = orjson.loads(row[14]) if row[14] else {}
    return int(kept.get("order") or 0)


def add(transaction: Transaction, rows: Iterable[tuple[object, ...]]) -> None:
    """Write intents that are rows already: run, step, visit, recipient, customer, flow, version,
    channel, message, made, due, priority, whether it counts, detail.
    """
    transaction.executemany(_NEW, [(*row, *_READY) for row in rows])


def withdraw(transaction: Transaction, rows: Iterable[tuple[Instant, str, int]]) -> None:
    """Skip what has not left of runs: when, why, run."""
    transaction.executemany(
        "update intent set state = 'skipped', done_at = ?, reason = ?"
        f" where run = ? and {_waiting('skipped')}",
        rows,
    )


def doubled(rows: Rows, one: int, other: int) -> list[Row]:
    """What has not left of either customer and stands for the same message of the same flow, step,
    visit and run key: the intent's key and its run's entry, the other's run and entry.
    """
    waiting = " and ".join(f"{name}.{_waiting('skipped')}" for name in ("a", "b"))
    return rows.rows(
        "select a.run, a.step, a.visit, a.recipient, ra.entered_at, b.run, rb.entered_at"
        " from intent a join intent b on a.flow = b.flow and a.step = b.step"
        " and a.visit = b.visit and a.recipient = b.recipient"
        " join run ra on ra.id = a.run join run rb on rb.id = b.run and rb.key = ra.key"
        " where ((a.customer = ? and b.customer = ?) or (a.customer = ? and b.customer = ?))"
        f" and {waiting} order by a.run, a.step, a.visit, a.recipient",
        (one, other, other, one),
    )


# --- the sender's turn ---------------------------------------------------------------------


def ready(
    rows: Rows,
    now: Instant,
    limit: int,
    without: Collection[str] = (),
    after: Row | None = None,
    *,
    marketing: bool = True,
) -> list[Row]:
    """What is due longest, each customer's of one moment together: key, customer, flow, version,
    channel, message, made, due, priority, whether it counts, attempts, detail. Nothing of
    the channels `without`, and only what comes after the row `after`. Without `marketing` only
    what counts against no limit.
    """
    more = "" if marketing else " and not counts"
    values: list[object] = [now]
    if without:
        more += f" and channel not in {TEXTS}"
        values.append(texts(without))
    if after is not None:
        more += (
            " and due_at >= ?"
            " and (due_at, customer, run, step, visit, recipient) > (?, ?, ?, ?, ?, ?)"
        )
        values += [after[10], after[10], after[4], *after[:4]]
    return rows.rows(
        f"select {_COLUMNS} from intent where state = 'ready' and due_at <= ?{more}"
        " order by due_at, customer, run, step, visit, recipient limit ?",
        (*values, limit),
    )


def claim(transaction: Transaction, key: Row, now: Instant, attempt: int) -> None:
    """It is ours to deliver, for the `attempt`th time."""
    _move(transaction, key, "claimed", ", claimed_at = ?, attempts = ?", (now, attempt))


def wait_for(transaction: Transaction, key: Row, until: Instant, reason: str) -> None:
    """Look at it again later, at the latest; it stays ready, and says what it waits for."""
    transaction.execute(
        f"update intent set due_at = ?, reason = ? where {_THIS}", (until, reason, *key)
    )


def hold(transaction: Transaction, key: Row, until: Instant) -> None:
    """Look at it again later; it stays ready."""
    transaction.execute(f"update intent set due_at = ? where {_THIS}", (until, *key))


def put_aside(transaction: Transaction, key: Row) -> None:
    """Until its flow is resumed nobody looks at it again."""
    _move(transaction, key, "paused")


def skip(transaction: Transaction, key: Row, reason: str, now: Instant) -> None:
    _move(transaction, key, "skipped", ", done_at = ?, reason = ?", (now, reason))


def again(transaction: Transaction, key: Row, due: Instant, reason: str) -> None:
    """The other side certainly did not take it: another attempt, later."""
    _move(transaction, key, "ready", ", due_at = ?, reason = ?", (due, reason))


def settle(
    transaction: Transaction,
    key: Row,
    state: Settled,
    now: Instant,
    reason: str,
    provider_id: str,
) -> None:
    """What became of it."""
    _move(
        transaction, key, state, ", done_at = ?, reason = ?, provider_id = ?",
        (now, reason, provider_id),
    )  # fmt: skip


def give_back(transaction: Transaction, key: Row, attempts: int) -> None:
    """Nobody outside has heard of it: ready again after so many `attempts`, as if it had not been
    claimed.
    """
    _move(transaction, key, "ready", ", claimed_at = null, attempts = ?", (attempts,))


def on_their_way(rows: Rows) -> list[Row]:
    """What is claimed: the columns of `ready`, and when it was claimed."""
    return rows.rows(
        f"select {_COLUMNS}, claimed_at from intent where state = 'claimed' and claimed_at > 0"
    )


# --- of a flow, of a person ----------------------------------------------------------------


def resume(transaction: Transaction, flow: int) -> None:
    """What was put aside is looked at again."""
    transaction.execute(
        f"update intent set state = 'ready' where {_only('paused', 'ready')} and flow = ?", (flow,)
    )


def stop(transaction: Transaction, flow: int, reason: str, now: Instant) -> None:
    """Skip all of a flow that has not left."""
    for state in before("skipped"):  # each has an index of its own
        transaction.execute(
            "update intent set state = 'skipped', done_at = ?, reason = ?"
            f" where {_only(state, 'skipped')} and flow = ?",
            (now, reason, flow),
        )


def forget(transaction: Transaction, customers: Numbers, reason: str, now: Instant) -> None:
    """Skip what has not left for customers, and keep nothing of what any of it said."""
    transaction.execute(
        "update intent set state = 'skipped', done_at = ?, reason = ?"
        f" where customer in {MEMBERS} and {_waiting('skipped')}",
        (now, reason, customers),
    )
    transaction.execute(
        "update intent set detail = null, provider_id = '',"
        f" reason = case when reason = '' then '' else ? end where customer in {MEMBERS}",
        (reason, customers),
    )


def retry(transaction: Transaction, now: Instant, customer: int | None = None) -> int:
    """Try what failed (for one customer) again, from the first attempt on; how many. So what found
    no coupon code in time: its time begins anew.
    """
    whose, values = ("", ()) if customer is None else (" and customer = ?", (customer,))
    lacking = f"{_only('skipped', 'ready')} and reason = ?{whose}"
    reached = (OUT_OF_CODES, *values)
    figure_marks.of_intents(transaction, lacking, reached)
    figure_marks.of_intents(transaction, f"{_only('failed', 'ready')}{whose}", values)
    transaction.execute(
        f"update run set unclaimed = true where id in (select run from intent where {lacking})",
        reached,
    )
    again = transaction.execute(
        "update intent set state = 'ready', attempts = 0, due_at = ?, made_at = ?, done_at = null,"
        f" reason = '' where {lacking}",
        (now, now, *reached),
    )
    return again + transaction.execute(
        "update intent set state = 'ready', attempts = 0, due_at = ?, done_at = null, reason = ''"
        f" where {_only('failed', 'ready')}{whose}",
        (now, *values),
    )


def of_run(rows: Rows, run: int) -> list[Row]:
    """All that a run decided: step, visit, recipient, state, attempts, detail."""
    return rows.rows(
        "select step, visit, recipient, state, attempts, detail from intent where run = ?", (run,)
    )


def failed(rows: Rows, limit: int, customer: int | None = None) -> list[Row]:
    """The newest that failed, or found no coupon code in time: customer, channel, message, key,
    when, why.
    """
    whose, values = ("", ()) if customer is None else (" and customer = ?", (customer,))
    return rows.rows(
        "select customer, channel, message, run, step, visit, recipient, done_at, reason"
        " from intent where (state = 'failed' or (state = 'skipped' and reason = ?))"
        f"{whose} order by done_at desc, run desc, step, visit, recipient limit {limit}",
        (OUT_OF_CODES, *values),
    )


def waiting_count(rows: Rows) -> int:
    """How many are decided and have not gone out."""
    row = rows.row("select count(*) from intent where state in ('ready', 'paused')")
    return int(row[0]) if row is not None else 0
