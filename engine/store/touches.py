"""What was fetched of messages: links, pictures, answers. See `engine.store.tables.Touch`."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from engine.core.model import Instant
from engine.core.touches import PERSON, Kind
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, members
from engine.store.rows import Rows
from engine.store.writer import Transaction

_COLUMNS = "id, customer, run, step, visit, channel, kind, at, due_at, verdict, visitor, detail"


class Touched(NamedTuple):
    """A row. `due_at` is when it is to be judged, None where it has been."""

    id: int
    customer: int
    run: int
    step: str
    visit: int
    channel: str
    kind: Kind
    at: Instant
    due_at: Instant | None
    verdict: str
    visitor: str
    detail: dict[str, Any]


def add(transaction: Transaction, one: Touched) -> bool:
    """Keep what was fetched; False where the same was a moment ago."""
    row = (*one[:-1], orjson.dumps(one.detail))
    return bool(
        transaction.execute(
            f"insert into touch ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " on conflict (id) do nothing",
            row,
        )
    )


def find(rows: Rows, number: int) -> Touched | None:
    row = rows.row(f"select {_COLUMNS} from touch where id = ?", (number,))
    return None if row is None else _touched(row)


def due(rows: Rows, now: Instant, limit: int) -> list[Touched]:
    """What is to be judged, the oldest first."""
    found = rows.rows(
        f"select {_COLUMNS} from touch where due_at <= ? order by due_at, id limit ?", (now, limit)
    )
    return [_touched(row) for row in found]


def next_due(rows: Rows) -> Instant | None:
    row = rows.row("select due_at from touch where due_at is not null order by due_at limit 1")
    return None if row is None else int(row[0])


def of_message(
    rows: Rows, message: tuple[int, str, int], since: Instant, until: Instant
) -> list[Touched]:
    """What was fetched of a message (run, step, visit) between two moments, both included."""
    found = rows.rows(
        f"select {_COLUMNS} from touch where run = ? and step = ? and visit = ?"
        " and at >= ? and at <= ? order by at, id limit 200",
        (*message, since, until),
    )
    return [_touched(row) for row in found]


def judged(transaction: Transaction, number: int, verdict: str) -> None:
    transaction.execute(
        "update touch set verdict = ?, due_at = null where id = ?", (verdict, number)
    )


def visitors(rows: Rows, message: tuple[int, str, int]) -> set[str]:
    """The browsers that asked to be known by a click in a message (run, step, visit)."""
    found = rows.rows(
        "select distinct visitor from touch where run = ? and step = ? and visit = ?"
        " and visitor <> ''",
        message,
    )
    return {visitor for (visitor,) in found}


def came_by(transaction: Transaction, number: int, visitor: str) -> None:
    transaction.execute("update touch set visitor = ? where id = ?", (visitor, number))


def by_machines(rows: Rows, runs: list[int]) -> dict[int, list[Row]]:
    """What machines fetched of messages, by run: step, channel, when, kind, why."""
    found: dict[int, list[Row]] = {}
    for run, *rest in rows.rows(
        "select run, step, channel, at, kind, verdict from touch"
        f" where run in {MEMBERS} and verdict not in ('', '{PERSON}') order by at, id",
        (members(runs),),
    ):
        found.setdefault(run, []).append(tuple(rest))
    return found


def accepted_at(rows: Rows, message: tuple[int, str, int]) -> Instant | None:
    """When the provider took a message to a customer (run, step, visit); where that is not known,
    when it was handed over. None where there is no such message, or it has not left.
    """
    row = rows.row(
        "select case when state = 'sent' then done_at else claimed_at end from intent"
        " where run = ? and step = ? and visit = ? and recipient = 0"
        " and state in ('claimed', 'sent', 'unknown')",
        message,
    )
    return None if row is None or row[0] is None else int(row[0])


def _touched(row: Row) -> Touched:
    *columns, detail = row
    return Touched._make((*columns, orjson.loads(detail)))
