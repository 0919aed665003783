"""A PostgreSQL database as `engine.store.database` wants one."""

from __future__ import annotations

from collections.abc import Callable

from engine.store.addresses import Address
from engine.store.errors import NoDatabaseError
from engine.store.postgres import sharing
from engine.store.postgres.reading import PostgresReader, Readers
from engine.store.postgres.session import Session
from engine.store.rows import Rows

Revisions = tuple[str | None, str]
"""Of the tables, before and after they were brought up to date."""


class Server:
    """One database on a server: the session that writes, and the readers' connections."""

    def __init__(self, address: Address, upgrade: Callable[[], Revisions]) -> None:
        """`upgrade` brings the tables up to date; whoever calls it holds the lock."""
        self._upgrade = upgrade
        self._address = address
        self._readers = Readers(address)
        self._has_tables = False

    def __str__(self) -> str:
        return str(self._address)

    def open(self) -> tuple[Session, Revisions]:
        """Take the lock, bring the tables up to date, and be the one who writes."""
        session = Session(self._address)
        session.open()
        try:
            with session.alone():
                revisions = self._upgrade()
                # Nobody works in between: they look at the tables anew where another writes.
                session.begin_term()
        except BaseException:
            session.close()
            raise
        return session, revisions

    def join(self, name: str) -> Session:
        """Be one who works beside the process that holds the database.

        Raises:
            NoDatabaseError: there is none.
            UnusableDatabaseError: it cannot be used.
        """
        self.reader().close()
        session = Session(self._address, joins=name)
        session.open()
        return session

    def nodes(self) -> list[str]:
        """The processes that write or work here, as sessions call themselves."""
        with self.reader() as reader:
            return [name for (name,) in reader.rows(sharing.NAMES)]

    def reader(self) -> PostgresReader:
        """Raises NoDatabaseError where Headrace has made no tables yet."""
        reader = PostgresReader(self._readers)
        if not self._has_tables:
            row = reader.row("select to_regclass('setting') is not null")
            if row != (True,):
                raise NoDatabaseError(f"there is no Headrace database in {self._address}")
            self._has_tables = True
        return reader

    def identity(self, rows: Rows) -> str:
        """The database's number, and the server's where the role may ask for it."""
        ((number,),) = rows.rows("select oid from pg_database where datname = current_database()")
        ((allowed,),) = rows.rows("select has_function_privilege('pg_control_system()', 'execute')")
        if not allowed:
            return f"database {number}"
        ((server,),) = rows.rows("select system_identifier from pg_control_system()")
        return f"database {number} of {server}"

    def close(self) -> None:
        self._readers.close()
