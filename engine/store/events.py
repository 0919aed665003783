"""The event log: append once, apply once.

An event is stored and put on the `pending` list in one transaction; the worker takes it off in the
transaction that holds everything it did. So a crash between the two loses and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from engine.core.model import DAY, Event, Instant
from engine.store import figure_marks
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, TEXTS, members, texts
from engine.store.rows import Rows
from engine.store.writer import Transaction

APPLIED = "not exists (select 1 from pending where pending.id = event.id)"
"""Events that wait for their lane are no history yet: the lane adds them in their turn."""

STALE_AFTER = DAY
"""Events older than this when they arrive count and exit, but enter no flow."""


class NewEvent(NamedTuple):
    """An event to be stored. `message_id` makes it unique for good."""

    message_id: str
    customer: int
    name: str
    occurred_at: Instant
    properties: dict[str, Any]
    enters: bool = True


def append(
    transaction: Transaction, events: Sequence[NewEvent], received_at: Instant
) -> list[int | None]:
    """Store what is new and leave it to the worker; give the id of each, None for a duplicate.

    `received_at` must be read from the clock inside the piece of work, so that it never falls
    with rising id. An `occurred_at` in the future becomes `received_at`.
    """
    ids: list[int | None] = []
    stored: list[tuple[int, int]] = []
    for event in events:
        occurred_at = min(event.occurred_at, received_at)
        number = transaction.number("event")
        inserted = transaction.execute(
            "insert into event (id, message_id, customer, name, occurred_at, received_at, enters,"
            " properties) values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (message_id) do nothing",
            (
                number,
                event.message_id,
                event.customer,
                event.name,
                occurred_at,
                received_at,
                event.enters and received_at - occurred_at <= STALE_AFTER,
                orjson.dumps(event.properties),
            ),
        )
        if inserted:
            stored.append((number, event.customer))
            ids.append(number)
        else:
            ids.append(None)
    _leave(transaction, stored)
    return ids


def record(
    transaction: Transaction,
    rows: Sequence[tuple[Any, ...]],
    waited_for: frozenset[str] | None = None,
) -> None:
    """Store new events, rows as the table has them, and leave to the worker those with these names
    (None: all) and those of our own, whose names begin with `$`.
    """
    record_applied(transaction, rows)
    _leave(
        transaction,
        [
            (row[0], row[2])
            for row in rows
            if waited_for is None or row[3] in waited_for or row[3].startswith("$")
        ],
    )


def _leave(transaction: Transaction, stored: Iterable[tuple[int, int]]) -> None:
    """To the worker: number, customer."""
    transaction.executemany("insert into pending (id, customer) values (?, ?)", stored)


def record_applied(transaction: Transaction, rows: Iterable[tuple[Any, ...]]) -> None:
    """Store events that a lane has applied or has no use for: rows as the table has them."""
    transaction.executemany(
        "insert into event (id, message_id, customer, name, occurred_at, received_at, enters,"
        " properties) values (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def of_names(
    transaction: Transaction, customers: Iterable[int], names: Iterable[str]
) -> list[tuple[int, str, int, str, Instant, dict[str, Any]]]:
    """The events of these customers by these names: id, message id, customer, name, when, what."""
    return [
        (*row[:5], orjson.loads(row[5]))
        for row in transaction.rows(
            "select id, message_id, customer, name, occurred_at, properties from event"
            f" where customer in {MEMBERS} and name in {TEXTS} order by id",
            (members(set(customers)), texts(names)),
        )
    ]


def replace(
    transaction: Transaction, number: int, message_id: str, at: Instant, told: Mapping[str, Any]
) -> None:
    """Let an event that an import had made up be the one that it stands for."""
    figure_marks.of_event(transaction, number)
    figure_marks.mark(transaction, [at])
    transaction.execute(
        "update event set message_id = ?, occurred_at = ?, properties = ? where id = ?",
        (message_id, at, orjson.dumps(told), number),
    )


def by_message(transaction: Transaction, message_ids: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """Of these message ids those that are known: message id, customer, name, properties."""
    return {
        row[0]: row
        for row in transaction.rows(
            f"select message_id, customer, name, properties from event where message_id in {TEXTS}",
            (texts(message_ids),),
        )
    }


def identified(
    transaction: Transaction, customers: Iterable[int], *, but: str = ""
) -> dict[int, list[tuple[Instant, dict[str, Any]]]]:
    """What was told of these customers: when it was so, and the record; in the order of receipt.

    `but` is the message id of one that is left out.
    """
    found: dict[int, list[tuple[Instant, dict[str, Any]]]] = {}
    for customer, occurred_at, told in transaction.rows(
        "select customer, occurred_at, properties from event"
        f" where name = '$identify' and customer in {MEMBERS} and message_id <> ? order by id",
        (members(sorted(customers)), but),
    ):
        found.setdefault(customer, []).append((occurred_at, orjson.loads(told)))
    return found


def is_stored(transaction: Transaction, message_id: str) -> bool:
    """Whether it is known already, as after a commit that was cut off."""
    row = transaction.row("select 1 from event where message_id = ?", (message_id,))
    return row is not None


def applied(
    rows: Rows, customers: Collection[int], names: Iterable[str]
) -> list[tuple[int, Event]]:
    """Events of these names that lanes have applied, in the order in which they happened: customer,
    event.
    """
    return [
        (row[0], Event(row[1], orjson.loads(row[2]), row[3], row[4], row[5], bool(row[6])))
        for row in rows.rows(
            "select customer, name, properties, occurred_at, received_at, id, enters from event"
            f" where customer in {MEMBERS} and name in {TEXTS}"
            f" and {APPLIED} order by occurred_at, id",
            (members(sorted(customers)), texts(sorted(names))),
        )
    ]


def latest_receipt(rows: Rows) -> Instant | None:
    """When the newest was received, by their order."""
    row = rows.row("select received_at from event order by id desc limit 1")
    return None if row is None else int(row[0])


def first_receipt(rows: Rows) -> Instant | None:
    """When the first was received, by their order."""
    row = rows.row("select received_at from event order by id limit 1")
    return None if row is None else int(row[0])


def newest_moment(rows: Rows) -> Instant:
    """The latest moment at which any was received, 0 for none."""
    row = rows.row("select max(received_at) from event")
    return int(row[0] or 0) if row else 0


def newest(rows: Rows) -> int:
    """The number of the newest, 0 for none."""
    return int(rows.rows("select coalesce(max(id), 0) from event")[0][0])


def whose(rows: Rows, message_id: str) -> int | None:
    """The customer of the event with this message id."""
    row = rows.row("select customer from event where message_id = ?", (message_id,))
    return None if row is None else int(row[0])


def last_purchase(rows: Rows, customer: int) -> bytes | None:
    """The properties of somebody's latest purchase."""
    row = rows.row(
        "select properties from event where customer = ? and name = 'purchase'"
        " order by occurred_at desc, id desc limit 1",
        (customer,),
    )
    return None if row is None else row[0]


