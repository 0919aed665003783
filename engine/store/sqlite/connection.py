"""SQLite: a file in the data folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from typing import Any, Final

import apsw

from engine.store.connection import Row
from engine.store.dialects import READER_PRAGMAS, WRITER_CACHE, WRITER_PRAGMAS, Numbers, Texts
from engine.store.errors import NoDatabaseError, UnusableFolderError
from engine.store.sqlite import functions as sqlite_functions

_REFUSALS: Final = frozenset(
    {
        apsw.SQLITE_FULL,
        apsw.SQLITE_IOERR,
        apsw.SQLITE_READONLY,
        apsw.SQLITE_CORRUPT,
        apsw.SQLITE_NOTADB,
        apsw.SQLITE_BUSY,
        apsw.SQLITE_LOCKED,
        apsw.SQLITE_NOMEM,
        apsw.SQLITE_CANTOPEN,
        apsw.SQLITE_PROTOCOL,
    }
)

_NO_CACHE: Final = "cache_size = -2000"
_SCRUBS: Final = 20
_PAUSE: Final = Event()


class LiteConnection:
    """The writer's connection to a file."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute

    def begin(self, *, together: bool = False) -> bool:
        assert not together, "nobody is beside whoever writes a file"
        self._connection.execute("begin immediate")
        return False

    def reserve(self, table: str, count: int, floor: int, *, again: bool) -> int:  # noqa: ARG002
        raise AssertionError(f"no {count} numbers of {table} above {floor}: nobody is beside us")

    def keep_to_indexes(self, *, on: bool) -> None:
        """It always does."""

    def somebody_waits(self) -> bool:
        return False

    def commit(self) -> None:
        self._connection.execute("commit")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("rollback")

    def scrub(self) -> None:
        # Freed places are overwritten (secure_delete), the log beside the file still has them.
        # A reader that looks at an older moment holds it up: such looks are short.
        for _ in range(_SCRUBS):
            with suppress(apsw.Error):
                row = self._connection.execute("pragma wal_checkpoint(truncate)").fetchone()
                if row is not None and not row[0]:
                    return
            _PAUSE.wait(0.05)

    def keep_pages(self, *, on: bool) -> None:
        self._connection.execute(f"pragma {WRITER_CACHE if on else _NO_CACHE}")

    def is_lost(self, error: Exception) -> bool:
        """The disk or the file refused, or SQLite has rolled everything back by itself."""
        refused = isinstance(error, apsw.Error) and getattr(error, "result", 0) in _REFUSALS
        return refused or not self._connection.in_transaction

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        self._execute(sql, values)
        return self._connection.changes()

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        return first(self._execute(sql, values))

    def close(self) -> None:
        # What stands beside the file goes into it, so that the file alone is a whole copy. Where
        # somebody still reads, it stays where it is as safe as before.
        with suppress(apsw.Error):
            self._connection.execute("pragma wal_checkpoint(truncate)")
        self._connection.close()


def _bound(_cursor: apsw.Cursor, _place: int, value: Any) -> str:
    """A list as the text that SQLite walks."""
    if isinstance(value, Numbers | Texts):
        return value.as_json()
    raise TypeError(f"a {type(value).__name__} cannot be bound to a statement")


def prepare(connection: apsw.Connection, pragmas: Iterable[str]) -> apsw.Connection:
    """Teach a connection what each of ours knows."""
    connection.convert_binding = _bound
    for pragma in pragmas:
        connection.execute(f"pragma {pragma}")
    sqlite_functions.teach(connection)
    return connection


def first(cursor: apsw.Cursor) -> Row | None:
    """The first row; the statement is over, so that it holds no lock."""
    row: Row | None = cursor.fetchone()
    if row is not None:
        cursor.close()
    return row


def connect_to_write(path: Path) -> apsw.Connection:
    """A connection for the one writer of the file at `path`."""
    return prepare(apsw.Connection(str(path), statementcachesize=512), WRITER_PRAGMAS)


def connect_to_read(path: Path) -> apsw.Connection:
    """A connection to the file at `path` that changes nothing.

    Raises:
        NoDatabaseError: there is none.
        UnusableFolderError: it cannot be read, or is no database.
    """
    try:
        if not path.exists():
            raise NoDatabaseError(f"there is no Headrace database in {path.parent}")
        connection = apsw.Connection(
            str(path), flags=apsw.SQLITE_OPEN_READONLY, statementcachesize=256
        )
        prepare(connection, READER_PRAGMAS)
        # The first statement that looks into the file.
        connection.execute("pragma schema_version")
    except (OSError, apsw.Error) as error:
        raise UnusableFolderError(f"{path} cannot be read: {error}") from error
    return connection


def backup(path: Path, copy: Path) -> int:
    """The database at `path` as it is at one moment, in a new file that only its owner reads.

    Raises:
        NoDatabaseError: there is none.
        UnusableFolderError: it cannot be read, or the copy cannot be written or is there already.
    """
    connect_to_read(path).close()
    try:
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise UnusableFolderError(f"{copy} cannot be made: {error.strerror}") from error
    try:
        with (
            closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as source,
            closing(apsw.Connection(str(copy))) as target,
            target.backup("main", source, "main") as pages,
        ):
            pages.step()
    except apsw.Error as error:
        copy.unlink(missing_ok=True)
        raise UnusableFolderError(f"{path} cannot be copied to {copy}: {error}") from error
    return copy.stat().st_size
