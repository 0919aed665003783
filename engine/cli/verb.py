"""What a verb runs through: it opens, asks the server or works here, and says what went wrong.

A command is its options and one run of a row of `engine.service.operations`; or, where it only
looks, one `reading`. What is refused is a sentence on standard error and an exit code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from engine.service.operations import Operation
    from engine.store.connection import Reader

Document = dict[str, Any]
Call = Callable[[Document], Document]


def run(
    operation: str | Operation,
    data: Path,
    request: Document,
    *also: type[Exception],
) -> Document:
    """The answer of an operation: by the server that owns `data`, here where none runs.

    Ends the command with 1 where it is refused, or where one of `also` is raised.
    """
    import orjson

    with plainly(*also):
        answer = _ask(operation, data, request)
        if answer is not None:
            return answer
        row = _row(operation)
        begins = request.get(row.begins) if row.begins else None
        from engine.service.folder import opened

        flows = None if begins is None else Path(begins)
        with opened(data, row.needs, flows, request.get("plan")) as here:
            # As a server would send it: the same types, whoever did it.
            done: Document = orjson.loads(orjson.dumps(row.run(here, request)))
            return done


def ask(operation: str, data: Path, request: Document) -> Document | None:
    """The answer of the server that owns `data`, None where none runs. Ends as `run` does."""
    with plainly():
        return _ask(operation, data, request)


@contextmanager
def calling(
    operation: str, data: Path, probe: Document, flows: Path | None = None
) -> Iterator[Call]:
    """For an operation of many steps: what does a step, by one and the same party to the end.

    `probe` is a step that changes nothing: its answer says whether a server runs. `flows` is what
    a new data folder begins with.

    Raises:
        PlainError: nothing can be opened; or, by a step, it was refused or the server has gone.
    """
    from engine.service.client import ServerGoneError

    if _ask(operation, data, probe) is not None:

        def ask(request: Document) -> Document:
            answer = _ask(operation, data, request)
            if answer is None:
                raise ServerGoneError("the server has gone; run this again to go on from here")
            return answer

        yield ask
        return
    from engine.service.folder import opened

    row = _row(operation)
    with opened(data, row.needs, flows) as here:
        yield lambda request: row.run(here, request)


def _ask(operation: str | Operation, data: Path, request: Document) -> Document | None:
    from engine.service.client import ask

    return ask(data, operation if isinstance(operation, str) else operation.name, request)


def _row(operation: str | Operation) -> Operation:
    # Imported only where it is done here: asking a server is quick.
    from engine.service import operations

    return operations.operation(operation) if isinstance(operation, str) else operation


@contextmanager
def reading(data: Path, *, code: int = 1) -> Iterator[Reader]:
    """The database as one moment, beside whoever writes; ends with `code` where there is none."""
    from engine.settings import read_settings

    with plainly(code=code), read_settings().database(data).reader() as reader:
        yield reader


@contextmanager
def plainly(*also: type[Exception], code: int = 1) -> Iterator[None]:
    """What goes wrong in a way that people can read is one sentence on standard error, and this
    exit code. So is each of `also`. Wrong settings are the whole command's: exit code 2.
    """
    from engine.errors import PlainError
    from engine.settings import SettingsError

    refusals: tuple[type[Exception], ...] = (PlainError, *also)
    try:
        yield
    except SettingsError:
        raise
    except refusals as error:
        typer.echo("\n  ".join([str(error), *getattr(error, "findings", ())]), err=True)
        raise typer.Exit(code) from None


@contextmanager
def noting() -> Iterator[None]:
    """What is refused is a note on standard error, and the command goes on."""
    from engine.errors import PlainError

    try:
        yield
    except PlainError as error:
        typer.echo(f"note: {error}", err=True)


def project(path: Path) -> Path:
    """The folder of the project that `path` names, or a sentence and exit code 2."""
    from engine.projects.folders import project_folder

    with plainly(code=2):
        return project_folder(path)


def fail(sentence: str, code: int = 1) -> NoReturn:
    """End the command with a sentence on standard error."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def show(document: object, *, err: bool = False) -> None:
    """A document for scripts, on one line."""
    import orjson

    typer.echo(orjson.dumps(document).decode(), err=err)
