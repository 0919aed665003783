"""What only a server can do to us: be elsewhere, refuse, break off, come back."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.store.database import Database
from engine.store.errors import (
    DataFolderInUseError,
    NoDatabaseError,
    StoreUnavailableError,
    UnusableDatabaseError,
)
from engine.store.postgres.session import Session
from engine.store.writer import Transaction
from tests.harness.postgres import Cluster

WORD = "s3cr3t-w0rd"


@pytest.fixture
def database(tmp_path: Path, postgres_url: str) -> Iterator[Database]:
    database = Database(tmp_path / "data", postgres_url)
    database.open_to_write()
    yield database
    database.close()


def put(name: str) -> Callable[[Transaction], str]:
    def work(transaction: Transaction) -> str:
        transaction.execute(
            "insert into setting (name, value) values (?, 'ours') on conflict do nothing", (name,)
        )
        return name

    return work


def stored(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {
            name for (name,) in connection.execute("select name from setting where value = 'ours'")
        }


def cut(url: str, who: str = "headrace writer%") -> None:
    """End the session that writes, as an administrator or a broken line does."""
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and application_name like %s",
            (who,),
        ).fetchall()
    assert ended


# --- what cannot be used ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://ada@host/shop", "only PostgreSQL is served besides SQLite"),
        (f"ada:{WORD}@host/shop", "only PostgreSQL is served"),
        (f"postgresql://ada:{WORD}@host", "names no database"),
        (f"postgresql://ada:{WORD}@host/", "names no database"),
        (f"postgresql://ada:{WORD}/x@host/shop", "no PostgreSQL address"),
        (f"postgresql://ada:{WORD}?x@host/shop", "names no database"),
        (f"postgresql://ada:{WORD}%@host/shop", "cannot be read"),
        (f"postgresql://ada:{WORD}@host/shop?colour=red", "cannot be read"),
        (f"postgresql://ada:{WORD}@127.0.0.1:1/shop", "ada@127.0.0.1:1/shop cannot be used"),
        (f"postgresql://ada:{WORD}@nowhere.invalid/shop", "cannot be used"),
        (f"postgresql://ada:{WORD}@[::1/shop", "no PostgreSQL address"),
        (f"postgresql://ada:{WORD}\n@host/shop", "no PostgreSQL address"),
    ],
)
def test_an_address_that_leads_nowhere(tmp_path: Path, url: str, says: str) -> None:
    """A sentence says what is wrong with an address, and never holds its password."""
    for act in (Database(tmp_path, url).open_to_write, Database(tmp_path, url).reader):
        with pytest.raises((UnusableDatabaseError, StoreUnavailableError), match=says) as caught:
            act()
        error: BaseException | None = caught.value
        while error is not None:
            assert WORD not in f"{error} {error!r}"
            error = error.__cause__


def test_a_wrong_password_is_not_told(postgres: Cluster, tmp_path: Path) -> None:
    """A role that is not there is named; its password is not."""
    url = postgres.url.replace("//postgres@", f"//nobody_of_that_name:{WORD}@")
    with pytest.raises(UnusableDatabaseError, match="nobody_of_that_name") as caught:
        Database(tmp_path, url).open_to_write()
    assert WORD not in str(caught.value)


def test_a_role_without_rights(postgres: Cluster, tmp_path: Path) -> None:
    """A role that may not make tables is told so, and nothing is left behind."""
    role = f"headrace_test_{os.getpid()}_reader"
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"create role {role} login".encode())
            connection.execute(b"revoke create on schema public from public")
        try:
            theirs = url.replace("//postgres@", f"//{role}@")
            with pytest.raises(UnusableDatabaseError, match="the role may not make tables"):
                Database(tmp_path, theirs).open_to_write()
            with psycopg.connect(url) as connection:
                count = connection.execute(
                    "select count(*) from information_schema.tables where table_schema = 'public'"
                ).fetchone()
            assert count == (0,)
        finally:
            postgres.run(f"drop role {role}")


def test_without_the_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has not installed the driver learns how."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UnusableDatabaseError, match=r"pip install .*headrace\[postgres\]"):
        Database(tmp_path, "postgresql://ada@host/shop").open_to_write()


def test_a_database_without_tables(postgres: Cluster, tmp_path: Path) -> None:
    """Asking a database that Headrace never used is answered in words."""
    with postgres.database() as url, pytest.raises(NoDatabaseError, match="no Headrace database"):
        Database(tmp_path, url).reader()


def test_another_encoding_is_refused(postgres: Cluster, tmp_path: Path) -> None:
    """A database that cannot hold every text is refused before anything is stored."""
    name = f"headrace_test_{os.getpid()}_latin"
    postgres.run(
        f"create database {name} template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'"
    )
    try:
        with pytest.raises(UnusableDatabaseError, match="UTF8"):
            Database(tmp_path, postgres.at(name)).open_to_write()
    finally:
        postgres.run(f"drop database {name}")


# --- one writes ---------------------------------------------------------------------------


def test_a_second_server_is_refused(
    database: Database, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two servers with folders of their own do not share a database; the first goes on."""
    monkeypatch.setattr("engine.store.postgres.session.LOCK_SECONDS", 0.2)
    second = Database(tmp_path / "other", postgres_url)
    for act in (second.open_to_write, second.upgrade):
        with pytest.raises(DataFolderInUseError, match=rf"in use by .*process {os.getpid()} "):
            act()
    assert database.writer.run(put("a")) == "a"
    with second.reader() as reader:
        assert reader.rows("select name from setting where value = 'ours'") == [("a",)]
    database.close()
    second.open_to_write()
    second.close()


