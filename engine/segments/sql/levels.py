"""The selects of a query, and how history gets into them: gathered, never asked for one by one.

All history that a select over customers speaks of comes from one derived table with a row per
customer, grouped from one scan over the events that matter, each from the earliest moment on that
anybody asks about. `latest of` and `order` need the newest row itself and stand beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dsl import tree
from engine.core.conditions.values import Where
from engine.segments.sql.dialect import Element
from engine.segments.sql.writing import Truth, Writer

Starts = Mapping[str, int | None]
"""From when on each event is looked at; None: from ever."""


def earlier(one: int | None, other: int | None) -> int | None:
    """The earlier of two starts."""
    return None if one is None or other is None else min(one, other)


@dataclass(slots=True)
class Column:
    """One figure per customer: `function` over `value` of the rows of `events` that pass `test`,
    each event after its start.
    """

    name: str
    events: Starts
    function: str
    value: str
    test: str | None

    def later(self, starts: Starts) -> list[str]:
        """Those of its events whose start is another than in `starts`."""
        return [event for event, start in self.events.items() if start != starts[event]]


@dataclass(slots=True)
class Scan:
    """Rows of some events. As a level of its own it can look at the customer of each row."""

    writer: Writer
    alias: str
    level: Level
    columns: dict[tuple[object, ...], Column] = field(default_factory=dict)

    @property
    def properties(self) -> Element:
        return self.writer.dialect.column(f"{self.alias}.properties")

    def figures(self) -> str:
        """The columns of a select that is grouped by customer."""
        starts, common = self._starts(), self._common()
        figures = []
        for column in self.columns.values():
            tests = []
            if len(starts) > len(column.events):
                tests.append(self._named(column.events))
            later = column.later(starts)
            if later and len(column.events) == 1:
                tests.append(f"{self.alias}.occurred_at > {column.events[later[0]]}")
            elif later:
                tests.append(self._cases({event: column.events[event] for event in later}))
            if column.test is not None and common is None:
                tests.append(column.test)
            cell = column.value
            if tests:
                cell = f"case when {' and '.join(tests)} then {cell} end"
            figures.append(f"{column.function}({cell}) as {column.name}")
        return ", ".join(figures)

    def source(self) -> str:
        """From `from` on: the rows that any column looks at."""
        return self.rows(self._starts(), self._common())

    def rows(self, starts: Starts, test: str | None) -> str:
        """Stored events that a lane has applied, each kind after its start."""
        writer, alias = self.writer, self.alias
        conditions = [self._named(starts)]
        bounds = [start for start in starts.values() if start is not None]
        floor = min(bounds) if len(bounds) == len(starts) else None
        if floor is not None:
            conditions.append(f"{alias}.occurred_at > {floor}")
        later = {event: start for event, start in starts.items() if start != floor}
        if later:
            conditions.append(self._cases(later))
        conditions.append(writer.dialect.applied(f"{alias}.id"))
        if writer.within is not None:
            conditions.append(f"{alias}.customer in ({writer.within})")
        if test is not None:
            conditions.append(test)
        return f"from event as {alias}{self.level.joined()} where " + " and ".join(conditions)

    def _named(self, events: Starts) -> str:
        """Whether a row is one of these events."""
        names = [self.writer.bound_text(event) for event in events]
        if len(names) == 1:
            return f"{self.alias}.name = {names[0]}"
        return f"{self.alias}.name in ({', '.join(names)})"

    def _cases(self, starts: Starts) -> str:
        """Whether a row lies after the start of its event; true for all others."""
        cases = "".join(
            f" when {self.writer.bound_text(event)} then {self.alias}.occurred_at > {start}"
            for event, start in starts.items()
            if start is not None
        )
        return f"case {self.alias}.name{cases} else true end"

    def _starts(self) -> dict[str, int | None]:
        """From when on any column looks at each event."""
        found: dict[str, int | None] = {}
        for column in self.columns.values():
            for event, start in column.events.items():
                found[event] = earlier(found.get(event, start), start)
        return found

    def _common(self) -> str | None:
        """A test that all columns share keeps rows out at once."""
        tests = {(*sorted(column.events), column.test) for column in self.columns.values()}
        return tests.pop()[-1] if len(tests) == 1 else None


@dataclass(slots=True)
class Level:
    """One select: over customers, or over the events of a scan.

    `identity` is the SQL of the customer's number there; `person` the alias of the customer's row,
    joined to a scan only when asked for.
    """

    writer: Writer
    identity: str
    row: str | None
    past: Scan | None = None
    joins: dict[tuple[object, ...], tuple[str, str]] = field(default_factory=dict)
    history: str = ""

    @property
    def person(self) -> str:
        if self.row is None:
            self.row = self.writer.alias("c")
            self.joins["person",] = (
                self.row,
                f" join customer as {self.row} on {self.row}.id = {self.identity}",
            )
        return self.row

    @property
    def zone(self) -> str:
        """The zone in which this customer lives, as text."""
        return f"coalesce(nullif({self.person}.zone, ''), '{self.writer.zone}')"

    def joined_once(self, key: tuple[object, ...], letter: str, sql: str) -> str:
        """The alias of something that is left-joined, the same for the same `key`. `{alias}` stands
        for it in `sql`.
        """
        found = self.joins.get(key)
        if found is None:
            alias = self.writer.alias(letter)
            found = (alias, " left join " + sql.replace("{alias}", alias))
            self.joins[key] = found
        return found[0]

    # --- history ---------------------------------------------------------------------------

    @property
    def scan(self) -> Scan:
        """The one scan that everything gathered here comes from."""
        if self.past is None:
            self.history = self.writer.alias("h")
            self.past = self.new_scan()
        return self.past

    def new_scan(self) -> Scan:
        alias = self.writer.alias("e")
        return Scan(self.writer, alias, Level(self.writer, f"{alias}.customer", None))

    def figure(self, events: Starts, function: str, value: str, test: Truth) -> str:
        """A column of the gathered history; null for customers without any."""
        sql = None if test.sql == "true" else test.sql
        key = (*sorted(events.items()), function, value, sql)
        column = self.scan.columns.get(key)
        if column is None:
            name = self.writer.alias("n")
            column = Column(name, events, function, value, sql)
            self.scan.columns[key] = column
        return f"{self.history}.{column.name}"

    def newest(
        self, key: object, event: str, value: str, scan: Scan, start: int | None, test: Truth
    ) -> str:
        """The `value` of each customer's newest such event, joined; null where there is none.

        `key` tells different questions apart.
        """
        rows = scan.rows({event: start}, None if test.sql == "true" else test.sql)
        place = self.writer.alias("p")
        newest = self.writer.table(
            self.writer.alias("n"),
            f"select customer, j from (select {scan.alias}.customer, {value} as j,"
            f" row_number() over (partition by {scan.alias}.customer order by"
            f" {scan.alias}.occurred_at desc, {scan.alias}.id desc) as place {rows}) as {place}"
            " where place = 1",
        )
        alias = self.joined_once(
            ("newest", key), "l", f"{newest} as {{alias}} on {{alias}}.customer = {self.identity}"
        )
        return f"{alias}.j"

    def gathered(self) -> str:
        """The history of all customers who have any, a row each."""
        scan = self.scan
        return (
            f"select {scan.alias}.customer, {scan.figures()} {scan.source()}"
            f" group by {scan.alias}.customer"
        )

    def joined(self) -> str:
        """Everything that is joined to this level's own table."""
        text = "".join(sql for _, sql in self.joins.values())
        if self._has_history:
            text += (
                f" left join {self.writer.table(self.history, self.gathered())}"
                f" on {self.history}.customer = {self.identity}"
            )
        return text

    @property
    def _has_history(self) -> bool:
        return self.past is not None and bool(self.past.columns)

    def over_customers(self, alias: str) -> Level:
        """A select of its own, under this alias."""
        return Level(self.writer, f"{alias}.id", alias)

    def source(self, *, from_history: bool = False) -> str:
        """What a select over customers selects from; `from_history` only those who have any."""
        joins = "".join(sql for _, sql in self.joins.values())
        if from_history and self._has_history:
            return (
                f"from {self.writer.table(self.history, self.gathered())}"
                f" join customer as {self.row} on {self.identity} = {self.history}.customer{joins}"
            )
        return f"from customer as {self.row}{self.joined()}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a condition stands: what bare names and `event` mean there. `condition` compiles what
    stands in a `where` below; `row` is the SQL of the event's number.
    """

    level: Level
    condition: Callable[[Writer, tree.Condition, Place], Truth]
    where: Where = ""
    events: tuple[str, ...] = ()
    properties: Element | None = None
    row: str = ""
    item: Element | None = None
    product: Element | None = None

    def top(self) -> Place:
        """Outside of every `where`, for the conditions of a segment."""
        return Place(self.level, self.condition)

    def within_event(self, level: Level, event: str, properties: Element, row: str) -> Place:
        return Place(level, self.condition, "event", (event,), properties, row)

    def within_item(self, item: Element, product: Element) -> Place:
        return replace(self, where="item", item=item, product=product)
