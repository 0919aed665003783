"""What the writer and the readers ask of a database, whichever it is.

SQL texts are the same for both: `?` stands for a value, lists are bound through
`engine.store.dialects`, JSON goes in and comes out as orjson bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, Self

Row = tuple[Any, ...]


class WritingConnection(Protocol):
    """The one connection that writes. Used by one thread at a time."""

    def begin(self, *, together: bool = False) -> bool:
        """Start a transaction; whether other processes may have written since the last one.

        It has the database for itself, or works `together` with others, on shards that it locks.
        Raises what the database raises, or StoreUnavailableError.
        """

    def reserve(self, table: str, count: int, floor: int, *, again: bool) -> int:
        """In a transaction beside others: the first of `count` numbers of a table, all above
        `floor`, that nobody else gets. `again`: the transaction has taken some of them before.
        """

    def somebody_waits(self) -> bool:
        """Whether another process waits for this transaction's end."""

    def keep_to_indexes(self, *, on: bool) -> None:
        """From here to the end of the transaction, or to where it is turned off again, let rows be
        found by an index wherever one can find them.
        """

    def commit(self) -> None:
        """Make it durable. Returns only where that is certain."""

    def rollback(self) -> None:
        """Drop the transaction, if there is one; never raises."""

    def scrub(self) -> None:
        """After a commit: let nothing of what it took out stand beside the tables; never raises."""

    def keep_pages(self, *, on: bool) -> None:
        """Whether what is read is kept in memory, to be read again."""

    def is_lost(self, error: Exception) -> bool:
        """Whether nothing of the transaction can be kept after `error`."""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement and say how many rows it changed."""

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run it once for each row, in their order."""

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]: ...

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None: ...

    def close(self) -> None: ...


class Reader(Protocol):
    """Read-only; sees what was committed when a statement starts.

    As a context it sees one moment throughout: what a later row names, an earlier one explains.
    For one thread at a time.
    """

    def rows(self, sql: str, values: tuple[object, ...] = ()) -> list[Row]: ...

    def row(self, sql: str, values: tuple[object, ...] = ()) -> Row | None: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        """From the first statement on, all statements see the same moment."""

    def __exit__(self, *exception: object) -> None: ...
