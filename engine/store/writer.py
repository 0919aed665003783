"""The one thread that writes.

SQLite below 3.51.3 can corrupt its file when two connections write or checkpoint a WAL at once,
and a commit with full sync costs a disk flush, on PostgreSQL too. So one connection in one thread
does all writing, and pieces of work that wait together are committed together; a caller gets its
result only after that commit.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from engine.logs import logger
from engine.store.connection import Row, WritingConnection
from engine.store.errors import StoreUnavailableError, WriterStoppedError

__all__ = ["Row", "Transaction", "Work", "Writer", "no_collection"]

T = TypeVar("T")

GROUP_SECONDS: Final = 0.1
"""No further piece of work joins a transaction that is older than this."""

RUN_FLOOR: Final = "run floor"
"""The setting that says which numbers of runs were given before a restore, so that none of a
message that went out then is given again."""

_BLOCK: Final = 64
_LARGEST_BLOCK: Final = 65_536

_log = logger(__name__)


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the cyclic collector out of a batch: its many objects live until the end anyway, and
    looking through them again and again would cost as much as the work itself.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(slots=True)
class _Block:
    """Numbers that were reserved, and how many of them are left."""

    first: int
    size: int
    left: int


class Transaction:
    """What a piece of work may do with the database. Valid only while the work runs.

    `together`: it works beside those of other processes, on the shards that it locks.
    """

    def __init__(self, connection: WritingConnection) -> None:
        self._connection = connection
        self._numbers: dict[str, int] = {}
        self._blocks: dict[str, _Block] = {}
        self._depth = 0
        self.together = False
        self.scrubs = False

    def leave_no_trace(self) -> None:
        """Let what this work takes out also go from where the database keeps what was."""
        self.scrubs = True

    def is_lost(self, error: Exception) -> bool:
        """Whether the whole transaction is beyond repair after `error`."""
        return self._connection.is_lost(error)

    def attempt(self, work: Callable[[], T]) -> T | Exception:
        """Do `work`, or nothing of it: then its error is given. Attempts may stand within others.

        Raises the error where the whole transaction is lost with it.
        """
        self._depth += 1
        name = f"attempt_{self._depth}"
        self.execute(f"savepoint {name}")
        try:
            done = work()
        except Exception as error:
            if self.is_lost(error):
                raise
            self.execute(f"rollback to {name}")
            self.execute(f"release {name}")
            return error
        finally:
            self._depth -= 1
        self.execute(f"release {name}")
        return done

    @contextmanager
    def few_of_many(self) -> Iterator[None]:
        """What stands within looks for a few rows each time, by an index, and never wants a table
        read from end to end: where PostgreSQL knows little of a table that grows, it would.

        After an error the caller goes back to a savepoint from before.
        """
        self._connection.keep_to_indexes(on=True)
        yield
        self._connection.keep_to_indexes(on=False)

    @contextmanager
    def reading_once(self) -> Iterator[None]:
        """What stands within reads much that is not read again soon: no memory is kept for it."""
        self._connection.keep_pages(on=False)
        try:
            yield
        finally:
            self._connection.keep_pages(on=True)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement and say how many rows it changed."""
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run it once for each row, in their order."""
        self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._connection.rows(sql, values)

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        return self._connection.row(sql, values)

    def somebody_waits(self) -> bool:
        """Whether another process waits for the end of this transaction."""
        return self._connection.somebody_waits()

    def number(self, table: str) -> int:
        """The next free id of `table`. Numbers of work that failed are not given again."""
        if self.together:
            return self._reserved(table)
        last = self._numbers.get(table)
        if last is None:
            (last,) = self.rows(f"select coalesce(max(id), 0) from {table}")[0]
            last = max(last, self._floor(table))
        self._numbers[table] = last = last + 1
        return last

    def numbers(self, table: str, count: int) -> range:
        """`count` free ids of `table` in a row."""
        if self.together:
            first = self._reserved(table, count)
        else:
            first = self.number(table)
            self._numbers[table] = first + count - 1
        return range(first, first + count)

    def _floor(self, table: str) -> int:
        if table != "run":
            return 0
        floor = self.row("select value from setting where name = ?", (RUN_FLOOR,))
        return int(floor[0]) if floor else 0

    def _reserved(self, table: str, count: int = 1) -> int:
        """The first of `count` numbers, out of blocks that grow while the transaction lasts."""
        block = self._blocks.get(table)
        if block is None or block.left < count:
            grown = _BLOCK if block is None else min(block.size * 2, _LARGEST_BLOCK)
            size, again = max(count, grown), block is not None
            first = self._connection.reserve(
                table, size, 0 if again else self._floor(table), again=again
            )
            self._blocks[table] = block = _Block(first, size, size)
        number = block.first + block.size - block.left
        block.left -= count
        return number

    def _begin(self, *, together: bool) -> None:
        """Of the writer: what was known of numbers holds only where nobody else has written."""
        if self._connection.begin(together=together):
            self._numbers.clear()
        self._blocks.clear()
        self.together = together


Work = Callable[[Transaction], T]


class _Piece:
    __slots__ = ("future", "together", "work")

    def __init__(self, work: Work[Any], *, together: bool = False) -> None:
        self.work = work
        self.together = together
        self.future: Future[Any] = Future()


class Writer:
    """Commits pieces of work in groups, in the order in which they came.

    A piece that raises is undone alone (a savepoint) and its caller gets the exception. What the
    database itself refuses (disk full, I/O) reaches every caller of the group as
    `StoreUnavailableError`; the next group starts afresh.

    `restore`, where there is one, is then run before anything else: what its owner keeps in memory
    may have been read inside the transaction that is gone, or may be older than what was stored.
    """

    restore: Work[object] | None = None
    committed: Callable[[float, float], None] | None = None
    """Told, after each commit, how many seconds it took, and for how many nobody else could write.
    """

    def __init__(self, connection: WritingConnection) -> None:
        self._connection = connection
        self._queue: deque[_Piece] = deque()
        self._ready = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="headrace-writer", daemon=True)
        self._transaction: Transaction | None = None
        self._failed = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Commit what is waiting, then end. Later work is refused."""
        with self._ready:
            self._stopping = True
            self._ready.notify()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def waiting(self) -> int:
        """How many pieces of work wait for the connection."""
        return len(self._queue)

    def submit(self, work: Work[T], *, together: bool = False) -> Future[T]:
        """Hand over a piece of work. The future is done when its result is durable.

        It has the database for itself, or works `together` with other processes, in a transaction
        of its own in which it touches nothing but the shards that it locks.

        Raises:
            WriterStoppedError: the writer has ended.
        """
        piece = _Piece(work, together=together)
        with self._ready:
            if self._stopping:
                raise WriterStoppedError("the server is stopping and takes no more writes")
            self._queue.append(piece)
            self._ready.notify()
        return piece.future

    def run(self, work: Work[T], *, together: bool = False) -> T:
        """Do it and wait for it, from a thread."""
        return self.submit(work, together=together).result()

    async def write(self, work: Work[T]) -> T:
        """Do it and wait for it, from asyncio."""
        return await asyncio.wrap_future(self.submit(work))

    # --- the thread ---------------------------------------------------------------------

    def _work(self) -> None:
        connection = self._connection
        transaction = Transaction(connection)
        try:
            while True:
                with self._ready:
                    while not self._queue and not self._stopping:
                        self._ready.wait()
                    if not self._queue:
                        return
                self._group(connection, transaction)
        finally:
            connection.close()

    def _group(self, connection: WritingConnection, transaction: Transaction) -> None:
        done: list[tuple[_Piece, Any]] = []
        try:
            together = bool(self._queue) and self._queue[0].together
            if together and self._failed:
                together = False  # what is kept in memory is read again, alone
            transaction._begin(together=together)  # noqa: SLF001 - of the same house
            started = time.perf_counter()
            if self._failed and self.restore is not None:
                self.restore(transaction)
            while self._queue and (self._queue[0].together is together):
                piece = self._queue.popleft()
                if not piece.future.set_running_or_notify_cancel():
                    continue
                done.append((piece, None))
                connection.execute("savepoint piece")
                try:
                    done[-1] = (piece, piece.work(transaction))
                    connection.execute("release piece")
                except Exception as error:
                    if connection.is_lost(error):
                        raise
                    connection.execute("rollback to piece")
                    connection.execute("release piece")
                    done.pop()
                    piece.future.set_exception(error)
                if together or time.perf_counter() - started > GROUP_SECONDS:
                    break
            finished = time.perf_counter()
            connection.commit()
            if self.committed is not None:
                ended = time.perf_counter()
                self.committed(ended - finished, ended - started)
        except Exception as error:  # noqa: BLE001 - it is handed to everybody who waits
            self._failed = True
            self._give_up(connection, transaction, error, [piece for piece, _ in done])
            return
        self._failed = False
        if transaction.scrubs:
            transaction.scrubs = False
            connection.scrub()
        for piece, result in done:
            piece.future.set_result(result)

    def _give_up(
        self,
        connection: WritingConnection,
        transaction: Transaction,
        error: Exception,
        pieces: list[_Piece],
    ) -> None:
        if not pieces:
            # Not even a transaction can be started: whoever waits learns it now.
            while self._queue:
                piece = self._queue.popleft()
                if piece.future.set_running_or_notify_cancel():
                    pieces.append(piece)
        _log.error("write failed", error=str(error), pieces=len(pieces))
        connection.rollback()
        transaction._numbers.clear()  # noqa: SLF001 - the rows behind these numbers are gone
        said = str(error)
        if not isinstance(error, StoreUnavailableError):
            said = f"the database could not store this: {error}"
        for piece in pieces:
            failure = StoreUnavailableError(said)
            failure.__cause__ = error
            piece.future.set_exception(failure)