def of_customer(rows: Rows, customer: int, limit: int) -> list[Row]:
    """Somebody's latest: when, name, properties."""
    return rows.rows(
        "select occurred_at, name, properties from event where customer = ?"
        " order by occurred_at desc, id desc limit ?",
        (customer, limit),
    )


def history(rows: Rows, customers: Collection[int], names: Iterable[str]) -> list[Row]:
    """What a lane knows of these customers, oldest first: customer, number, name, occurred,
    received, properties.
    """
    return rows.rows(
        "select customer, id, name, occurred_at, received_at, properties from event"
        f" where customer in {MEMBERS} and name in {TEXTS} and {APPLIED}"
        " order by customer, name, occurred_at, id",
        (members(sorted(customers)), texts(sorted(names))),
    )


def page(rows: Rows, after: int, limit: int) -> list[Row]:
    """The next events: number, message id, customer, name, occurred, properties."""
    return rows.rows(
        "select id, message_id, customer, name, occurred_at, properties from event"
        " where id > ? order by id limit ?",
        (after, limit),
    )


def moments(rows: Rows, after: int, since: Instant, names: Iterable[str]) -> list[Row]:
    """At which moments events with these names happened: newest number, when."""
    return rows.rows(
        "select max(id), occurred_at from event where id > ? and occurred_at > ?"
        f" and name in {TEXTS} group by occurred_at",
        (after, since, texts(sorted(names))),
    )


def span(rows: Rows) -> tuple[int, int]:
    """The numbers of the oldest and the newest; 1 and 0 for none."""
    # Two questions: together SQLite answers them by reading everything.
    oldest, latest = rows.rows(
        "select coalesce((select min(id) from event), 1), coalesce((select max(id) from event), 0)"
    )[0]
    return oldest, latest


def between(
    rows: Rows, numbers: tuple[int, int], names: Iterable[str], times: tuple[Instant, Instant]
) -> list[Row]:
    """Events with numbers from .. to below, behind one moment up to another, newest first: number,
    customer, name, when, properties, the customer's zone.
    """
    return rows.rows(
        "select event.id, customer, name, occurred_at, event.properties, customer.zone"
        " from event left join customer on customer.id = event.customer"
        " where event.id >= ? and event.id < ?"
        f" and name in {TEXTS} and occurred_at > ? and occurred_at <= ? order by event.id desc",
        (*numbers, texts(names), *times),
    )


def recent(rows: Rows, customer: int, since: Instant, before: int) -> list[Row]:
    """What somebody did since, told before an event of this number: number, name, occurred,
    received, whether it enters, properties.
    """
    return rows.rows(
        "select id, name, occurred_at, received_at, enters, properties from event"
        " where customer = ? and occurred_at >= ? and id < ? order by id",
        (customer, since, before),
    )


def applied_since(transaction: Transaction, customer: int, since: Instant) -> list[int]:
    """The events of a customer that happened from then on and that their state holds already."""
    return [
        number
        for number, name in transaction.rows(
            "select id, name from event where customer = ? and occurred_at >= ?"
            f" and {APPLIED} order by id",
            (customer, since),
        )
        if not name.startswith("$")
    ]
