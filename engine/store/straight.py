"""Plain turns: what they look at, in as few statements as can be, and what they change.

They name runs by their ids and write them in that order: neighbours stand on the same page.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from engine.core.facts import Sent
from engine.core.model import DAY, Instant
from engine.store import intents
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, Numbers, members
from engine.store.runs import HISTORY, NEW, PLAIN_LEFT, PLAIN_MOVED
from engine.store.writer import Transaction

_PERSON: Final = "c.zone, c.properties, c.tags, c.scores"
# Asked for each row by itself: a join PostgreSQL would plan by what it knew of the table when it
# last looked through it, and read all runs for a few. For the same reason `due` writes what it asks
# of a run such that no index but that of its id answers.
_ALONE: Final = (
    "(select o.id from run o where o.customer = {} and o.ended_at is null{} limit 1) is null"
)


class Written(NamedTuple):
    """Rows to be written: of history, of runs that wait on, that ended, that are new, of intents.

    `moved`: node, arrival, moment, whether an intent may go, newest row of history, memory, run.
    `ended`: node, whether an intent may go, newest row, memory, when, kind, reason, run. `entered`
    and `history` have the columns of `runs.NEW` and `runs.HISTORY`, `intents` those of
    `intents.add`.
    """

    history: list[tuple[Any, ...]]
    moved: list[tuple[Any, ...]]
    ended: list[tuple[Any, ...]]
    entered: list[tuple[Any, ...]]
    intents: list[tuple[Any, ...]]


def due(transaction: Transaction, runs: Collection[int], since: Instant, now: Instant) -> list[Row]:
    """Those of these runs that wait, have been due since then at the earliest, and are all that
    their customers are in: id, customer, flow, version, node, whether an intent may go, newest row
    of history, entry, memory, the customer's zone, properties, tags and scores.
    """
    return transaction.rows(
        "select r.id, r.customer, r.flow, r.version, r.node, r.unclaimed, r.history, r.entered_at,"
        f" r.memory, {_PERSON} from run r join customer c on c.id = r.customer"
        f" where r.id in {MEMBERS} and r.state = 0 and coalesce(r.ended_at, 0) = 0"
        f" and r.wake_at + 0 between ? and ? and {_ALONE.format('r.customer', ' and o.id <> r.id')}"
        " order by r.id",
        (members(sorted(runs)), since, now),
    )


def outside(transaction: Transaction, customers: Collection[int]) -> list[Row]:
    """Those of these customers who are in no flow: id, zone, properties, tags, scores."""
    return transaction.rows(
        f"select c.id, {_PERSON} from customer c where c.id in {MEMBERS}"
        f" and {_ALONE.format('c.id', '')} order by c.id",
        (members(sorted(customers)),),
    )


def consents(transaction: Transaction, customers: Numbers) -> list[Row]:
    """Customer, channel or topic, whether it is allowed."""
    return transaction.rows(
        f"select customer, what, allowed from consent where customer in {MEMBERS}", (customers,)
    )


def sent(
    transaction: Transaction, customers: Numbers, limits: Instant, now: Instant
) -> dict[int, list[Sent]]:
    """By customer the messages that count against limits, the longest of which is `limits`."""
    found: dict[int, list[Sent]] = {}
    for customer, at, channel in transaction.rows(
        "select customer, coalesce(claimed_at, made_at), channel from intent"
        f" where customer in {MEMBERS} and made_at > ? and counts"
        " and state not in ('skipped', 'failed')",
        (customers, now - limits - 2 * DAY),
    ):
        found.setdefault(customer, []).append(Sent(at, channel))
    return found


def write(transaction: Transaction, written: Written) -> None:
    """All of a plain turn, of many runs."""
    for sql, rows in (
        (HISTORY, written.history),
        (PLAIN_LEFT, written.ended),
        (NEW, written.entered),
        (PLAIN_MOVED, written.moved),
    ):
        if rows:
            transaction.executemany(sql, rows)
    if written.intents:
        intents.add(transaction, written.intents)


def free(transaction: Transaction, table: str, count: int) -> int:
    """The first of at least so many free numbers of a table."""
    return transaction.numbers(table, max(count, 1)).start
