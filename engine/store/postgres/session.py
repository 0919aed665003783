"""The session that writes to a PostgreSQL database, and the lock by which it holds it.

The lock belongs to the session: whoever loses the connection has lost the lock, and with it the
transaction that was open. So nothing is ever committed without the lock. After a loss the session
is opened anew, the lock taken again, and work goes on only where nobody else has held it since.

A session that joins takes no such lock. It works beside the one that holds the database, each
transaction in its turn (`sharing`).
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any, Final

import psycopg
from psycopg import RawCursor
from psycopg.pq import TransactionStatus

from engine.logs import logger
from engine.store import sessions
from engine.store.addresses import Address
from engine.store.connection import Row
from engine.store.errors import DataFolderInUseError, StoreUnavailableError, UnusableDatabaseError
from engine.store.postgres import sharing
from engine.store.postgres.bulk import FEW, Copying, plan
from engine.store.postgres.statements import numbered, translated
from engine.store.postgres.values import use_our_values

OLDEST: Final = 13
CONNECT_SECONDS: Final = 5
LOCK_SECONDS: Final = 5
"""How long a start waits for the lock: a process that was killed holds it for a moment longer."""
COMMIT_SECONDS: Final = 10.0
"""How long a commit that was cut off is asked after, before its outcome counts as unknown."""

# Classes of SQLSTATE after which nothing of a transaction can be kept: connection, resources (disk
# full, memory), intervention (shut down, terminated), system (I/O), configuration, corruption;
# and a server that only reads.
_LOST: Final = ("08", "53", "57", "58", "F0", "XX", "25006")

_LOCK: Final = "select pg_advisory_lock(1751998064, hashtext(current_schema()))"
_OWNER: Final = (
    "select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid"
    " where l.locktype = 'advisory' and l.classid = 1751998064 and l.granted"
    " and l.database = (select oid from pg_database where datname = current_database())"
)
_SETTINGS: Final = {
    # What was acknowledged survives a power cut, whatever the server's default is.
    "synchronous_commit": "on",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    # Plans made while the tables were small would be kept when they are large.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "work_mem": "64MB",
    # A server whose client vanished without a word gives the lock back within a minute.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}

_WHOLE_TABLES: Final = {on: f"set local enable_seqscan = {on}".encode() for on in (False, True)}

_CLIENT: Final[dict[str, Any]] = {
    # The same for us: a server that ended our session while the line was cut has said so to nobody,
    # and an answer that was lost with it would be waited for until the system's two hours are over.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

Connection = psycopg.Connection[Row]

_log = logger(__name__)


def connect(address: Address, what: str, **settings: str) -> Connection:
    """A connection that commits by itself and speaks our values.

    Raises:
        UnusableDatabaseError: the server does not answer or does not let us in, or cannot be used.
    """
    try:
        connection = psycopg.connect(
            address.url,
            autocommit=True,
            cursor_factory=RawCursor,
            prepare_threshold=3,
            connect_timeout=CONNECT_SECONDS,
            client_encoding="UTF8",
            application_name=sessions.named(what, os.getpid(), socket.gethostname()),
            **_CLIENT,
        )
        connection.prepared_max = 500
        wanted = {**_SETTINGS, **settings}.items()
        calls = ", ".join(f"set_config('{setting}', '{value}', false)" for setting, value in wanted)
        connection.execute(f"select {calls}".encode())
        encoding = connection.info.parameter_status("server_encoding")
    except psycopg.Error as error:
        raise UnusableDatabaseError(f"{address} cannot be used: {said(error)}") from None
    if connection.info.server_version < OLDEST * 10_000 or encoding != "UTF8":
        connection.close()
        raise UnusableDatabaseError(
            f"{address} cannot be used: it must be PostgreSQL {OLDEST} or newer with the encoding "
            "UTF8"
        )
    use_our_values(connection)
    return connection


def said(error: psycopg.Error) -> str:
    """What the server or the driver said, on one line."""
    text = error.diag.message_primary or str(error)
    return " ".join(text.split()) or type(error).__name__


class Session:
    """A `WritingConnection`. `open` comes first; all else happens in the writer's thread."""

    def __init__(self, address: Address, *, joins: str = "") -> None:
        """`joins` is the name of a process that works beside the one that holds the database."""
        self.address = address
        self._joins = joins
        self._side: Connection | None = None
        self._turns = -1
        self._alone = True
        self._connection: Connection | None = None
        self._cursor: psycopg.Cursor[Row]
        self._backend: tuple[int, Any] | None = None
        self._term = ""
        self._fenced = ""

    # --- life -----------------------------------------------------------------------------

    def open(self) -> None:
        """Connect and take the lock.

        Raises:
            UnusableDatabaseError: the database cannot be used.
            DataFolderInUseError: another Headrace writes to it.
        """
        connection = connect(
            self.address, sessions.worker(self._joins) if self._joins else sessions.HOLDER
        )
        try:
            if not self._joins:
                self._take_lock(connection)
            sharing.be_a_node(connection)
            (pid, since) = connection.execute(
                "select pid, backend_start::text from pg_stat_activity where pid = pg_backend_pid()"
            ).fetchall()[0]
        except BaseException:
            connection.close()
            raise
        self._backend = (pid, since)
        self._connection = connection
        self._cursor = connection.cursor()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody writes meanwhile, those who work beside us included."""
        connection = self._connection
        assert connection is not None, "open comes first"
        while True:
            try:
                sharing.keep_turn(connection)
                break
            except psycopg.errors.LockNotAvailable:
                sharing.end_the_stuck(self._beside())
        try:
            yield
        finally:
            if not connection.closed:
                sharing.give_turn(connection)

    def begin_term(self) -> None:
        """Say in the database that from now on this session writes; its tables are up to date."""
        self._term = secrets.token_hex(16)
        self.execute(
            "insert into setting (name, value) values ('writer', ?)"
            " on conflict (name) do update set value = excluded.value",
            (self._term,),
        )

    def close(self) -> None:
        for one in (self._connection, self._side):
            if one is not None:
                one.close()
        self._connection = self._side = None

    def _take_lock(self, connection: Connection) -> None:
        try:
            connection.execute(
                "select set_config('lock_timeout', $1, false)", (f"{LOCK_SECONDS}s",)
            )
            connection.execute(_LOCK)
            connection.execute("select set_config('lock_timeout', '0', false)")
        except psycopg.errors.LockNotAvailable:
            row = connection.execute(_OWNER).fetchone()
            found = sessions.holders([row[0]]) if row else []
            owner = f" ({found[0]})" if found else ""
            raise DataFolderInUseError(
                f"{self.address} is in use by another Headrace{owner}; one process at a time may "
                "write to it"
            ) from None
        except psycopg.Error as error:
            raise UnusableDatabaseError(f"{self.address} cannot be used: {said(error)}") from None

    def _reopen(self) -> None:
        """After a loss. Raises StoreUnavailableError where work cannot go on."""
        if self._fenced:
            raise StoreUnavailableError(self._fenced)
        self.close()
        try:
            self._end_own_remains()
            self.open()
            self._turns = -1
            row = self.row("select value from setting where name = 'writer'")
        except (UnusableDatabaseError, DataFolderInUseError) as error:
            raise StoreUnavailableError(str(error)) from None
        except psycopg.Error as error:
            self.close()
            raise StoreUnavailableError(f"{self.address}: {said(error)}") from None
        if not self._joins and (row is None or row[0] != self._term):
            # What is kept in memory may be wrong now, and nobody could tell.
            self._fenced = (
                f"another Headrace has written to {self.address} since the connection was lost; "
                "start this one again"
            )
            self.close()
            raise StoreUnavailableError(self._fenced)
        _log.warning("the database is back", database=str(self.address))

    def _end_own_remains(self) -> None:
        """The server may not have noticed yet that our session is gone: end it, to get its lock."""
        if self._backend is None:
            return
        with connect(self.address, "after a loss") as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where pid = $1 and backend_start::text = $2",
                self._backend,
            )

    # --- transactions ---------------------------------------------------------------------

    def begin(self, *, together: bool = False) -> bool:
        if self._connection is not None and not self._connection.closed:
            try:
                return self._take_turn(together=together)
            except psycopg.OperationalError as error:
                if not self._is_gone():
                    raise
                # Cut while nothing was open, so nothing is lost.
                _log.warning("the database was lost", error=said(error))
        self._reopen()
        return self._take_turn(together=together)

    def _take_turn(self, *, together: bool) -> bool:
        while True:
            try:
                turns = sharing.begin(self._cursor, together=together)
            except psycopg.errors.LockNotAvailable:
                self._cursor.execute("rollback")
                sharing.end_the_stuck(self._beside())
            else:
                known, self._turns, self._alone = self._turns, turns, not together
                # The one that holds the database writes alone most of the time, and tells nobody.
                return bool(self._joins) or turns != known

    def reserve(self, table: str, count: int, floor: int, *, again: bool) -> int:
        return sharing.reserve(self._beside(), table, count, floor, again=again)

    def keep_to_indexes(self, *, on: bool) -> None:
        # A savepoint that is rolled back takes this with it.
        self._cursor.execute(_WHOLE_TABLES[not on])

    def somebody_waits(self) -> bool:
        return sharing.somebody_waits(self._cursor)

    def _beside(self) -> Connection:
        """Another connection, for what is to stand whatever becomes of the transaction."""
        if self._side is None or self._side.closed:
            # Its commits need not wait for the disk: what relies on them is committed later, and
            # the log of the server has an order.
            self._side = connect(self.address, "beside", synchronous_commit="off")
        return self._side

    def commit(self) -> None:
        row = self.row("select pg_current_xact_id_if_assigned()::text")
        number = row[0] if row else None
        if number is not None and self._joins and self._alone:
            sharing.tell_of_writing(self._cursor)
        try:
            self._cursor.execute("commit")
        except psycopg.OperationalError as error:
            if not self._is_gone():
                raise
            _log.warning("the database was lost during a commit", error=said(error))
            if number is None:
                return  # nothing was written
            self._ask_after(number)

    def _ask_after(self, number: str) -> None:
        """Return where the transaction was committed after all.

        The lock is free only once the old session has ended, so there is nothing in between.
        """
        turns = round(COMMIT_SECONDS / 0.1)
        for turn in range(turns):
            try:
                self._reopen()
                row = self.row("select pg_xact_status(?::xid8)", (number,))
            except (StoreUnavailableError, psycopg.Error):
                if turn == turns - 1 or self._fenced:
                    break
                Event().wait(0.1)
                continue
            if row == ("committed",):
                return
            if row == ("aborted",):
                raise StoreUnavailableError("the connection to the database was lost")
            break
        raise StoreUnavailableError(
            "the connection to the database was lost during a commit; whether it was stored is not "
            "known"
        )

    def rollback(self) -> None:
        if self._connection is None:
            return
        try:
            if self._connection.info.transaction_status != TransactionStatus.IDLE:
                self._cursor.execute("rollback")
        except psycopg.Error:
            self.close()

    def scrub(self) -> None:
        """Nothing: old versions of rows go with the next vacuum, the log with its retention."""

    def keep_pages(self, *, on: bool) -> None:
        """Nothing: the server keeps them."""

    def is_lost(self, error: Exception) -> bool:
        if self._is_gone() or self._connection is None:
            return True
        if isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(_LOST):
            return True
        return self._connection.info.transaction_status == TransactionStatus.IDLE

    def _is_gone(self) -> bool:
        return self._connection is None or self._connection.closed

    # --- statements -----------------------------------------------------------------------

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        return self._cursor.execute(translated(sql), values).rowcount

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._cursor.execute(translated(sql), values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        return self._cursor.execute(translated(sql), values).fetchone()

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        rows = rows if isinstance(rows, list) else list(rows)
        if len(rows) > FEW:
            how = plan(sql)
            if isinstance(how, Copying):
                text = how.text(rows)
                with self._cursor.copy(how.sql) as copy:
                    if text is not None:
                        copy.write(text)
                    else:
                        for row in rows:
                            copy.write_row(row)
                return
            values = how.values(rows) if how is not None else None
            if how is not None and values is not None:
                self._cursor.execute(how.sql, values)
                return
        if len(rows) == 1:
            self._cursor.execute(numbered(sql), rows[0])
        elif rows:
            self._cursor.executemany(numbered(sql), rows)
