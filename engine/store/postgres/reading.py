"""Read-only connections to PostgreSQL: a few, kept open for whoever comes next."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final, Self, TypeVar

import psycopg

from engine.store.addresses import Address
from engine.store.connection import Row
from engine.store.errors import StoreUnavailableError, UnusableDatabaseError
from engine.store.postgres.session import Connection, connect, said
from engine.store.postgres.statements import translated

KEPT: Final = 8
T = TypeVar("T")


class Readers:
    """The connections that nobody uses right now."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._lock = Lock()
        self._idle: list[Connection] = []

    def take(self) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self.new()

    def new(self) -> Connection:
        return connect(self.address, "reader", default_transaction_read_only="on")

    def give_back(self, connection: Connection) -> None:
        if not connection.closed:
            with self._lock:
                if len(self._idle) < KEPT:
                    self._idle.append(connection)
                    return
        connection.close()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


class PostgresReader:
    """A `Reader`. Holds a connection only while a statement runs, or while it is a context."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._held: Connection | None = None

    def rows(self, sql: str, values: tuple[object, ...] = ()) -> list[Row]:
        return self._ask(lambda connection: connection.execute(translated(sql), values).fetchall())

    def row(self, sql: str, values: tuple[object, ...] = ()) -> Row | None:
        return self._ask(lambda connection: connection.execute(translated(sql), values).fetchone())

    def close(self) -> None:
        connection, self._held = self._held, None
        if connection is None:
            return
        try:
            connection.execute("rollback")
        except psycopg.Error:
            connection.close()
        self._readers.give_back(connection)

    def __enter__(self) -> Self:
        self._held = self._fresh(_begin)[0]
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _ask(self, question: Callable[[Connection], T]) -> T:
        if self._held is not None:
            try:
                return question(self._held)
            except psycopg.OperationalError as error:
                raise StoreUnavailableError(f"{self._readers.address}: {said(error)}") from error
        connection, answer = self._fresh(question)
        self._readers.give_back(connection)
        return answer

    def _fresh(self, question: Callable[[Connection], T]) -> tuple[Connection, T]:
        """Ask a connection that has read nothing yet; where it was cut while idle, a new one."""
        readers = self._readers
        connection = None
        try:
            connection = readers.take()
            try:
                return connection, question(connection)
            except psycopg.OperationalError:
                if not connection.closed:
                    raise
                readers.close()  # the others were cut as well
                connection = readers.new()
                return connection, question(connection)
        except BaseException as error:
            if connection is not None:
                readers.give_back(connection)
            if isinstance(error, UnusableDatabaseError):
                raise StoreUnavailableError(str(error)) from None
            if isinstance(error, psycopg.OperationalError):
                raise StoreUnavailableError(f"{readers.address}: {said(error)}") from error
            raise


def _begin(connection: Connection) -> None:
    connection.execute("begin isolation level repeatable read read only")
