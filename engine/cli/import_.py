"""`headrace import`: customers, products, orders and events out of files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli import plainly

if TYPE_CHECKING:
    from engine.imports.running import ImportTarget, Plan, Report

SHOWN = 20


def register(app: typer.Typer) -> None:
    app.command(name="import")(import_file)


def import_file(
    kind: Annotated[
        Literal["customers", "products", "orders", "events", "coupons"], typer.Argument()
    ],
    file: Annotated[
        str, typer.Argument(help="CSV, JSON lines or JSON; for products a feed too, or its URL.")
    ],
    codes: Annotated[
        Path | None, typer.Argument(help="For `import coupons NAME FILE`: the file of codes.")
    ] = None,
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    flows: Annotated[
        Path | None, typer.Option(help="What to publish into a data folder that is new.")
    ] = None,
    form: Annotated[
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
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",  # noqa: A002
) -> None:
    """Read a file into the store. Running it again goes on where it broke off.

    What is imported counts in conditions and ends runs, but starts no flow.
    """
    from engine.imports.jobs import ImportMovedError
    from engine.imports.reading import UnreadableFileError
    from engine.imports.running import Plan

    if kind == "coupons":
        if codes is None or not codes.is_file():
            typer.echo("give a coupon and a file: headrace import coupons NAME FILE", err=True)
            raise typer.Exit(2)
        from engine.cli.coupons import import_codes

        import_codes(file, codes, data, as_json=format == "json")
        return
    if codes is not None:
        typer.echo(f"there is one file too many: {codes}", err=True)
        raise typer.Exit(2)
    if complete and kind != "products":
        typer.echo("--complete is for products", err=True)
        raise typer.Exit(2)
    with (
        plainly(UnreadableFileError, ImportMovedError),
        _at_hand(file, kind) as (path, name),
    ):
        plan = Plan(kind, path, name, rejected, encoding, form, complete, again)
        if name != path.name and rejected is None:
            plan.rejected = Path(f"{name}.rejected.csv")
        report = _import(plan, data, flows, shown=format == "text")
    if format == "json":
        import orjson

        typer.echo(orjson.dumps(report.as_json()).decode())
    else:
        _tell(report)
    if report.rejected:
        raise typer.Exit(1)


@contextmanager
def _at_hand(file: str, kind: str) -> Iterator[tuple[Path, str]]:
    """The file itself, or what an https address answers, fetched into a temporary one."""
    if not file.startswith(("https://", "http://")):
        path = Path(file)
        if not path.is_file():
            typer.echo(f"there is no file {file}", err=True)
            raise typer.Exit(2)
        yield path, path.name
        return
    if kind != "products":
        typer.echo("only products are read from an address", err=True)
        raise typer.Exit(2)
    from tempfile import TemporaryDirectory

    from engine.imports.feeds.download import fetch

    with TemporaryDirectory() as folder:
        fetched = fetch(file, Path(folder) / "feed")
        yield fetched.path, fetched.name


def _import(plan: Plan, data: Path, flows: Path | None, *, shown: bool) -> Report:
    from engine.errors import NothingPublishedError
    from engine.service.control import ServerSaidNoError, ask_server
    from engine.service.operations import LocalTarget
    from engine.service.service import Service
    from engine.store.errors import NoDatabaseError

    class RemoteTarget(LocalTarget):
        """The server that owns the folder does it."""

        def __init__(self) -> None:
            pass

        def step(self, told: dict[str, Any]) -> dict[str, Any]:
            done = ask_server(data, "import", told)
            if done is None:
                raise ServerSaidNoError("the server has gone; run this again to go on from here")
            return done

    # Asked with an empty step, to see whether a server owns the folder.
    if ask_server(data, "import", {"act": "look"}) is not None:
        return _with_bar(plan, RemoteTarget(), shown=shown)

    service = Service(data, flows)
    try:
        service.start_quietly()
    except NoDatabaseError as error:
        raise NothingPublishedError(f"{error}; to begin one, say which flows: --flows") from None
    try:
        return _with_bar(plan, LocalTarget(service), shown=shown)
    finally:
        service.stop()


def _with_bar(plan: Plan, desk: ImportTarget, *, shown: bool) -> Report:
    import sys

    from rich.console import Console
    from rich.progress import Progress

    from engine.imports.running import run

    if not shown or not sys.stderr.isatty():
        return run(plan, desk)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        with plan.path.open("rb") as file:
            lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
        task = bar.add_task(plan.name, total=lines or None)
        return run(plan, desk, lambda line: bar.update(task, completed=line))


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
