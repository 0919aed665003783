"""SQLite: a file in the data folder."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from typing import Any, Final, Self

from engine.store.connection import Row
from engine.store.dialects import READER_PRAGMAS, WRITER_PRAGMAS
from engine.store.errors import NoDatabaseError, UnusableFolderError
from engine.store.sqlite import functions as sqlite_functions

_REFUSALS: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)

_SCRUBS: Final = 20
_PAUSE: Final = Event()


class LiteConnection:
    """The writer's connection to a file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self, *, together: bool = False) -> bool:
        assert not together, "nobody is beside whoever writes a file"
        self._connection.execute("begin immediate")
        return False

    def reserve(self, table: str, count: int, floor: int) -> int:
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
            with suppress(sqlite3.Error):
                row = self._connection.execute("pragma wal_checkpoint(truncate)").fetchone()
                if row is not None and not row[0]:
                    return
            _PAUSE.wait(0.05)

    def is_lost(self, error: Exception) -> bool:
        """The disk or the file refused, or SQLite has rolled everything back by itself."""
        # Extended codes carry the plain one in their low byte.
        refused = isinstance(error, sqlite3.Error) and (
            getattr(error, "sqlite_errorcode", 0) & 0xFF in _REFUSALS
        )
        return refused or not self._connection.in_transaction

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        return self._connection.execute(sql, values).rowcount

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        found: Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def close(self) -> None:
        # What stands beside the file goes into it, so that the file alone is a whole copy. Where
        # somebody still reads, it stays where it is as safe as before.
        with suppress(sqlite3.Error):
            self._connection.execute("pragma wal_checkpoint(truncate)")
        self._connection.close()


def connect_to_write(path: Path) -> sqlite3.Connection:
    """A connection for the one writer of the file at `path`."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    for pragma in WRITER_PRAGMAS:
        connection.execute(f"pragma {pragma}")
    sqlite_functions.teach(connection)
    return connection


class LiteReader:
    """A read-only connection to a file."""

    def __init__(self, path: Path) -> None:
        """Raises NoDatabaseError or UnusableFolderError."""
        try:
            if not path.exists():
                raise NoDatabaseError(f"there is no Headrace database in {path.parent}")
            self._connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            for pragma in READER_PRAGMAS:
                self._connection.execute(f"pragma {pragma}")
            sqlite_functions.teach(self._connection)
            # The first statement that looks into the file.
            self._connection.execute("pragma schema_version")
        except (OSError, sqlite3.DatabaseError) as error:
            raise UnusableFolderError(f"{path} cannot be read: {error}") from error

    def rows(self, sql: str, values: tuple[object, ...] = ()) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: tuple[object, ...] = ()) -> Row | None:
        found: Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        self._connection.execute("begin")
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def backup(path: Path, copy: Path) -> int:
    """The database at `path` as it is at one moment, in a new file that only its owner reads.

    Raises:
        NoDatabaseError: there is none.
        UnusableFolderError: it cannot be read, or the copy cannot be written or is there already.
    """
    LiteReader(path).close()
    try:
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise UnusableFolderError(f"{copy} cannot be made: {error.strerror}") from error
    try:
        with (
            closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        copy.unlink(missing_ok=True)
        raise UnusableFolderError(f"{path} cannot be copied to {copy}: {error}") from error
    return copy.stat().st_size
