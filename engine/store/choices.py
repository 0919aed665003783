"""Experiments of which an arm is chosen: since when, which, and what was seen by then."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import orjson

from engine.core.choices import Seen
from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import TEXTS, text_in, texts
from engine.store.rows import Rows
from engine.store.writer import Transaction


class Standing(NamedTuple):
    """A row of `engine.store.tables.ExperimentChoice`."""

    flow: str
    experiment: str
    began_at: Instant
    chosen_at: Instant | None
    arm: str | None
    why: str
    seen: tuple[Seen, ...]


def all_of(rows: Rows, flow: str | None = None) -> list[Standing]:
    """How far the experiments are (of one flow) that anybody has come to."""
    which, values = ("", ()) if flow is None else (" where f.name = ?", (flow,))
    return [
        _standing(row)
        for row in rows.rows(
            "select f.name, c.experiment, c.began_at, c.chosen_at, c.arm, c.why, c.seen"
            f" from experiment_choice c join flow f on f.id = c.flow{which}"
            " order by f.name, c.experiment",
            values,
        )
    ]


def begin(transaction: Transaction, flow: int, experiment: str, at: Instant) -> None:
    """Somebody came; who came first stands."""
    transaction.execute(
        "insert into experiment_choice (flow, experiment, began_at, why, seen)"
        " values (?, ?, ?, '', '[]') on conflict (flow, experiment) do nothing",
        (flow, experiment, at),
    )


def choose(
    transaction: Transaction,
    key: tuple[int, str],
    at: Instant,
    arm: str,
    why: str,
    seen: Collection[Seen],
) -> str:
    """Keep the choice, once and for all; the arm that is chosen. Where somebody else was faster
    that is theirs.
    """
    transaction.execute(
        "update experiment_choice set chosen_at = ?, arm = ?, why = ?, seen = ?"
        " where flow = ? and experiment = ? and arm is null",
        (at, arm, why, orjson.dumps([list(one) for one in seen]).decode(), *key),
    )
    row = transaction.row(
        "select arm from experiment_choice where flow = ? and experiment = ?", key
    )
    assert row is not None
    return str(row[0])


def seen(
    rows: Rows,
    flow: int,
    began_at: Instant,
    steps: Collection[str],
    channel: str | None,
    event: str,
) -> tuple[int, int]:
    """People to whom a message of these steps was sent since then, and those of them who did the
    event: because of that message where `channel` is the one that it is about, else (None) at any
    time after it. `steps` are `VERSION:STEP`.

    Only what people did is an event; what a machine fetched is none (`engine.core.touches`).
    """
    about, also = " and e.occurred_at >= i.done_at", ""
    values: tuple[str, ...] = ()
    if channel is not None:
        about = " and e.run = cast(i.run as text) and e.step = i.step"
        also, values = " and i.channel = ?", (channel,)
    row = rows.row(
        "select count(*), coalesce(sum(did), 0) from ("
        "select i.customer as customer, max(case when exists (select 1 from ("
        f"select occurred_at, cast({text_in('properties', 'run')} as text) as run,"
        f" {text_in('properties', 'step')} as step from event"
        f" where customer = i.customer and name = ?) e where true{about})"
        " then 1 else 0 end) as did from intent i"
        " where i.done_at is not null and i.done_at >= ? and i.flow = ? and i.state = 'sent'"
        f" and i.recipient = 0 and cast(i.version as text) || ':' || i.step in {TEXTS}{also}"
        " group by i.customer) people",
        (event, began_at, flow, texts(sorted(steps)), *values),
    )
    assert row is not None
    return int(row[0]), int(row[1])


def _standing(row: Row) -> Standing:
    *told, shown = row
    return Standing._make((*told, tuple(Seen(*one) for one in orjson.loads(shown))))
