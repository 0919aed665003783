"""The writer's promises: grouped, durable, honest about failure."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import apsw
import psycopg
import pytest

from engine.store import settings_rows
from engine.store.database import FILE, Database
from engine.store.errors import (
    DataFolderInUseError,
    NoDatabaseError,
    StoreUnavailableError,
    WriterStoppedError,
)
from engine.store.sqlite.connection import LiteConnection, connect_to_write
from engine.store.writer import Transaction, Writer


def put(name: str):
    def work(transaction: Transaction) -> str:
        transaction.execute("insert into setting (name, value) values (?, '')", (name,))
        return name

    return work


def names(database: Database) -> set[str]:
    """The settings that a test has put; a database has some of its own."""
    with database.reader() as reader:
        own = "('writer', 'oldest code')"
        rows = reader.rows(f"select name from setting where name not in {own}")
        return {name for (name,) in rows}


def test_a_result_comes_after_the_commit(database: Database) -> None:
    """Whoever got an answer finds what they stored, in another connection."""
    assert database.writer.run(put("a")) == "a"
    assert "a" in names(database)


def test_waiting_work_is_committed_together(database: Database) -> None:
    """A hundred pieces that wait cost far fewer than a hundred commits, and all are done."""
    gate, commits = threading.Event(), []
    ours = " where value = ''"
    writer = database.writer
    writer.submit(lambda _: gate.wait(5))
    futures = [writer.submit(put(f"n{number}")) for number in range(100)]
    futures.append(
        writer.submit(lambda tx: commits.extend(tx.rows(f"select count(*) from setting{ours}")))
    )
    gate.set()
    for future in futures:
        future.result(5)
    assert commits == [(100,)]
    assert len(names(database)) == 100


def test_a_piece_that_fails_fails_alone(database: Database) -> None:
    """An error undoes its own piece and reaches its own caller; neighbours are stored."""

    def bad(transaction: Transaction) -> None:
        put("half")(transaction)
        raise ValueError("no")

    gate = threading.Event()
    writer = database.writer
    writer.submit(lambda _: gate.wait(5))
    before, failing, after = writer.submit(put("x")), writer.submit(bad), writer.submit(put("y"))
    gate.set()
    with pytest.raises(ValueError, match="no"):
        failing.result(5)
    assert (before.result(5), after.result(5)) == ("x", "y")
    assert names(database) == {"x", "y"}


class Brittle:
    """A connection whose N-th write fails as a full disk would."""

    def __init__(self, connection: apsw.Connection, fails_at: int) -> None:
        self._connection = connection
        self.left = fails_at

    def __getattr__(self, name: str):
        return getattr(self._connection, name)

    def execute(self, sql: str, values=()):
        if sql.startswith(("insert", "commit")):
            self.left -= 1
            if self.left == 0:
                error = apsw.FullError("database or disk is full")
                error.result = apsw.SQLITE_FULL
                raise error
        return self._connection.execute(sql, values)


@pytest.mark.parametrize("fails_at", range(1, 7))
def test_a_full_disk_is_said_and_gets_over(tmp_path: Path, fails_at: int) -> None:
    """Whichever write fails, nothing of its group is half stored, and the next write works."""
    database = Database(tmp_path)
    database.open_to_write()
    database.close()
    brittle = Brittle(connect_to_write(tmp_path / FILE), fails_at)
    writer = Writer(LiteConnection(brittle))
    writer.start()
    acknowledged, refused = set(), []
    for number in range(4):
        try:
            acknowledged.add(writer.run(put(f"n{number}")))
        except StoreUnavailableError as error:
            refused.append(str(error))
    writer.stop()
    assert len(acknowledged) == 3
    assert "disk is full" in refused[0]
    assert names(database) == acknowledged


def test_writing_from_asyncio(database: Database) -> None:
    """Request handlers await their write."""

    async def both() -> list[str]:
        return await asyncio.gather(
            database.writer.write(put("a")), database.writer.write(put("b"))
        )

    assert asyncio.run(both()) == ["a", "b"]


def test_a_stopped_writer_refuses(database: Database) -> None:
    """What comes after the end is refused, never lost silently."""
    writer = database.writer
    waiting = writer.submit(put("last"))
    writer.stop()
    assert waiting.result(0) == "last"
    with pytest.raises(WriterStoppedError):
        writer.submit(put("late"))


def test_a_second_process_is_refused(database: Database) -> None:
    """Two writers never share a folder; the message says who has it."""
    with pytest.raises(DataFolderInUseError, match="in use by another Headrace"):
        Database(database.folder).open_to_write()


def test_readers_cannot_write(database: Database) -> None:
    """A reader's connection refuses to change anything."""
    refusals = (apsw.ReadOnlyError, psycopg.errors.ReadOnlySqlTransaction)
    with database.reader() as reader, pytest.raises(refusals, match=r"read-?only"):
        reader.rows("insert into setting values ('a', 'b')")


def test_a_folder_without_a_database(tmp_path: Path) -> None:
    """Asking an empty folder is answered in words."""
    with pytest.raises(NoDatabaseError, match="no Headrace database"):
        Database(tmp_path).reader()


def test_a_page_sees_one_moment(database: Database) -> None:
    """What is written while a page is read shows on the next page, not on half of this one."""
    with database.reader() as reader:
        assert reader.rows("select count(*) from flow") == [(0,)]
        database.writer.run(lambda tx: tx.execute("insert into flow (id, name) values (1, 'new')"))
        assert reader.rows("select count(*) from flow") == [(0,)]
    with database.reader() as reader:
        assert reader.rows("select count(*) from flow") == [(1,)]


def test_an_attempt_is_whole_or_nothing(writer: Writer) -> None:
    """What fails within a piece of work is undone alone, however deep, and the rest is kept."""

    def work(transaction: Transaction) -> list[str]:
        def keep(name: str) -> None:
            settings_rows.keep(transaction, name, "kept")

        def fails() -> None:
            keep("inner")
            raise ValueError("inner")

        def survives() -> str:
            keep("outer")
            error = transaction.attempt(fails)
            return type(error).__name__

        def fails_behind_another() -> None:
            assert transaction.attempt(survives) == "ValueError"
            raise KeyError("outer")

        keep("first")
        assert transaction.attempt(survives) == "ValueError"
        assert isinstance(transaction.attempt(fails_behind_another), KeyError)
        return [
            name for name in ("first", "outer", "inner") if settings_rows.read(transaction, name)
        ]

    assert writer.run(work) == ["first", "outer"]
