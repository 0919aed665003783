"""`headrace export`: customers, events and products into files that `headrace import` reads."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Literal

import typer

from engine.cli import options, verb

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
    data: options.Data = options.DATA,
    write: Annotated[
        Literal["auto", "csv", "jsonl"], typer.Option("--as", help="How the file is written.")
    ] = "auto",
    form: options.Form = "text",
) -> None:
    """Write what the store holds into a file; a server may be running meanwhile.

    In CSV, cells that a spreadsheet would take for a formula begin with a `'`.
    """
    from engine.imports import exporting

    lines = file.endswith((".jsonl", ".ndjson", ".json")) if write == "auto" else write == "jsonl"
    try:
        with verb.reading(data) as reader:
            types = published_types(reader, data)
            if types is None:
                verb.fail(f"nothing was published into {data} yet")
            with _target(file) as target:
                count = exporting.write(reader, kind, types, target, as_json=lines)
    except OSError as error:
        verb.fail(f"{file} cannot be written: {error.strerror}")
    if form == "json":
        verb.show({"kind": kind, "rows": count}, err=file == "-")
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


def published_types(reader: Reader, data: Path) -> Types | None:
    """The declared types of what was published last."""
    from engine.projects import compiled as projects
    from engine.publishing import publish as publishing
    from engine.store import publications

    row = publications.newest(reader)
    if row is None:
        return None
    folder = publishing.unpack(publishing.sources_of(*row), data / "published")
    return projects.compile_published(folder).deployment().types
