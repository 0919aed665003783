"""A data folder: its database, its lock and its connections."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import IO, Self

from engine.store import dialects
from engine.store.errors import DataFolderInUseError, NoDatabaseError, UnusableFolderError
from engine.store.writer import Row, Writer

FILE = "headrace.db"
LOCK = "headrace.lock"
SERVER = "server.json"


class Reader:
    """A read-only connection; sees what was committed when a statement starts.

    As a context it sees one moment throughout: what a later row names, an earlier one explains.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, values: tuple[object, ...] = ()) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: tuple[object, ...] = ()) -> Row | None:
        found: Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        """From the first statement on, all statements see the same moment."""
        self._connection.execute("begin")
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Database:
    """The database of one data folder.

    `open_to_write` takes the folder's lock, brings the tables up to date and starts the one
    writer. Readers need nothing and may be opened in any process and thread.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE
        self._lock: IO[str] | None = None
        self._writer: Writer | None = None

    @property
    def writer(self) -> Writer:
        assert self._writer is not None, "open_to_write comes first"
        return self._writer

    def open_to_write(self) -> Writer:
        """Own this folder.

        Raises:
            DataFolderInUseError: another process does.
            UnusableFolderError: it cannot be written, or holds something else.
            NewerDatabaseError: a newer Headrace made the database.
        """
        from engine.store.migrations.run import upgrade

        self._take_lock()
        try:
            upgrade(self.path)
            self._writer = Writer(self.connect_to_write)
            self._writer.start()
        except BaseException:
            self._release_lock()
            raise
        return self._writer

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the tables up to date and let go again; the revision before and after."""
        from engine.store.migrations.run import upgrade

        self._take_lock()
        try:
            return upgrade(self.path)
        finally:
            self._release_lock()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.stop()
            self._writer = None
        self._release_lock()

    def connect_to_write(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        for pragma in dialects.WRITER_PRAGMAS:
            connection.execute(f"pragma {pragma}")
        return connection

    def reader(self) -> Reader:
        """A new read-only connection, usable from any one thread at a time.

        Raises:
            NoDatabaseError: the folder holds no database.
            UnusableFolderError: it cannot be read, or is no database.
        """
        try:
            if not self.path.exists():
                raise NoDatabaseError(f"there is no Headrace database in {self.folder}")
            connection = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            for pragma in dialects.READER_PRAGMAS:
                connection.execute(f"pragma {pragma}")
            # The first statement that looks into the file.
            connection.execute("pragma schema_version")
        except (OSError, sqlite3.DatabaseError) as error:
            raise UnusableFolderError(f"{self.path} cannot be read: {error}") from error
        return Reader(connection)

    def _take_lock(self) -> None:
        # flock is given back by the kernel when the process dies, however it dies.
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / LOCK).open("a+", encoding="utf-8")
        except OSError as error:
            raise UnusableFolderError(
                f"the data folder {self.folder} cannot be used: {error.strerror}"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip()
            lock.close()
            raise DataFolderInUseError(
                f"{self.folder} is in use by another Headrace"
                + (f" (process {owner})" if owner else "")
                + "; one process at a time may write to it"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
