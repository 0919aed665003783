"""The table of figures, and the statements that count what goes into it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

import orjson

from engine.core.figures import MONEY, STEPS
from engine.core.model import Event, Instant
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, TEXTS, members, texts
from engine.store.figure_marks import HOUR_OF
from engine.store.rows import Rows
from engine.store.tables.events import IS_FIGURED
from engine.store.writer import Transaction


class Key(NamedTuple):
    """What a figure is about, in the order of the table."""

    flow: int
    hour: Instant
    kind: str
    version: int = 0
    step: str = ""
    way: str = ""
    message: str = ""
    channel: str = ""


Counted = dict[Key, tuple[int, int]]
"""Count and amount by what they are about."""

Span = tuple[Instant, Instant]
"""From a moment to below another."""

ALL: Final = "figures hour"
"""The cursor of the first hour that was not counted yet."""
HISTORY: Final = "figures history"
EVENTS: Final = "figures events"
FEEDBACK: Final = "figures feedback"
CURSORS: Final = (ALL, HISTORY, EVENTS, FEEDBACK)
_KINDS: Final = {
    "sent": "sent",
    "failed": "undelivered",
    "unknown": "unknown",
    "skipped": "dropped",
}
_STEPS: Final = ", ".join(f"'{kind}'" for kind in sorted(STEPS))
_SORTED_AT_ONCE: Final = 20_000
_MONEY: Final = ", ".join(f"'{name}'" for name in MONEY)


def put(into: Counted, key: Key, count: int, amount: int = 0) -> None:
    """Add to a figure."""
    before = into.get(key, (0, 0))
    into[key] = (before[0] + count, before[1] + amount)


# --- how far the counting has come ----------------------------------------------------------


def positions(rows: Rows) -> dict[str, int]:
    """Where each cursor stands; nothing where counting has not begun."""
    return dict(
        rows.rows(f"select name, position from cursor where name in {TEXTS}", (texts(CURSORS),))
    )


def newest(rows: Rows) -> dict[str, int]:
    """The numbers of the newest rows that the cursors follow."""
    return {
        name: int(rows.rows(f"select coalesce(max(id), 0) from {table}")[0][0])
        for name, table in (
            (HISTORY, "step_history"),
            (EVENTS, "event"),
            (FEEDBACK, "feedback"),
        )
    }


def first_moment(rows: Rows, since: Instant) -> Instant | None:
    """The first moment from `since` on of which there is anything to count by the hour."""
    found = [
        rows.rows(f"select min({moment}) from {table} where {which} and {moment} >= ?", (since,))
        for table, moment, which in (
            ("event", "occurred_at", IS_FIGURED),
            ("intent", "done_at", "done_at is not null"),
            ("goal", "at", "at is not null"),
            ("feedback", "at", "at is not null"),
        )
    ]
    return min((one for ((one,),) in found if one is not None), default=None)


def hours_of_new(rows: Rows, events: tuple[int, int], feedback: tuple[int, int]) -> set[Instant]:
    """The hours that new rows change, by their numbers (behind one, up to another): their own, and
    those of what the same customers ordered or sent back since.
    """
    names = f"({_MONEY})"
    hour = HOUR_OF.format
    found = rows.rows(
        f"select distinct {hour('occurred_at')} from event where id > ? and id <= ?"
        f" and {IS_FIGURED}",
        events,
    )
    found += rows.rows(
        f"select distinct {hour('m.occurred_at')} from event e join event m"
        f" on m.customer = e.customer and m.name in {names} and m.occurred_at >= e.occurred_at"
        f" where e.id > ? and e.id <= ? and e.{IS_FIGURED}",
        events,
    )
    found += rows.rows(
        f"select distinct {hour('at')} from feedback where id > ? and id <= ?", feedback
    )
    return {row[0] for row in found}


# --- counting -------------------------------------------------------------------------------


def of_history(rows: Rows, after: int, last: int) -> Counted:
    """What the history of runs adds, by its numbers. Of a run that is said to have ended twice
    only the second end counts.
    """
    counted: Counted = {}
    hour = HOUR_OF.format("h.at")
    # One text instead of three, and few rows at a time: most of the work is sorting them.
    reached = after
    while (first := _next(rows, reached, last)) is not None:
        reached = min(first + _SORTED_AT_ONCE, last)
        for flow, at, version, told, count in rows.rows(
            f"select r.flow, {hour}, r.version, h.told, count(*) from (select run, at,"
            " node || '\t' || outcome || '\t' || substr(detail, 1, 120) as told from step_history"
            f" where id > ? and id <= ? and outcome in ({_STEPS})) h join run r on r.id = h.run"
            f" group by h.told, {hour}, r.version, r.flow",
            (first - 1, reached),
        ):
            step, kind, way = told.split("\t", 2)
            put(counted, Key(flow, at, kind, version, step, way), count)
    for flow, at, version, step, way, count in rows.rows(
        f"select r.flow, {HOUR_OF.format('p.at')}, r.version, p.node, substr(p.detail, 1, 120),"
        " -count(*) from step_history h join step_history p on p.id = h.previous"
        " join run r on r.id = h.run where h.id > ? and h.id <= ? and h.outcome = 'ended'"
        " and p.outcome = 'ended'"
        f" group by r.flow, {HOUR_OF.format('p.at')}, r.version, p.node, substr(p.detail, 1, 120)",
        (after, last),
    ):
        put(counted, Key(flow, at, "ended", version, step, way), count)
    return counted


def _next(rows: Rows, after: int, last: int) -> int | None:
    """The first row of history behind one and up to another: numbers may have gaps."""
    ((found,),) = rows.rows(
        "select min(id) from step_history where id > ? and id <= ?", (after, last)
    )
    return None if found is None else int(found)


def of_intents(rows: Rows, span: Span, into: Counted) -> None:
    """What became of messages to customers."""
    hour = HOUR_OF.format("done_at")
    for flow, at, state, version, step, reason, message, channel, count in rows.rows(
        f"select flow, {hour}, state, version, step,"
        " case when state = 'skipped' then reason else '' end, message, channel, count(*)"
        " from intent where done_at is not null and done_at >= ? and done_at < ?"
        " and recipient = 0 and state in ('sent', 'failed', 'unknown', 'skipped')"
        f" group by flow, {hour}, state, version, step,"
        " case when state = 'skipped' then reason else '' end, message, channel",
        span,
    ):
        put(into, Key(flow, at, _KINDS[state], version, step, reason, message, channel), count)


def of_goals(rows: Rows, span: Span, into: Counted) -> None:
    """Goals that runs reached, and what they brought in."""
    hour = HOUR_OF.format("g.at")
    for flow, at, version, held, count, revenue in rows.rows(
        f"select g.flow, {hour}, r.version, g.holdout, count(*), sum(g.revenue)"
        " from goal g join run r on r.id = g.run where g.at >= ? and g.at < ?"
        f" group by g.flow, {hour}, r.version, g.holdout",
        span,
    ):
        key = Key(flow, at, "goal", version, way="holdout" if held else "")
        put(into, key, count, int(revenue))


def of_feedback(rows: Rows, span: Span, into: Counted) -> None:
    """What came back of messages: `returned`, by what it was."""
    for flow, at, kind, version, step, message, channel, count in rows.rows(
        "select flow, hour, kind, version, step, message, channel, count(*) from ("
        f" select f.id as flow, {HOUR_OF.format('b.at')} as hour, b.kind as kind,"
        " coalesce((select min(i.version) from intent i where i.run = b.run and i.step = b.step"
        " and i.recipient = 0), 0) as version, b.step as step, b.message as message,"
        " b.channel as channel from feedback b join flow f on f.name = b.flow"
        " where b.at >= ? and b.at < ?) came"
        " group by flow, hour, kind, version, step, message, channel",
        span,
    ):
        put(into, Key(flow, at, "returned", version, step, kind, message, channel), count)


def figured(rows: Rows, span: Span) -> list[Row]:
    """The events of a time that figures are counted from, in their order: number, message id,
    customer, name, when, properties.
    """
    return rows.rows(
        "select id, message_id, customer, name, occurred_at, properties from event"
        f" where {IS_FIGURED} and occurred_at >= ? and occurred_at < ? order by occurred_at, id",
        span,
    )


def of_people(
    rows: Rows, customers: Collection[int], names: Iterable[str], before: Instant
) -> dict[int, list[Event]]:
    """What these customers did by these names until below a moment, in its order."""
    found: dict[int, list[Event]] = {one: [] for one in customers}
    for customer, number, name, occurred_at, received_at, properties in rows.rows(
        "select customer, id, name, occurred_at, received_at, properties from event"
        f" where customer in {MEMBERS} and name in {TEXTS} and occurred_at < ?"
        " order by customer, occurred_at, id",
        (members(sorted(customers)), texts(sorted(names)), before),
    ):
        event = Event(name, orjson.loads(properties), occurred_at, received_at, number)
        found[customer].append(event)
    return found


def first_touches(rows: Rows, runs: Collection[int]) -> dict[tuple[str, str, str, str], Instant]:
    """When a person first opened or clicked a message: by open or click, run, step, visit."""
    found: dict[tuple[str, str, str, str], Instant] = {}
    for run, step, visit, kind, at in rows.rows(
        "select run, step, visit, kind, min(at) from touch"
        f" where run in {MEMBERS} and verdict = 'person' group by run, step, visit, kind",
        (members(sorted(runs)),),
    ):
        key = ("open" if kind == "open" else "click", str(run), step, str(visit))
        found[key] = min(at, found.get(key, at))
    return found


def versions_of(rows: Rows, runs: Collection[int]) -> dict[tuple[int, str], int]:
    """In which version of its flow a step's message was decided on, by run and step."""
    found: dict[tuple[int, str], int] = {}
    for table, which in (("on_site", ""), ("intent", " and recipient = 0")):
        for run, step, version in rows.rows(
            f"select run, step, min(version) from {table} where run in {MEMBERS}{which}"
            " group by run, step",
            (members(sorted(runs)),),
        ):
            found[run, step] = version
    return found


