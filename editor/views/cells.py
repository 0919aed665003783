"""What stands in the cells of a report's tables, as HTML: a large report has hundreds of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from editor.language import _
from editor.rendering import figure
from editor.sentences import retold
from engine.reports.statistics import Interval
from engine.reports.told import BY_ROW, Column, Report, Row


class Cells:
    """The cells of one report. `where` are the days of its time and `version` that of its flow, for
    the links to the people behind a figure; `title_of` tells what people call a flow.
    """

    def __init__(
        self,
        report: Report,
        where: Mapping[str, str],
        version: int | None,
        title_of: Callable[[str], str],
    ) -> None:
        self._currency = report.currency
        self._time = str(escape(f"&{urlencode(where)}"))
        self._version = version
        self._title_of = title_of
        self._about = {"flow": report.flow} if report.flow else {}
        self._tails: dict[tuple[tuple[str, str], ...], str] = {}
        self._heads: dict[str, str] = {}

    def number(self, column: Column, value: Any) -> Markup:
        """A figure at the head of the report."""
        return self.first(column, {column.name: value}, None)

    def first(self, column: Column, row: Row, about: Mapping[str, str] | None) -> Markup:
        """What stands in the first cell of a row."""
        told = self._about if about is None else about
        cell = self._cell(column, row.get(column.name), told, self._tail(told) + self._time)
        return Markup(cell)  # noqa: S704 - escaped where it is made

    def row(
        self,
        columns: tuple[Column, ...],
        row: Row,
        about: Mapping[str, str] | None,
        more: Mapping[str, Markup],
    ) -> Markup:
        """What stands in a row of a table behind its first cell. `more` stands at the end of a
        cell, by the name of its column.
        """
        told = self._about if about is None else about
        tail = self._tail(told) + self._time
        cells = []
        for column in columns[1:]:
            value = row.get(column.name)
            kind = ""
            if column.unit != "text":
                kind = ' class="number"' if value else ' class="number none"'
            end = more.get(column.name, "")
            cells.append(f"<td{kind}>{self._cell(column, value, told, tail)}{end}</td>")
        return Markup("".join(cells))  # noqa: S704 - of cells that are escaped

    def day(self, columns: tuple[Column, ...], row: Row) -> Markup:
        """A row of the curve's table: a day and its figures."""
        day, told = escape(row["day"]), self._about
        tail = f"{self._tail(told)}&amp;from={day}&amp;to={day}"
        cells = [
            f'<td class="number">{self._cell(column, row.get(column.name), told, tail)}</td>'
            for column in columns[1:]
        ]
        head = f'<th scope="row"><time datetime="{day}">{day}</time></th>'
        return Markup(head + "".join(cells))  # noqa: S704 - of cells that are escaped

    def _cell(self, column: Column, value: Any, about: Mapping[str, str], tail: str) -> str:
        """A cell as HTML. `tail` is the end of the link to its people, as HTML."""
        if isinstance(value, Interval):
            low, high = (escape(self._said(column, one)) for one in (value.low, value.high))
            middle = self._cell(column, value.value, about, tail)
            return f"{middle}<br><small>{low} {escape(_('to'))} {high}</small>"
        said = self._said(column, value)
        if not said.isdecimal():
            said = str(escape(said))
        if not column.kinds or value is None or value == 0:
            return said
        kind = column.kinds[0]
        if kind == BY_ROW[0]:
            kind = about.get("kind") or kind
        head = self._heads.get(kind)
        if head is None:
            head = self._heads[kind] = str(escape(f"/reports/people?{urlencode({'kind': kind})}"))
        return f'<a href="{head}{tail}">{said}</a>'

    def _said(self, column: Column, value: Any) -> str:
        if type(value) is int and column.unit == "count" and -1_000 < value < 1_000:
            return str(value)
        if column.name == "flow" and value:
            return self._title_of(value)
        if column.spoken:
            return _(value) if value else ""
        if column.unit == "text" and value:
            return retold(value)
        return figure(value, column.unit, self._currency)

    def _tail(self, about: Mapping[str, str]) -> str:
        """What a link says of what its figure is about, as HTML."""
        key = tuple(about.items())
        if key not in self._tails:
            told = {name: value for name, value in key if value and name != "kind"}
            version = {"version": self._version} if self._version else {}
            words = urlencode({**told, **version})
            self._tails[key] = str(escape(f"&{words}")) if words else ""
        return self._tails[key]
