"""A data folder: its lock, and its database: a file in it, or one on a PostgreSQL server."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, Protocol

from engine.store.connection import Reader, WritingConnection
from engine.store.dialects import Dialect
from engine.store.errors import DataFolderInUseError, UnusableDatabaseError, UnusableFolderError
from engine.store.rows import Rows
from engine.store.sqlite import connection as lite
from engine.store.sqlite.reading import LiteReader, Readers
from engine.store.writer import Writer

if TYPE_CHECKING:
    from engine.store.addresses import Address

__all__ = ["FILE", "LOCK", "SERVER", "Database", "Reader", "address_of"]

FILE = "headrace.db"
LOCK = "headrace.lock"
SERVER = "server.json"


class Database:
    """The database of one data folder.

    `open_to_write` takes the folder's lock, brings the tables up to date and starts the one
    writer. Readers need nothing and may be opened in any process and thread.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        """`url` names a PostgreSQL database; None is SQLite in the folder."""
        self.folder = folder
        self.kind: Literal["sqlite", "postgresql"] = "sqlite" if url is None else "postgresql"
        self.url = url
        self._lock: IO[str] | None = None
        self._writer: Writer | None = None

    def __str__(self) -> str:
        """Where it is, for people; without a password."""
        return str(self._kind)

    @cached_property
    def _kind(self) -> _Kind:
        return _File(self.folder / FILE) if self.url is None else _postgres(self.url)

    @property
    def writer(self) -> Writer:
        assert self._writer is not None, "open_to_write comes first"
        return self._writer

    @property
    def dialect(self) -> Dialect:
        """What statements that truly differ are written for."""
        return "sqlite" if self.url is None else "postgresql"

    def open_to_write(self, *, make: bool = True) -> Writer:
        """Own this folder and its database, which is made where there is none if `make`.

        Raises:
            NoDatabaseError: there is none, without `make`.
            DataFolderInUseError: another process does.
            UnusableFolderError: it cannot be written, or holds something else.
            UnusableDatabaseError: the PostgreSQL database cannot be reached or used.
            NewerDatabaseError: a newer Headrace made the database.
        """
        if not make:
            self.reader().close()
        return self._begin(lambda: self._kind.open()[0])

    def open_to_join(self, name: str) -> Writer:
        """Work beside the process that holds this database, which is on a PostgreSQL server.

        Raises:
            DataFolderInUseError: another process uses this folder.
            UnusableFolderError: it cannot be written.
            UnusableDatabaseError: the database cannot be reached or used.
            NoDatabaseError: there is none.
        """
        return self._begin(lambda: self._kind.join(name))

    def _begin(self, connect: Callable[[], WritingConnection]) -> Writer:
        self._take_lock()
        try:
            self._writer = Writer(connect())
            self._writer.start()
        except BaseException:
            self._release_lock()
            raise
        return self._writer

    def check_tables(self, rows: Rows) -> None:
        """Whether we can work on the tables as another process has brought them up to date.

        Raises:
            NewerDatabaseError: they are newer than we are.
            UnusableDatabaseError: they are older.
        """
        from engine.store.migrations.run import check_revision

        check_revision(rows, str(self))

    def nodes(self) -> list[str]:
        """The processes that write or work on this database now; none are told of for SQLite."""
        return self._kind.nodes()

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the tables up to date and let go again; the revision before and after."""
        self._take_lock()
        try:
            connection, revisions = self._kind.open()
            connection.close()
            return revisions
        finally:
            self._kind.close()
            self._release_lock()

    def close(self) -> None:
        self._kind.close()  # readers first: whoever writes leaves one whole file
        if self._writer is not None:
            self._writer.stop()
            self._writer = None
            self._kind.close()
        self._release_lock()

    def backup(self, file: Path) -> int:
        """Copy an SQLite database into a new file, whoever writes meanwhile; the copy's bytes.

        Raises:
            NoDatabaseError: there is no Headrace database yet.
            UnusableFolderError: it cannot be read, or the copy cannot be written or is there.
        """
        return lite.backup(self.folder / FILE, file)

    def reader(self) -> Reader:
        """A new reader, usable from any one thread at a time.

        Raises:
            NoDatabaseError: there is no Headrace database yet.
            UnusableFolderError: the file cannot be read, or is no database.
            UnusableDatabaseError: the PostgreSQL database cannot be reached or used.
        """
        return self._kind.reader()

    def identity(self, rows: Rows) -> str:
        """Which database this is, so that no copy of it has the same."""
        return self._kind.identity(rows)

    def _take_lock(self) -> None:
        # flock is given back by the kernel when the process dies, however it dies.
        try:
            # Customers and secrets lie here: nobody else on this machine reads them.
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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


class _Kind(Protocol):
    """What is done differently for a file and for a server."""

    def open(self) -> tuple[WritingConnection, tuple[str | None, str]]:
        """Bring the tables up to date, connect; the revision before and after."""

    def join(self, name: str) -> WritingConnection: ...

    def nodes(self) -> list[str]: ...

    def reader(self) -> Reader: ...

    def identity(self, rows: Rows) -> str: ...

    def close(self) -> None: ...


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers = Readers(path)

    def __str__(self) -> str:
        return str(self._path.parent)

    def open(self) -> tuple[WritingConnection, tuple[str | None, str]]:
        from engine.store.migrations.run import upgrade

        self._keep_private()
        revisions = upgrade(self._path)
        connection = lite.LiteConnection(lite.connect_to_write(self._path))
        self._readers.keep()
        return connection, revisions

    def _keep_private(self) -> None:
        """The file is for its owner alone; what SQLite makes beside it takes after it."""
        with suppress(OSError):  # whoever may not do this hears about it when opening the file
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            for file in self._path.parent.glob(f"{self._path.name}*"):
                file.chmod(0o600)

    def reader(self) -> Reader:
        return LiteReader(self._readers)

    def join(self, name: str) -> WritingConnection:
        raise UnusableDatabaseError(
            f"{name} cannot work on {self}: an SQLite file has one process that writes. Several"
            " need PostgreSQL; name it in HEADRACE_DATABASE_URL"
        )

    def nodes(self) -> list[str]:
        return []

    def identity(self, _rows: Rows) -> str:
        return f"file {self._path.stat().st_ino}"

    def close(self) -> None:
        self._readers.close()


def address_of(url: str) -> Address:
    """Where `url` leads.

    Raises:
        UnusableDatabaseError: it is no address, or the driver is missing.
    """
    from engine.store.addresses import checked, read_address

    try:
        return checked(read_address(url))
    except ValueError as error:
        raise UnusableDatabaseError(str(error)) from None


def _postgres(url: str) -> _Kind:
    address = address_of(url)
    # Only now: it needs the driver.
    from engine.store.postgres.server import Server

    def upgrade() -> tuple[str | None, str]:
        from engine.store.migrations.run import upgrade_postgres

        return upgrade_postgres(address)

    return Server(address, upgrade)
