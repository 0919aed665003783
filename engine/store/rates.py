"""What a shop's people lately did, as rows of which rates are made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, members
from engine.store.rows import Rows

_OPENED: Final = "name in ('open_email', 'open_sms', 'open_push', 'open_whatsapp')"


def acts(rows: Rows, after: int) -> list[Row]:
    """Events with higher numbers: number, customer, name, when."""
    return rows.rows(
        "select id, customer, name, occurred_at from event where id > ? order by id", (after,)
    )


def told(rows: Rows, events: Collection[int]) -> list[Row]:
    """Of these events: name, properties (JSON)."""
    return rows.rows(
        f"select name, properties from event where id in {MEMBERS} order by id",
        (members(sorted(events)),),
    )


def opened(rows: Rows, after: int, limit: int) -> list[Row]:
    """The latest openings of messages with higher numbers: when, properties (JSON)."""
    return rows.rows(
        f"select occurred_at, properties from event where id > ? and {_OPENED}"
        " order by id desc limit ?",
        (after, limit),
    )


def gone(rows: Rows, runs: Collection[int]) -> dict[tuple[int, str], Instant]:
    """When the messages of these runs went, by run and step; the first one of each."""
    found: dict[tuple[int, str], Instant] = {}
    for run, step, at in rows.rows(
        "select run, step, done_at from intent where done_at is not null"
        f" and run in {MEMBERS} order by run, step, visit desc",
        (members(sorted(runs)),),
    ):
        found[run, step] = at
    return found


def somebody(rows: Rows, limit: int) -> list[Row]:
    """The newest customers who were not merged into others: number, properties, tags."""
    return rows.rows(
        "select id, properties, tags from customer where merged_into is null"
        " order by id desc limit ?",
        (limit,),
    )


def things(rows: Rows, limit: int) -> list[Row]:
    """Properties (JSON) of some products."""
    return rows.rows("select properties from product order by id limit ?", (limit,))
