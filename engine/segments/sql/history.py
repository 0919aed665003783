"""History as SQL: which rows a condition looks at, and what it makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import NamedTuple

from dsl import tree
from engine.core import calendar
from engine.core.calendar import ELAPSED
from engine.core.conditions.operations import NEVER
from engine.core.model import HOUR, Instant
from engine.segments.sql import operand
from engine.segments.sql.dialect import Element
from engine.segments.sql.levels import Place, Scan, Starts
from engine.segments.sql.operand import MISSING, Value
from engine.segments.sql.writing import Truth, Writer, every


class Rows(NamedTuple):
    """Rows of `scan` after `start` (None: from ever) that pass `test`."""

    scan: Scan
    start: Instant | None
    test: Truth


def did(writer: Writer, history: tree.History, place: Place) -> Truth:
    if history.bound is None:
        return _happened(history, rows(writer, history, place), place)
    count = count_of(writer, history, place)
    sign = {"at least": ">=", "at most": "<=", "exactly": "="}[history.bound]
    times = int(history.times or 0)
    if count.is_known:
        count = replace(count, number=str(count.known))
    empty = {">=": times <= 0, "<=": times >= 0, "=": times == 0}[sign]
    return Truth(f"({count.number} {sign} {times})", empty)


def did_after(writer: Writer, history: tree.History, place: Place, start: Instant) -> Truth:
    """Whether it happened after `start`: what `time since` less than something asks."""
    found = rows(writer, history, place)
    return _happened(history, found._replace(start=start), place)


def _happened(history: tree.History, found: Rows, place: Place) -> Truth:
    if found.test.sql == "false":
        return Truth.of(False)
    column = place.level.figure({history.event: found.start}, "count", "1", found.test)
    return Truth(f"(coalesce({column}, 0) > 0)", False)


def is_plain(history: tree.History) -> bool:
    """Whether it asks only whether an event happened, in some time perhaps."""
    return replace(history, period=None) == tree.History(history.event)


def start_of(writer: Writer, history: tree.History) -> Instant | None:
    """From when on a plain one looks."""
    return None if history.period is None else writer.now - _length(writer, history.period)


def any_of(events: Starts, place: Place) -> Truth:
    """Whether any of these events happened, each after its start: one figure for all."""
    column = place.level.figure(events, "count", "1", Truth.of(True))
    return Truth(f"(coalesce({column}, 0) > 0)", False)


def count_of(writer: Writer, history: tree.History, place: Place) -> Value:
    found = rows(writer, history, place)
    if found.test.sql == "false":
        return operand.known(0, "number")
    column = place.level.figure({history.event: found.start}, "count", "1", found.test)
    number = f"coalesce({column}, 0)"
    return Value("number", number=number, empty=0, tame=True)


def time_since(writer: Writer, history: tree.History, place: Place) -> Value:
    found = rows(writer, history, place)
    if found.test.sql == "false":
        return Value("duration", number=writer.dialect.never(), empty=NEVER)
    value = f"{found.scan.alias}.occurred_at"
    column = place.level.figure({history.event: found.start}, "max", value, found.test)
    elapsed = writer.dialect.as_float(f"({writer.now} - {column})")
    number = f"coalesce({elapsed}, {writer.dialect.never()})"
    return Value("duration", number=number, empty=NEVER)


def aggregate(writer: Writer, node: tree.Aggregate, place: Place) -> Value:
    kind = writer.names.types.event_property((node.history.event,), node.property)
    if kind is None and node.function in ("sum", "average"):
        kind = "number"
    if node.function == "latest":
        return _latest(writer, node, kind, place)
    found = rows(writer, node.history, place)
    nothing = operand.known(0, kind) if node.function == "sum" else replace(MISSING, kind=kind)
    if found.test.sql == "false":
        return nothing
    if node.function in ("min", "max"):
        return _extreme(writer, node, kind, found, place)
    dialect = writer.dialect
    events = {node.history.event: found.start}
    number = dialect.summand(found.scan.properties.at(node.property))
    total = place.level.figure(events, "sum", number, found.test)
    if node.function == "sum":
        return Value(kind, number=f"coalesce({dialect.rounded(total)}, 0)", empty=0)
    count = place.level.figure(events, "count", number, found.test)
    average = dialect.rounded(f"{dialect.as_float(total)} / {count}")
    return Value(kind, number=average, empty=None, there=f"({total} is not null)")


def _extreme(
    writer: Writer, node: tree.Aggregate, kind: str | None, found: Rows, place: Place
) -> Value:
    """Numbers stand before text; dates are compared as moments."""
    dialect, function = writer.dialect, node.function
    held = operand.element(writer, found.scan.properties.at(node.property), kind)

    def column(value: str) -> str:
        return place.level.figure({node.history.event: found.start}, function, value, found.test)

    if kind == "date":
        scan = Place(found.scan.level, place.condition)
        moment = operand.instant(writer, held, scan).number or "null"
        number = column(moment)
        return Value(kind, number=number, whole=number, there=f"({number} is not null)", empty=None)
    assert held.number is not None and held.text is not None  # noqa: PT018 - JSON is all
    number, text = column(held.number), column(dialect.ordered(held.text))
    if function == "min":
        text = f"case when {number} is null then {text} end"
    else:
        number = f"case when {text} is null then {number} end"
    return Value(
        kind, number=number, text=text, empty=None,
        there=f"({number} is not null or {text} is not null)",
    )  # fmt: skip


def _latest(writer: Writer, node: tree.Aggregate, kind: str | None, place: Place) -> Value:
    found = rows(writer, node.history, place, alone=True)
    if found.test.sql == "false":
        return replace(MISSING, kind=kind)
    dialect = writer.dialect
    one = found.scan.properties.at(node.property)
    test = every([found.test, Truth(dialect.there(one))])
    json = place.level.newest(
        node, node.history.event, dialect.json(one), found.scan, found.start, test
    )
    return operand.element(writer, Element(json), kind)


def latest_order(writer: Writer, place: Place) -> Element:
    """The properties of the latest purchase."""
    found = rows(writer, tree.History("purchase"), place, alone=True)
    json = writer.dialect.json(found.scan.properties)
    return Element(place.level.newest("order", "purchase", json, found.scan, None, found.test))


def rows(writer: Writer, history: tree.History, place: Place, *, alone: bool = False) -> Rows:
    """The rows that a history condition is about; `alone` in a scan of their own."""
    level, event = place.level, history.event
    scan = level.new_scan() if alone else level.scan
    start = start_of(writer, history)
    tests = []
    if isinstance(history.since, tree.Path):
        # Nobody has entered where all customers are asked: since ever.
        start = -1 if start is None else max(start, -1)
    elif history.since is not None:
        since, test = _since(writer, history.since.value, scan)
        start = since if start is None else max(start, since)
        tests.append(test)
    inner = place.within_event(scan.level, event, scan.properties, f"{scan.alias}.id")
    if history.of_this_product or history.same is not None:
        # There is no run that could be about a product, or whose entry had the same key.
        tests.append(Truth.of(False))
    if history.of is not None:
        if history.of in writer.names.labels:
            tests.append(Truth.of(False))
        else:
            name = writer.bound_text(history.of)
            message = writer.dialect.text(scan.properties.at("message"))
            tests.append(Truth(f"(({message} = {name}) is true)"))
    if history.where is not None:
        tests.append(place.condition(writer, history.where, inner))
    return Rows(scan, start, every(tests))


def _length(writer: Writer, duration: tree.Duration) -> Instant:
    if not isinstance(duration.amount, tree.Number):
        raise writer.refusal(duration)
    return int(duration.amount.value * ELAPSED[duration.unit])


def _since(writer: Writer, moment: date | datetime, scan: Scan) -> tuple[Instant, Truth]:
    """From that moment in the customer's zone on. Only rows around it need the customer's row."""
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, time(0))
    middle = calendar.instant(local, "UTC")
    at = f"{scan.alias}.occurred_at"
    person = writer.alias("c")
    zone = (
        f"coalesce((select nullif({person}.zone, '') from customer as {person}"
        f" where {person}.id = {scan.alias}.customer), '{writer.zone}')"
    )
    exact = f"{at} >= {operand.moment(writer, moment, zone)}"
    return middle - 20 * HOUR, Truth(f"({at} >= {middle + 20 * HOUR} or {exact})")