def test_a_taken_over_database_is_never_written_again(
    database: Database, postgres_url: str, tmp_path: Path
) -> None:
    """Where another server wrote while the line was cut, the first one stops for good."""
    database.writer.run(put("before"))
    cut(postgres_url)
    second = Database(tmp_path / "other", postgres_url)
    second.open_to_write()
    second.writer.run(put("theirs"))
    second.close()
    for name in ("x", "y"):
        with pytest.raises(StoreUnavailableError, match="start this one again"):
            database.writer.run(put(name))
    assert stored(postgres_url) == {"before", "theirs"}


# --- cut off ------------------------------------------------------------------------------


def test_a_cut_between_two_works(database: Database, postgres_url: str) -> None:
    """A line that breaks while nothing is written costs nothing."""
    database.writer.run(put("a"))
    with database.reader() as reader:
        reader.rows("select 1")
    cut(postgres_url, "headrace %")
    assert database.writer.run(put("b")) == "b"
    reader = database.reader()
    assert reader.rows("select count(*) from setting where value = 'ours'") == [(2,)]
    with database.reader() as reader:
        assert reader.row("select count(*) from setting where value = 'ours'") == (2,)


def test_a_cut_in_the_middle_stores_nothing(database: Database, postgres_url: str) -> None:
    """Work that was under way is refused as a whole, with its neighbours; the next goes on."""

    def work(transaction: Transaction) -> None:
        put("half")(transaction)
        cut(postgres_url)
        put("other half")(transaction)

    gate = threading.Event()
    database.writer.submit(lambda _: gate.wait(5))
    beside, broken = database.writer.submit(put("beside")), database.writer.submit(work)
    gate.set()
    for one in (beside, broken):
        with pytest.raises(StoreUnavailableError, match="could not store"):
            one.result(20)
    assert stored(postgres_url) == set()
    assert database.writer.run(put("next")) == "next"
    assert stored(postgres_url) == {"next"}


def test_swallowing_the_loss_does_not_help(database: Database, postgres_url: str) -> None:
    """A piece that hides the error of a broken line is refused all the same."""

    def work(transaction: Transaction) -> None:
        put("half")(transaction)
        cut(postgres_url)
        with pytest.raises(psycopg.OperationalError) as caught:
            put("more")(transaction)
        assert transaction.is_lost(caught.value)

    with pytest.raises(StoreUnavailableError):
        database.writer.run(work)
    assert stored(postgres_url) == set()


class Cutting:
    """A cursor before or behind whose `commit` the line breaks."""

    def __init__(self, cursor: Any, url: str, *, behind: bool) -> None:
        self._cursor, self._url, self._behind = cursor, url, behind
        self.cuts = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, sql: Any, *values: Any, **more: Any) -> Any:
        if sql == "commit" and not self.cuts:
            self.cuts += 1
            if self._behind:
                self._cursor.execute(sql)
            cut(self._url)
            # The answer to the commit is what never arrived.
        return self._cursor.execute(sql, *values, **more)


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
def test_a_cut_around_the_commit(database: Database, postgres_url: str, behind: bool) -> None:
    """Whether the commit came through is found out: stored is never called lost."""
    session = database.writer._connection
    assert isinstance(session, Session)
    session._cursor = cutting = Cutting(session._cursor, postgres_url, behind=behind)
    if behind:
        assert database.writer.run(put("a")) == "a"
        assert stored(postgres_url) == {"a"}
    else:
        with pytest.raises(StoreUnavailableError, match="was lost"):
            database.writer.run(put("a"))
        assert stored(postgres_url) == set()
    assert cutting.cuts == 1
    assert database.writer.run(put("b")) == "b"


def test_an_outcome_nobody_knows(
    database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server stays away after a cut commit, that is said, and repeating is harmless."""
    session = database.writer._connection
    assert isinstance(session, Session)
    session._cursor = Cutting(session._cursor, postgres_url, behind=True)
    monkeypatch.setattr("engine.store.postgres.session.COMMIT_SECONDS", 0.3)

    def away() -> None:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(session, "_reopen", away)
        with pytest.raises(StoreUnavailableError, match="whether it was stored is not known"):
            database.writer.run(put("a"))
        with pytest.raises(StoreUnavailableError, match="away"):
            database.writer.run(put("b"))
    assert database.writer.run(put("a")) == "a"
    assert stored(postgres_url) == {"a"}


def test_numbers_go_on_after_a_cut(database: Database, postgres_url: str) -> None:
    """Ids that were given out before the loss are given again, since their rows are gone."""

    def add(transaction: Transaction, *, breaks: bool = False) -> int:
        number = transaction.number("flow")
        transaction.execute("insert into flow (id, name) values (?, ?)", (number, f"f{number}"))
        if breaks:
            cut(postgres_url)
            transaction.rows("select 1")
        return number

    assert database.writer.run(add) == 1
    with pytest.raises(StoreUnavailableError):
        database.writer.run(lambda tx: add(tx, breaks=True))
    assert database.writer.run(add) == 2


def test_a_reader_that_is_cut_says_so(database: Database, postgres_url: str) -> None:
    """A page whose line breaks halfway gets an error, never two moments; the next page is whole."""
    with database.reader() as reader:
        reader.rows("select count(*) from flow")
        cut(postgres_url, "headrace reader%")
        with pytest.raises(StoreUnavailableError):
            reader.rows("select count(*) from flow")
    with database.reader() as reader:
        assert reader.rows("select count(*) from flow") == [(0,)]
