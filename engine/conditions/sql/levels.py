"""The selects of a query, and how history gets into them: gathered, never asked for one by one.

All history that a select over customers speaks of comes from one derived table with a row per
customer, grouped from one scan per event. A scan starts at the earliest moment that anybody asks
about. `latest of` and `order` need the newest row itself and stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.conditions.sql.dialect import Element
from engine.conditions.sql.writing import Truth, Writer


@dataclass(slots=True)
class Column:
    """One figure per customer: `function` over `value` of the rows after `start` that pass `test`."""

    name: str
    function: str
    value: str
    start: int | None
    test: str | None

    text: bool = False

    @property
    def nothing(self) -> str:
        """What a row of another event gives to it."""
        kind = "integer" if self.function == "count" else "text" if self.text else "numeric"
        return f"cast(null as {kind})"


@dataclass(slots=True)
class Scan:
    """Rows of one event. As a level of its own it can look at the customer of each row."""

    writer: Writer
    event: str
    alias: str
    level: Level
    columns: dict[tuple[object, ...], Column] = field(default_factory=dict)

    @property
    def properties(self) -> Element:
        return self.writer.dialect.column(f"{self.alias}.properties")

    @property
    def start(self) -> int | None:
        starts = [column.start for column in self.columns.values()]
        return None if None in starts else min(one for one in starts if one is not None)

    def cells(self) -> dict[str, str]:
        """What each row gives to each column."""
        start, cells = self.start, {}
        for column in self.columns.values():
            tests = []
            if column.start != start:
                tests.append(f"{self.alias}.occurred_at > {column.start}")
            if column.test is not None:
                tests.append(column.test)
            tested = " and ".join(tests)
            cells[column.name] = f"case when {tested} then {column.value} end" if tests else (
                column.value
            )  # fmt: skip
        return cells

    def source(self) -> str:
        """From `from` on: stored events that a lane has applied."""
        return _events(self.writer, self.alias, self.event, self.start, self.level, self._common())

    def _common(self) -> str | None:
        """A test that all columns share keeps rows out at once."""
        tests = {column.test for column in self.columns.values()}
        return tests.pop() if len(tests) == 1 else None


def _events(
    writer: Writer, alias: str, event: str, start: int | None, level: Level, test: str | None
) -> str:
    conditions = [f"{alias}.name = {writer.bound_text(event)}"]
    if start is not None:
        conditions.append(f"{alias}.occurred_at > {start}")
    conditions.append(
        f"({alias}.id < (select coalesce(min(id), 9223372036854775807) from pending)"
        f" or not exists (select 1 from pending where pending.id = {alias}.id))"
    )
    if writer.within is not None:
        conditions.append(f"{alias}.customer in ({writer.within})")
    if test is not None:
        conditions.append(test)
    return f"from event as {alias}{level.joined()} where " + " and ".join(conditions)


@dataclass(slots=True)
class Level:
    """One select: over customers, or over the events of a scan.

    `identity` is the SQL of the customer's number there; `person` the alias of the customer's row,
    joined to a scan only when asked for.
    """

    writer: Writer
    identity: str
    row: str | None
    scans: dict[str, Scan] = field(default_factory=dict)
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

    def scan(self, event: str) -> Scan:
        if not self.history:
            self.history = self.writer.alias("h")
        scan = self.scans.get(event)
        if scan is None:
            alias = self.writer.alias("e")
            scan = Scan(self.writer, event, alias, Level(self.writer, f"{alias}.customer", None))
            self.scans[event] = scan
        return scan

    def figure(
        self,
        scan: Scan,
        function: str,
        value: str,
        start: int | None,
        test: Truth,
        *,
        text: bool = False,
    ) -> str:
        """A column of the gathered history; null for customers without any. `text` where that is
        what it holds.
        """
        sql = None if test.sql == "true" else test.sql
        key = (function, value, start, sql)
        column = scan.columns.get(key)
        if column is None:
            name = self.writer.alias("n")
            column = scan.columns[key] = Column(name, function, value, start, sql, text)
        return f"{self.history}.{column.name}"

    def newest(
        self, key: object, value: str, scan: Scan, start: int | None, test: Truth
    ) -> str:
        """The `value` of each customer's newest such event, joined; null where there is none.

        `key` tells different questions apart.
        """
        sql = None if test.sql == "true" else test.sql
        rows = _events(self.writer, scan.alias, scan.event, start, scan.level, sql)
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
        scans = [scan for scan in self.scans.values() if scan.columns]
        columns = [column for scan in scans for column in scan.columns.values()]
        if len(scans) == 1:
            (scan,) = scans
            cells = scan.cells()
            figures = [f"{c.function}({cells[c.name]}) as {c.name}" for c in columns]
            return (
                f"select {scan.alias}.customer, {', '.join(figures)} {scan.source()}"
                f" group by {scan.alias}.customer"
            )
        parts = []
        for scan in scans:
            cells = scan.cells()
            given = ", ".join(f"{cells.get(c.name) or c.nothing} as {c.name}" for c in columns)
            parts.append(f"select {scan.alias}.customer, {given} {scan.source()}")
        figures = [f"{c.function}({c.name}) as {c.name}" for c in columns]
        union = self.writer.alias("u")
        return (
            f"select customer, {', '.join(figures)} from ({' union all '.join(parts)}) as {union}"
            " group by customer"
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
        return any(scan.columns for scan in self.scans.values())

    def source(self, *, from_history: bool) -> str:
        """What a select over customers selects from; `from_history` only those who have any."""
        joins = "".join(sql for _, sql in self.joins.values())
        if from_history and self._has_history:
            return (
                f"from {self.writer.table(self.history, self.gathered())}"
                f" join customer as c on c.id = {self.history}.customer{joins}"
            )
        return f"from customer as c{self.joined()}"
