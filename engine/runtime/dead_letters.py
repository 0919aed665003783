"""Dead letters: messages that failed for good, and events and runs that could not be applied.

They are seen here and tried again when a person says so, under the same key as before. Everything
is looked at again at the claim, so what was suppressed stays suppressed. What may have gone out
(`unknown`) is none of them: it is never sent again.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from engine.core.model import Instant
from engine.store import audit, failures, intents, pending, runs
from engine.store.audit import Act
from engine.store.rows import Rows
from engine.store.states import RECIPIENTS
from engine.store.writer import Transaction

MOST: Final = 1_000


class Retried(NamedTuple):
    """How many messages, events and runs are tried again."""

    messages: int
    events: int
    runs: int


def dead_letters(rows: Rows, customer: int | None = None) -> list[dict[str, Any]]:
    """The newest of each kind, of all customers or of one."""
    found = [
        {
            "kind": "message",
            "customer": row[0],
            "what": f"{row[1]} {row[2]} ({row[3]}:{row[4]}:{row[5]}:{RECIPIENTS[row[6]]})",
            "at": row[7],
            "reason": row[8],
        }
        for row in intents.failed(rows, MOST, customer)
    ]
    for one, event, run, at, reason in failures.newest(rows, MOST, customer):
        kind, number = ("event", event) if event is not None else ("run", run)
        what = "" if number is None else f"{kind} {number}"
        found.append({"kind": kind, "customer": one, "what": what, "at": at, "reason": reason})
    return found


def retry(transaction: Transaction, now: Instant, who: str, customer: int | None = None) -> Retried:
    """Try all dead letters (of one customer) again, from the first attempt on."""
    messages = intents.retry(transaction, now, customer)
    rows = failures.retriable(transaction, customer)
    events = pending.again(transaction, {event for _, event, _ in rows if event is not None})
    resumed = runs.unpark(transaction, {run for _, _, run in rows if run is not None}, now)
    failures.forget(transaction, [row[0] for row in rows])
    done = Retried(messages, events, resumed)
    audit.note(transaction, Act(now, who, "retry", {"customer": customer, **done._asdict()}))
    return done
