"""`headrace report`: what came of flows, as the pages tell it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from engine.cli import options, verb

if TYPE_CHECKING:
    from engine.reports.asked import Asked
    from engine.reports.told import Column, Report, Table, Value
    from engine.store.connection import Reader

_FORM = Annotated[
    Literal["text", "json", "csv"], typer.Option("--format", help="How to print the result.")
]


def register(app: typer.Typer) -> None:
    app.command()(report)


def report(
    name: Annotated[
        str,
        typer.Argument(help="shop, flow, experiments, deliverability, behaviour or cohorts."),
    ],
    flow: Annotated[str, typer.Argument(help="A flow, for what is about one.")] = "",
    since: Annotated[str, typer.Option("--from", help="The first day, like 2026-01-31.")] = "",
    until: Annotated[str, typer.Option("--to", help="The last day; today without it.")] = "",
    days: Annotated[
        int, typer.Option(min=0, max=3_660, help="So many days, where --from is not said.")
    ] = 0,
    version: Annotated[int | None, typer.Option(min=1, help="One version of the flow.")] = None,
    table: Annotated[str, typer.Option(help="Which table a CSV holds; numbers and days too.")] = "",
    data: options.Data = options.DATA,
    form: _FORM = "text",
) -> None:
    """Tell what came of flows in a time: counts, revenue, experiments. Days are the shop's own."""
    from engine.reports.catalogue import REPORTS, UnknownReportError, make

    with verb.plainly(code=2), verb.reading(data, code=2) as reader:
        usual = REPORTS[name].days if name in REPORTS else 30
        asked = _asked(reader, data, (since, until, days or usual), flow, version)
        found = make(name, asked)
    if form == "json":
        verb.show(found.as_json())
    elif form == "csv":
        try:
            typer.echo(found.as_csv(table), nl=False)
        except (KeyError, StopIteration):
            known = ", ".join(one.name for one in found.sheets())
            with verb.plainly(code=2):
                raise UnknownReportError(
                    f"there is no table {table!r}; there are {known}"
                ) from None
    else:
        typer.echo("\n".join(_text(found)))


def _asked(
    reader: Reader, data: Path, days: tuple[str, str, int], flow: str, version: int | None
) -> Asked:
    from engine.clock import SystemClock
    from engine.publishing import brakes
    from engine.publishing.going_live import read_standing
    from engine.reports.asked import Asked
    from engine.reports.period import period
    from engine.reports.recommendations import moment
    from engine.settings import read_settings

    settings = read_settings()
    now = moment(reader, SystemClock(settings.clock_offset).now())
    deployment = read_standing(reader, data / "published", now, secret="").deployment
    since, until, length = days
    return Asked(
        reader,
        settings.credit_rule,
        period(now, deployment.zone, since, until, length),
        deployment.currency,
        deployment.programs,
        flow,
        version,
        settings.alarm_complaints / 100,
        frozenset((one.flow, one.message, one.channel) for one in brakes.read(reader).messages),
    )


def _text(found: Report) -> list[str]:
    lines = [f"{found.title}, {found.since} to {found.until} ({found.zone})"]
    for number in found.numbers:
        now = written(number.value, number.column, found.currency)
        before = ""
        if number.before is not None:
            before = f"  (before: {written(number.before, number.column, found.currency)})"
        lines.append(f"  {number.column.title}: {now}{before}")
    for table in found.tables:
        lines += ["", table.title, *_table(table, found.currency)]
    return [*lines, *(f"\n{note}" for note in found.notes)]


def _table(table: Table, currency: str) -> list[str]:
    if not table.rows:
        return [f"  {table.empty or 'nothing'}"]
    cells = [[one.name for one in table.columns]]
    cells += [
        [written(row.get(one.name), one, currency) for one in table.columns] for row in table.rows
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(len(table.columns))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if one.unit == "text" else cell.rjust(width)
            for cell, width, one in zip(row, widths, table.columns, strict=True)
        ).rstrip()
        for row in cells
    ]


def written(value: Value, column: Column, currency: str) -> str:
    """A value for people, in the units of its column."""
    from engine.core.values import minor_digits
    from engine.reports.statistics import Interval

    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, Interval):
        parts = [written(one, column, currency) for one in value]
        return f"{parts[0]} ({parts[1]} to {parts[2]})"
    if column.unit in ("share", "rate"):
        return f"{value * 100:.1f} %"
    if column.unit in ("money", "worth"):
        digits = minor_digits(currency)
        return f"{value / 10**digits:,.{digits}f} {currency}"
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
