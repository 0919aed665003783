"""Dead letters: messages that failed for good, and events and runs that could not be applied.

They are seen here and tried again when a person says so, under the same key as before. Everything
is looked at again at the claim, so what was suppressed stays suppressed. What may have gone out
(`unknown`) is none of them: it is never sent again.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, Protocol

import orjson

from engine.core.model import Instant
from engine.store.dialects import MEMBERS, members
from engine.store.states import RECIPIENTS
from engine.store.writer import Row, Transaction

MOST: Final = 1_000


class Readable(Protocol):
    """A transaction or a reader."""

    def rows(self, sql: str, values: tuple[object, ...] = ...) -> list[Row]: ...


class Retried(NamedTuple):
    """How many messages, events and runs are tried again."""

    messages: int
    events: int
    runs: int


def dead_letters(store: Readable, customer: int | None = None) -> list[dict[str, Any]]:
    """The newest of each kind, of all customers or of one."""
    whose, values = ("", ()) if customer is None else (" and customer = ?", (customer,))
    found = [
        {
            "kind": "message",
            "customer": row[0],
            "what": f"{row[1]} {row[2]} ({row[3]}:{row[4]}:{row[5]}:{RECIPIENTS[row[6]]})",
            "at": row[7],
            "reason": row[8],
        }
        for row in store.rows(
            "select customer, channel, message, run, step, visit, recipient, done_at, reason"
            f" from intent where state = 'failed'{whose}"
            f" order by done_at desc, run desc, step, visit, recipient limit {MOST}",
            values,
        )
    ]
    for one, event, run, at, reason in store.rows(
        f"select customer, event, run, at, reason from failure where 1 = 1{whose}"
        f" order by id desc limit {MOST}",
        values,
    ):
        kind, number = ("event", event) if event is not None else ("run", run)
        what = "" if number is None else f"{kind} {number}"
        found.append({"kind": kind, "customer": one, "what": what, "at": at, "reason": reason})
    return found


def retry(transaction: Transaction, now: Instant, who: str, customer: int | None = None) -> Retried:
    """Try all dead letters (of one customer) again, from the first attempt on."""
    whose, values = ("", ()) if customer is None else (" and customer = ?", (customer,))
    messages = transaction.execute(
        f"update intent set state = 'ready', attempts = 0, due_at = ?, done_at = null, reason = ''"
        f" where state = 'failed'{whose}",
        (now, *values),
    )
    rows = transaction.rows(
        f"select id, event, run from failure where (event is not null or run is not null){whose}"
        " order by id",
        values,
    )
    events = transaction.execute(
        "insert into pending (id, customer) select id, customer from event"
        f" where id in {MEMBERS} on conflict (id) do nothing",
        (members(sorted({event for _, event, _ in rows if event is not None})),),
    )
    runs = transaction.execute(
        "update run set wake_at = ? where ended_at is null and wake_at is null"
        f" and asleep_until is null and id in {MEMBERS}",
        (now, members(sorted({run for _, _, run in rows if run is not None}))),
    )
    transaction.execute(
        f"delete from failure where id in {MEMBERS}", (members([row[0] for row in rows]),)
    )
    done = Retried(messages, events, runs)
    transaction.execute(
        "insert into audit (at, who, act, detail) values (?, ?, 'retry', ?)",
        (now, who, orjson.dumps({"customer": customer, **done._asdict()})),
    )
    return done
