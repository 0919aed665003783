"""A condition over all customers as one query."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from dsl import tree
from engine.core.conditions.context import Names
from engine.core.deployment import Deployment
from engine.core.model import Instant
from engine.segments.sql import truths
from engine.segments.sql.dialect import Dialect, DialectName
from engine.segments.sql.levels import Level, Place
from engine.segments.sql.postgresql import Postgresql
from engine.segments.sql.sqlite import Sqlite
from engine.segments.sql.writing import Suppressed, Truth, Writer, every

_DIALECTS: Final[dict[str, Dialect]] = {"sqlite": Sqlite(), "postgresql": Postgresql()}
_ZONE: Final = re.compile(r"[A-Za-z0-9_+\-/]+")


class Query(NamedTuple):
    """SQL with `?` placeholders and their values, for `Reader.rows` and `Transaction.rows`."""

    sql: str
    values: tuple[Any, ...]


def customers_where(
    condition: tree.Condition | tree.ConditionBlock,
    deployment: Deployment,
    *,
    dialect: DialectName,
    now: Instant,
    within: Query | None = None,
    suppressed: Suppressed | None = None,
) -> Query:
    """The ids of all customers of whom a condition holds at `now`, in no order, each once.

    Customers who were merged into others are left out. `within` is a query of customer ids that
    the answer is limited to. `suppressed` says whom a channel must not reach (see
    `engine.segments.sql.suppressed`); a condition that asks what a customer can receive by a
    channel needs it.

    The answer is what `engine.core.conditions.python` says of each customer as
    `engine.store.states` loads them: events that wait for their lane are no history yet. No run
    asks, so `entry`, `product` and `of this product` have nothing to refer to.

    Raises ConditionError for what the checks should have refused, and where `suppressed` is
    needed and missing.
    """
    assert _ZONE.fullmatch(deployment.zone), "a zone's name goes into the text as it is"
    names = Names(
        types=deployment.types,
        segments=deployment.blocks,
        halves={name: score.halves for name, score in deployment.scores.items()},
    )
    writer = Writer(names, _DIALECTS[dialect], now, deployment.zone, None, suppressed)
    if within is not None:
        writer.within = writer.embedded(within.sql, within.values)
    level = Level(writer, "c.id", "c")
    place = Place(level, truths.condition)
    if isinstance(condition, tree.ConditionBlock):
        truth = every(truths.block(writer, condition, place))
    else:
        truth = truths.condition(writer, condition, place)
    return Query(*writer.finished(_select(level, truth)))


def members_of(
    segment: str,
    deployment: Deployment,
    *,
    dialect: DialectName,
    now: Instant,
    within: Query | None = None,
    suppressed: Suppressed | None = None,
) -> Query:
    """The customers in a declared segment; see `customers_where`."""
    return customers_where(
        tree.InSegment(segment), deployment, dialect=dialect, now=now, within=within,
        suppressed=suppressed,
    )  # fmt: skip


def _select(level: Level, truth: Truth) -> str:
    tests = ["c.merged_into is null"]
    if level.writer.within is not None:
        tests.append(f"c.id in ({level.writer.within})")
    if truth.sql != "true":
        tests.append(truth.sql)
    where = " and ".join(tests)
    # Where the condition cannot hold of somebody without history, start from those who have some.
    return f"select c.id {level.source(from_history=truth.empty is False)} where {where}"
