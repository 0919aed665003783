"""`headrace import`: customers, products and events out of CSV or JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from engine.runtime.desk import ImportKind

Rows = list[tuple[int, dict[str, Any]]]
Store = Callable[[Rows], list[dict[str, Any]]]


def register(app: typer.Typer) -> None:
    app.command(name="import")(import_file)


def import_file(
    kind: Annotated[Literal["customers", "products", "events"], typer.Argument()],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or JSON lines.")],
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",  # noqa: A002
) -> None:
    """Read a file into the store. Running it again goes on where it broke off.

    Imported events count in conditions and end runs, but start no flow.
    """
    from engine.runtime.control import ServerSaidNoError
    from engine.runtime.errors import RuntimeRefusalError
    from engine.store.errors import StoreError

    try:
        report = _import(kind, file, data, progress=format == "text")
    except (ServerSaidNoError, StoreError, RuntimeRefusalError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if format == "json":
        import orjson

        typer.echo(orjson.dumps(report).decode())
    else:
        typer.echo(f"{report['read']} read, {report['written']} written")
        for each in report["skipped"][:50]:
            typer.echo(f"line {each['line']}: {each['reason']}")
        if len(report["skipped"]) > 50:
            typer.echo(f"and {len(report['skipped']) - 50} more (--format json lists all)")
    if report["skipped"]:
        raise typer.Exit(1)


def _import(kind: ImportKind, file: Path, data: Path, *, progress: bool) -> dict[str, Any]:
    from engine.runtime.control import ask_server

    def by_server(rows: Rows) -> list[dict[str, Any]]:
        told = {"kind": kind, "file": file.name, "rows": rows}
        answer = ask_server(data, "import", told)
        return list(answer["skipped"]) if answer is not None else []

    if ask_server(data, "import", {"kind": kind, "file": file.name, "rows": []}) is not None:
        return _read_all(file, by_server, progress=progress)

    from engine.runtime.desk import import_rows
    from engine.runtime.service import Service

    service = Service(data)
    service.start_quietly()
    try:

        def here(rows: Rows) -> list[dict[str, Any]]:
            return service.writer.run(
                lambda tx: import_rows(
                    tx,
                    kind,
                    rows,
                    types=service.shop.types,
                    now=service.clock.now(),
                    file=file.name,
                )
            )

        return _read_all(file, here, progress=progress)
    finally:
        service.stop()


def _read_all(file: Path, store: Store, *, progress: bool) -> dict[str, Any]:
    import sys

    from rich.progress import Progress

    from engine.runtime.desk import GROUP, read_rows

    skipped: list[dict[str, Any]] = []
    group: Rows = []
    read = 0
    shown = progress and sys.stderr.isatty()
    text = file.read_bytes()
    with Progress(disable=not shown, transient=True) as bar:
        task = bar.add_task(file.name, total=text.count(b"\n") or None)
        for line, row in read_rows(text, file.name):
            read += 1
            if isinstance(row, str):
                skipped.append({"line": line, "reason": row})
                continue
            group.append((line, row))
            if len(group) == GROUP:
                skipped += store(group)
                group = []
                bar.update(task, completed=line)
        if group:
            skipped += store(group)
    skipped.sort(key=lambda each: each["line"])
    return {"read": read, "written": read - len(skipped), "skipped": skipped}
