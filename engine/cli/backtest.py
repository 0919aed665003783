"""`headrace backtest`: the past once more, through the flows as they stand in the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli import options, progress, verb

if TYPE_CHECKING:
    from engine.backtest.result import BacktestResult

_FORM = Annotated[
    Literal["text", "json", "csv"], typer.Option("--format", help="How to print the result.")
]


def register(app: typer.Typer) -> None:
    app.command()(backtest)


def backtest(
    since: Annotated[str, typer.Option("--from", help="The first day, like 2026-01-31.")],
    flow: Annotated[str, typer.Argument(help="One flow; without it all of them.")] = "",
    until: Annotated[str, typer.Option("--to", help="The last day; yesterday without it.")] = "",
    as_if_known: Annotated[
        bool | None,
        typer.Option(
            "--as-if-known/--as-it-came",
            help="Play what was imported later as of its own time. Without it: where the shop knew"
            " nothing else yet.",
            show_default=False,
        ),
    ] = None,
    path: Annotated[Path, typer.Option("--path", help="The project folder.")] = options.FLOWS,
    data: options.Data = options.DATA,
    form: _FORM = "text",
    tell: Annotated[
        bool, typer.Option("--tell", hidden=True, help="Say on standard error how far it is.")
    ] = False,
) -> None:
    """Play what happened through the flows as the files say them now, and compare with what went.

    Nothing is sent and nothing of the shop is written. Interrupted, the same command goes on.
    """
    from engine.backtest.backtest import backtest as play
    from engine.clock import SystemClock
    from engine.core.model import HOUR
    from engine.settings import read_settings

    folder = verb.project(path)
    settings = read_settings()
    with verb.plainly(code=2), verb.reading(data, code=2) as rows, _told(tell) as told:
        zone = _zone(folder)
        now = max(SystemClock(settings.clock_offset).now(), _newest(rows))
        # A whole hour, so that who was interrupted asks for the same once more.
        end = _moment(until, zone, after=1) if until else _today(now, zone)
        result = play(
            rows,
            folder,
            data / "backtests",
            _moment(since, zone),
            min(end, now - now % HOUR) - 1,
            flow=flow,
            as_if_known=as_if_known,
            max_lateness=round(settings.max_lateness * HOUR),
            told=told,
        )
    if form == "json":
        verb.show(result.as_json())
    elif form == "csv":
        typer.echo(_csv(result), nl=False)
    else:
        typer.echo("\n".join(text_of(result)))


def _newest(rows: Any) -> int:
    from engine.store import events

    return events.latest_receipt(rows) or 0


def _zone(folder: Path) -> str:
    from dsl.cli import reading
    from engine.projects.compiled import compile_folder

    with reading(folder):
        compiled = compile_folder(folder)
    if wrong := compiled.errors(folder):
        verb.fail("\n".join(wrong))
    return compiled.deployment().zone


def _moment(day: str, zone: str, after: int = 0) -> int:
    """The beginning of a day of the shop's, or of one so many days after."""
    from engine.backtest.backtest import UnfitPeriodError
    from engine.core import calendar

    try:
        there = date.fromisoformat(day.strip()) + timedelta(days=after)
    except ValueError:
        raise UnfitPeriodError(f"{day[:40]!r} is no day; write it like 2026-01-31") from None
    return calendar.instant(datetime.combine(there, time()), zone)


def _today(now: int, zone: str) -> int:
    from engine.core import calendar

    return _moment(calendar.local_date(now, zone).isoformat(), zone)


@contextmanager
def _told(tell: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal: how many of the people were looked at; or lines for who started it."""
    if tell:
        yield lambda done, of: typer.echo(f"played {done} {of}", err=True)
        return
    if not progress.shown():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("playing"), BarColumn(), TextColumn("{task.percentage:.0f} %")
    bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task("playing", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


# --- for people ----------------------------------------------------------------------------


def text_of(result: BacktestResult) -> list[str]:
    """The result as lines of text."""
    told = result.as_json()
    lines = [
        f"{told['flow'] or 'all flows'}, {told['from']} to {told['to']}",
        (
            f"  {told['people']:,} people, {told['events']:,} events, {told['steps']:,} steps in"
            f" {told['seconds']:.1f} s"
        ),
        f"  edited since they went live: {', '.join(told['edited']) or 'none'}",
    ]
    lines += [f"  {one}" for one in notes_of(told)]
    lines += _table(
        "messages: as the files say, beside what went",
        told["messages"],
        ("flow", "message", "channel"),
        ("messages", "people", "live", "same", "later", "earlier", "added", "missing"),
    )
    lines += _table(
        "people by flow; goals followed anyway",
        told["flows"],
        ("flow",),
        ("entered", "people", "goals", "goal_people", "goal_value"),
    )
    for title, rows, names in (
        ("limits hit", told["limits"], ("flow", "reason")),
        ("quiet hours hit", told["quiet_hours"], ("flow",)),
        ("another flow had taken the room", told["collisions"], ("flow", "other")),
        ("not sent, and why", told["not_sent"], ("flow", "reason")),
        ("cannot be known: answers to messages that were not sent here",
         told["cannot_be_known"], ("event",)),
        ("why messages differ", told["because"], ("says",)),
    ):  # fmt: skip
        lines += _table(title, rows, names, ("count",))
    for one in told["assumed"]:
        lines.append(f"  note, {one['people']:,} people: {one['says']}")
    lines += _table(
        "people to look at",
        told["differences"],
        ("kind", "flow", "message", "channel"),
        ("customer", "at", "live_at"),
    )
    if result.same:
        lines.append("  nothing differs from what went")
    return lines


def notes_of(told: dict[str, Any]) -> list[str]:
    """What has to be known to read a result: whether imports count, and what was held back."""
    later = told["told_later"]
    notes = []
    if told["as_if_known"]:
        notes.append(
            f"as if known then: {later['events']:,} events of these days were imported after they"
            f" happened, and are played as of their own time; what is known of {later['people']:,}"
            " people was imported"
        )
    elif told["imported_since"]:
        notes.append(
            "what was imported after the beginning counts from the day it came; with --as-if-known"
            " it counts from when it happened"
        )
    if not told["people"]:
        notes.append("nobody was known by the end of these days")
    notes += [
        f"held back as it was: {one['act']}{' ' + one['flow'] if one['flow'] else ''}, {one['at']}"
        for one in told["held_back"]
    ]
    return notes


def _table(
    title: str, rows: list[dict[str, Any]], names: tuple[str, ...], numbers: tuple[str, ...]
) -> list[str]:
    if not rows:
        return []
    cells = [[*names, *(one.replace("_", " ") for one in numbers)]]
    cells += [[str(row[one]) for one in names] + [_number(row[one]) for one in numbers]
              for row in rows]  # fmt: skip
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    return ["", f"  {title}"] + [
        "    "
        + "  ".join(
            cell.ljust(width) if place < len(names) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def _number(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _csv(result: BacktestResult) -> str:
    """The messages, a line each."""
    import csv
    import io

    from engine.reports.told import guarded

    names = ("flow", "message", "channel", "messages", "people", "live", "same", "later", "earlier",
             "added", "missing")  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in result.messages():
        writer.writerow([guarded(row[name]) for name in names])
    return out.getvalue()