# --- the table ------------------------------------------------------------------------------

_INSERT: Final = (
    "insert into figure (flow, hour, kind, version, step, way, message, channel, count, amount)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


_ALL_TIME: Final = "kind, flow, version, step, way, message, channel"
_TO_TOTALS: Final = (
    f" on conflict ({_ALL_TIME}) do update set count = figure_total.count + excluded.count,"
    " amount = figure_total.amount + excluded.amount"
)


def _add_to_totals(transaction: Transaction, counted: Counted) -> None:
    whole: Counted = {}
    for key, told in counted.items():
        put(whole, key._replace(hour=0), *told)
    transaction.executemany(
        f"insert into figure_total ({_ALL_TIME}, count, amount)"
        f" values (?, ?, ?, ?, ?, ?, ?, ?, ?){_TO_TOTALS}",
        [(key.kind, key.flow, *key[3:], *told) for key, told in sorted(whole.items())],
    )


def add(transaction: Transaction, counted: Counted) -> None:
    """Add to what stands."""
    _add_to_totals(transaction, counted)
    transaction.executemany(
        f"{_INSERT} on conflict (flow, hour, kind, version, step, way, message, channel)"
        " do update set count = figure.count + excluded.count,"
        " amount = figure.amount + excluded.amount",
        [(*key, *told) for key, told in sorted(counted.items())],
    )


def replace(transaction: Transaction, hours: Iterable[Span], counted: Counted) -> None:
    """Let these times hold what was counted of them, and nothing else by the hour."""
    for since, until in hours:
        transaction.execute(
            f"insert into figure_total ({_ALL_TIME}, count, amount)"
            f" select {_ALL_TIME}, -sum(count), -sum(amount) from figure"
            f" where hour >= ? and hour < ? and kind not in ({_STEPS})"
            f" group by {_ALL_TIME}{_TO_TOTALS}",
            (since, until),
        )
        transaction.execute(
            f"delete from figure where hour >= ? and hour < ? and kind not in ({_STEPS})",
            (since, until),
        )
    _add_to_totals(transaction, counted)
    transaction.executemany(_INSERT, [(*key, *told) for key, told in sorted(counted.items())])


def _only(only: Mapping[str, Collection[str] | int]) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    for column, wanted in only.items():
        if isinstance(wanted, int):
            where.append(f"{column} = ?")
            values.append(wanted)
        else:
            where.append(f"{column} in ({', '.join('?' * len(wanted))})")
            values.extend(wanted)
    return where, values


def all_time(
    rows: Rows,
    by: Collection[str],
    without: Iterable[Span],
    only: Mapping[str, Collection[str] | int],
) -> list[Row]:
    """The same as `sums` of all time, without reading its hours: the totals, less what the table
    of hours has in the times `without`. A group may come twice.
    """
    columns = ", ".join(by)
    which, values = _only(only)
    wanted = "".join(f" and {one}" for one in which)
    found = rows.rows(
        f"select {columns}, sum(count), sum(amount) from figure_total where true{wanted}"
        f" group by {columns}",
        tuple(values),
    )
    for since, until in without:
        found += rows.rows(
            f"select {columns}, -sum(count), -sum(amount) from figure where hour >= ?"
            f" and hour < ? and kind not in ({_STEPS}){wanted} group by {columns}",
            (since, until, *values),
        )
    return found


def sums(
    rows: Rows,
    by: Collection[str],
    span: Span,
    without: Iterable[Span],
    only: Mapping[str, Collection[str] | int],
) -> list[Row]:
    """Sums of a time by some columns of `Key`, but of the kinds that are counted by the hour
    nothing of the times `without`: the columns, count, amount. `only` names kinds or a flow, or a
    version.
    """
    columns = ", ".join(by)
    which, more = _only(only)
    where, values = ["hour >= ?", "hour < ?", *which], [*span, *more]
    for since, until in without:
        where.append(f"(hour < ? or hour >= ? or kind in ({_STEPS}))")
        values += [since, until]
    return rows.rows(
        f"select {columns}, sum(count), sum(amount) from figure where {' and '.join(where)}"
        f" group by {columns}",
        tuple(values),
    )
