"""`headrace import`: customers, products, orders and events out of files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from engine.cli import options, progress, verb

if TYPE_CHECKING:
    from engine.imports.running import ImportTarget, Plan, Report

SHOWN = 20


def register(app: typer.Typer) -> None:
    app.command(name="import")(import_file)


def import_file(
    kind: Annotated[
        Literal["customers", "products", "orders", "events", "suppressions", "coupons"],
        typer.Argument(),
    ],
    file: Annotated[
        str, typer.Argument(help="CSV, JSON lines or JSON; for products a feed too, or its URL.")
    ],
    codes: Annotated[
        Path | None, typer.Argument(help="For `import coupons NAME FILE`: the file of codes.")
    ] = None,
    data: options.Data = options.DATA,
    flows: Annotated[
        Path | None, typer.Option(help="What to publish into a data folder that is new.")
    ] = None,
    feed: Annotated[
        Literal["auto", "google", "shopify", "json", "csv"],
        typer.Option("--from", help="Whose feed of products it is; found out by itself."),
    ] = "auto",
    complete: Annotated[
        bool, typer.Option("--complete", help="Products that the file does not name are gone.")
    ] = False,
    rejected: Annotated[
        Path | None, typer.Option(help="Where rejected rows go (default: FILE.rejected.csv).")
    ] = None,
    encoding: Annotated[
        str, typer.Option(help="The text encoding, if it is not UTF-8 or UTF-16.")
    ] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Import a file once more that is finished.")
    ] = False,
    form: options.Form = "text",
) -> None:
    """Read a file into the store. Running it again goes on where it broke off.

    What is imported counts in conditions and ends runs, but starts no flow.
    """
    from engine.imports.running import Plan

    if kind == "coupons":
        if codes is None or not codes.is_file():
            verb.fail("give a coupon and a file: headrace import coupons NAME FILE", code=2)
        from engine.cli.coupons import import_codes

        import_codes(file, codes, data, as_json=form == "json")
        return
    if codes is not None:
        verb.fail(f"there is one file too many: {codes}", code=2)
    if complete and kind != "products":
        verb.fail("--complete is for products", code=2)
    with verb.plainly(), _told(form), _at_hand(file, kind) as (path, name):
        plan = Plan(kind, path, name, rejected, encoding, feed, complete, again)
        if name != path.name and rejected is None:
            plan.rejected = Path(f"{name}.rejected.csv")
        report = _import(plan, data, flows, shown=form == "text")
    if form == "json":
        verb.show(report.as_json())
    else:
        _tell(report)
    if report.rejected:
        raise typer.Exit(1)


@contextmanager
def _told(form: str) -> Iterator[None]:
    """With `--format json` there is a document, also where the file as a whole is refused."""
    from engine.errors import PlainError

    try:
        yield
    except PlainError as error:
        if form == "json":
            _show_refused(str(error))
        raise
    except _RefusedError as error:
        if form == "json":
            _show_refused(str(error))
        verb.fail(str(error), code=2)


def _show_refused(sentence: str) -> None:
    nothing: dict[str, object] = {"read": 0, "written": 0, "skipped": [], "rejected": 0}
    verb.show({**nothing, "rejected_file": None, "warnings": {}, "error": sentence})


class _RefusedError(Exception):
    """There is nothing that could be imported: wrong use, exit code 2."""


@contextmanager
def _at_hand(file: str, kind: str) -> Iterator[tuple[Path, str]]:
    """The file itself, or what an https address answers, fetched into a temporary one."""
    if not file.startswith(("https://", "http://")):
        path = Path(file)
        if not path.is_file():
            raise _RefusedError(f"there is no file {file}")
        yield path, path.name
        return
    if kind != "products":
        raise _RefusedError("only products are read from an address")
    from tempfile import TemporaryDirectory

    from engine.imports.feeds.download import fetch

    with TemporaryDirectory() as folder:
        fetched = fetch(file, Path(folder) / "feed")
        yield fetched.path, fetched.name


def _import(plan: Plan, data: Path, flows: Path | None, *, shown: bool) -> Report:
    from engine.errors import NothingPublishedError
    from engine.imports.target import SteppedTarget
    from engine.store.errors import NoDatabaseError

    try:
        with verb.calling("import", data, {"act": "look"}, flows) as call:
            return _with_bar(plan, SteppedTarget(call), shown=shown)
    except NoDatabaseError as error:
        raise NothingPublishedError(f"{error}; to begin one, say which flows: --flows") from None


def _with_bar(plan: Plan, target: ImportTarget, *, shown: bool) -> Report:
    from rich.console import Console
    from rich.progress import Progress

    from engine.imports.running import run

    if not shown or not progress.shown():
        return run(plan, target)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        with plan.path.open("rb") as file:
            lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
        task = bar.add_task(plan.name, total=lines or None)
        return run(plan, target, lambda line: bar.update(task, completed=line))


def _tell(report: Report) -> None:
    if report.finished_before:
        typer.echo("This file was imported before: nothing was changed (--again imports it anew).")
    elif report.resumed_from:
        typer.echo(f"Went on after row {report.resumed_from:,}, where an earlier run broke off.")
    written = report.as_json()["written"]
    typer.echo(f"{report.read:,} read, {written:,} written, {report.rejected:,} rejected")
    if report.unavailable:
        typer.echo(f"{report.unavailable:,} products are no longer offered")
    for sentence, count in report.warnings.items():
        typer.echo(f"note: {sentence} ({count:,} rows)")
    for each in report.skipped[:SHOWN]:
        typer.echo(f"line {each['line']}: {each['reason']}")
    if report.rejected > SHOWN:
        typer.echo(f"and {report.rejected - SHOWN:,} more")
    if report.rejected_file:
        typer.echo(f"the rejected rows are in {report.rejected_file}")
