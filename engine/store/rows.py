"""What can be asked of a transaction and of a reader alike."""

from __future__ import annotations

from typing import Any, Protocol

from engine.store.connection import Row


class Rows(Protocol):
    """Statements as `engine.store.connection` takes them."""

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[Row]: ...

    def row(self, sql: str, values: tuple[Any, ...] = ()) -> Row | None: ...


class NoRows:
    """Of a database that is not there yet."""

    def rows(self, _sql: str, _values: tuple[Any, ...] = ()) -> list[Row]:
        return []

    def row(self, _sql: str, _values: tuple[Any, ...] = ()) -> Row | None:
        return None
