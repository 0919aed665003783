"""What a report says: numbers, a curve and tables, the same for pages, scripts and spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Final, Literal

from engine.reports.statistics import Interval

Unit = Literal["text", "count", "money", "share", "ratio", "days", "rate", "worth"]
"""How a value is written: money is minor units, a share is from 0 to 1, days are elapsed. A `rate`
is a share with its interval, `worth` money with its interval.
"""
Value = str | int | float | Interval | None
Row = dict[str, Value]
NUMBERS: Final = "numbers"
"""The table of what stands at the head of a report."""


BY_ROW: Final = ("by row",)
"""The kinds of a column whose rows are of different ones: each row's `about` has its `kind`."""


def say(text: str) -> str:
    """Marks words that pages say in the reader's language."""
    return text


@dataclass(frozen=True, slots=True)
class Column:
    """`says` is what a figure means, in one sentence. `kinds` are the kinds of figures of which
    the people can be shown. `spoken` are texts that are words of ours, not names.
    """

    name: str
    title: str
    unit: Unit = "count"
    says: str = ""
    kinds: tuple[str, ...] = ()
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A figure at the head of a report, and what it was in the time before (None: not asked)."""

    column: Column
    value: Value
    before: Value = None


@dataclass(frozen=True, slots=True)
class Table:
    """`about` says of each row to which flow, message, step and channel its figures belong. `says`
    is what is to be known of the table as a whole, `empty` what is said of one without rows.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[Row]
    says: str = ""
    empty: str = ""
    about: list[Mapping[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Curve:
    """Values by day (ISO), a column a line."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Report:
    """`since` and `until` are the first and the last day, in the shop's zone."""

    name: str
    title: str
    since: str
    until: str
    zone: str
    currency: str
    numbers: list[Number]
    tables: list[Table]
    curve: Curve | None = None
    notes: list[str] = field(default_factory=list)
    flow: str = ""

    def as_json(self) -> dict[str, Any]:
        """For scripts: money in minor units, shares from 0 to 1."""
        columns = [one.column for one in self.numbers]
        for table in self.tables:
            columns += table.columns
        return {
            "report": self.name,
            **({"flow": self.flow} if self.flow else {}),
            "from": self.since,
            "to": self.until,
            "zone": self.zone,
            "currency": self.currency,
            NUMBERS: {one.column.name: _plain(one.value) for one in self.numbers},
            "before": {
                one.column.name: _plain(one.before)
                for one in self.numbers
                if one.before is not None
            },
            "days": [] if self.curve is None else [_row(row) for row in self.curve.rows],
            "tables": {one.name: [_row(row) for row in one.rows] for one in self.tables},
            "notes": self.notes,
            "definitions": {one.name: one.says for one in columns if one.says},
        }

    def as_csv(self, name: str = "") -> str:
        """One table (the first; `numbers`, `days`) for spreadsheets; amounts in minor units.

        A text that a spreadsheet would run as a formula gets an apostrophe before it.

        Raises:
            KeyError: there is no such table.
        """
        tables = {one.name: one for one in self.sheets()}
        table = tables[name] if name else next(iter(tables.values()))
        return table_csv(table)

    def sheets(self) -> list[Table]:
        """All that can be had as a table."""
        columns = (
            Column("figure", say("Figure"), "text"),
            Column("value", say("Value")),
            Column("before", say("Before")),
        )
        rows: list[Row] = [
            {"figure": one.column.name, "value": one.value, "before": one.before}
            for one in self.numbers
        ]
        found = [*self.tables]
        if rows:
            found.append(Table(NUMBERS, say("Figures"), columns, rows))
        if self.curve is not None:
            found.append(Table("days", self.curve.title, self.curve.columns, self.curve.rows))
        return found


def table_csv(table: Table) -> str:
    """A table for spreadsheets: what has an interval takes three columns."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    intervals = {one.name for one in table.columns if one.unit in ("rate", "worth")}
    writer.writerow(
        [
            name
            for one in table.columns
            for name in (
                (one.name, f"{one.name}_low", f"{one.name}_high")
                if one.name in intervals
                else (one.name,)
            )
        ]
    )
    for row in table.rows:
        cells: list[str] = []
        for one in table.columns:
            value = row.get(one.name)
            if one.name in intervals:
                told = value if isinstance(value, Interval) else (None, None, None)
                cells += [guarded(part) for part in told]
            else:
                cells.append(guarded(value))
        writer.writerow(cells)
    return out.getvalue()


def guarded(value: Value) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded("mail"), guarded(-3), guarded(None)
    ("'=1+1", 'mail', '-3', '')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in "=+-@\t\r\n|%" and value else value
    return str(_plain(value))


def _row(row: Row) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Value) -> Any:
    if isinstance(value, Interval):
        return {name: round(part, 6) for name, part in value._asdict().items()}
    return round(value, 6) if isinstance(value, float) else value


def share(part: int, whole: int) -> float | None:
    """A part of a whole, None of nothing."""
    return part / whole if whole else None


def ordered(rows: Iterable[Row], by: str) -> list[Row]:
    """The largest first."""

    def size(row: Row) -> float:
        value = row.get(by)
        return -value if isinstance(value, int | float) else 0.0

    return sorted(rows, key=size)
