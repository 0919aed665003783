"""`headrace export`: customers, events and products into files that `headrace import` reads."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Literal

import typer

from engine.cli import plainly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.core.values import Types
    from engine.store.connection import Reader


def register(app: typer.Typer) -> None:
    app.command(name="export")(export_file)


def export_file(
    kind: Annotated[Literal["customers", "events", "products"], typer.Argument()],
    file: Annotated[
        str, typer.Argument(help="CSV; JSON lines where it ends in .jsonl; - is standard output.")
    ],
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    write: Annotated[
        Literal["auto", "csv", "jsonl"], typer.Option("--as", help="How the file is written.")
    ] = "auto",
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",  # noqa: A002
) -> None:
    """Write what the store holds into a file; a server may be running meanwhile.

    In CSV, cells that a spreadsheet would take for a formula begin with a `'`.
    """
    from engine.imports import exporting
    from engine.settings import read_settings

    lines = file.endswith((".jsonl", ".ndjson", ".json")) if write == "auto" else write == "jsonl"
    try:
        with plainly(), read_settings().database(data).reader() as reader:
            types = _types(reader, data)
            if types is None:
                typer.echo(f"nothing was published into {data} yet", err=True)
                raise typer.Exit(1)
            with _target(file) as target:
                count = exporting.write(reader, kind, types, target, as_json=lines)
    except OSError as error:
        typer.echo(f"{file} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    if format == "json":
        import orjson

        typer.echo(orjson.dumps({"kind": kind, "rows": count}).decode(), err=file == "-")
    else:
        typer.echo(f"{count:,} {kind}", err=file == "-")


@contextmanager
def _target(file: str) -> Iterator[IO[str]]:
    """Standard output, or a file that is there only once it is whole."""
    if file == "-":
        yield sys.stdout
        return
    path = Path(file)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as target:
            yield target
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _types(reader: Reader, data: Path) -> Types | None:
    """The declared types of what was published last."""
    from engine.projects import compiled as projects
    from engine.publishing import publish as publishing
    from engine.store import publications

    row = publications.newest(reader)
    if row is None:
        return None
    folder = publishing.unpack(publishing.sources_of(*row), data / "published")
    return projects.compile_published(folder).deployment().types
