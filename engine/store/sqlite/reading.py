"""Read-only connections to a file: a few, kept open for whoever comes next."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final, Self

import apsw

from engine.store.connection import Row
from engine.store.sqlite.connection import connect_to_read, first

KEPT: Final = 4
"""So many connections wait, open."""
REMEMBERED: Final = 4 << 20
"""Bytes of pages that a waiting connection remembers at most."""


class Readers:
    """Connections to the file at `path`. Opening one takes longer than most of what is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._idle: list[apsw.Connection] = []
        self._file = 0
        self._keeping = False

    def keep(self) -> None:
        """From here on, until it is closed, connections are kept for whoever comes next."""
        self._keeping = True

    def take(self) -> apsw.Connection:
        """A connection that nobody else uses.

        Raises:
            NoDatabaseError: there is no file.
            UnusableFolderError: it cannot be read, or is no database.
        """
        file = 0
        with suppress(OSError):  # whoever opens it says so
            file = self._path.stat().st_ino
        with self._lock:
            if file and file == self._file and self._idle:
                return self._idle.pop()
            gone, self._idle, self._file = self._idle, [], file
        for connection in gone:  # of another file, which stood here before
            connection.close()
        return connect_to_read(self._path)

    def give_back(self, connection: apsw.Connection) -> None:
        """Nobody uses it any more; it stands in no transaction."""
        if self._keeping:
            if connection.status(apsw.SQLITE_DBSTATUS_CACHE_USED)[0] > REMEMBERED:
                connection.release_memory()
            with self._lock:
                if self._keeping and len(self._idle) < KEPT:
                    self._idle.append(connection)
                    return
        connection.close()

    def close(self) -> None:
        """Keep none any more."""
        with self._lock:
            self._keeping = False
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


class LiteReader:
    """A `Reader`, which holds a connection until it is closed."""

    def __init__(self, readers: Readers) -> None:
        """Raises NoDatabaseError or UnusableFolderError."""
        self._readers = readers
        self._connection: apsw.Connection | None = readers.take()

    def rows(self, sql: str, values: tuple[object, ...] = ()) -> list[Row]:
        return self._held().execute(sql, values).fetchall()

    def row(self, sql: str, values: tuple[object, ...] = ()) -> Row | None:
        return first(self._held().execute(sql, values))

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("rollback")
        except apsw.Error:
            connection.close()
        else:
            self._readers.give_back(connection)

    def _held(self) -> apsw.Connection:
        if self._connection is None:
            raise apsw.ConnectionClosedError("the reader is closed")
        return self._connection

    def __enter__(self) -> Self:
        self._held().execute("begin")
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
