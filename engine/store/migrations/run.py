"""Brings a database up to date, and says which code may still work on it.

A process that holds a database brings its tables to its own revision. Those that work beside it are
updated after it, one by one, so each revision says with `works_with` the oldest revision whose code
may work on the tables as they are then; one that says nothing works with its own alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from engine.store.errors import NewerDatabaseError, UnusableDatabaseError, UnusableFolderError

if TYPE_CHECKING:
    from engine.store.addresses import Address
    from engine.store.rows import Rows

OLDEST: Final = "oldest code"
"""The setting "0013 0012": tables of revision 0013 may be worked on by code of 0012 and newer."""


def upgrade(path: Path) -> tuple[str | None, str]:
    """Apply all revisions that the database at `path` lacks; give the revision before and after.

    The caller owns the data folder.

    Raises:
        NewerDatabaseError: the database holds a revision that this Headrace does not know.
        UnusableFolderError: the file is no database, or cannot be written.
    """
    try:
        with _file(path) as connection:
            return _upgrade(connection, str(path.parent))
    except DatabaseError as error:
        raise UnusableFolderError(f"{path} cannot be used: {error.orig}") from error


def upgrade_postgres(address: Address) -> tuple[str | None, str]:
    """The same for a PostgreSQL database, whose lock the caller holds.

    Raises:
        NewerDatabaseError: the database holds a revision that this Headrace does not know.
        UnusableDatabaseError: the role may not make tables, or the database broke off.
    """
    import psycopg

    from engine.store.postgres.session import said

    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(address.url),
        poolclass=NullPool,
    )
    try:
        with engine.connect() as connection:
            return _upgrade(connection, str(address))
    except (DatabaseError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        text = said(cause) if isinstance(cause, psycopg.Error) else str(cause)
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            raise UnusableDatabaseError(
                f"the role may not make tables in {address}: {text}; make it the database's owner"
            ) from None
        raise UnusableDatabaseError(f"{address} cannot be brought up to date: {text}") from None


@contextmanager
def _file(path: Path) -> Iterator[Connection]:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma journal_mode = wal")
        connection.exec_driver_sql("pragma synchronous = full")
        yield connection


def newest_revision() -> str:
    """The revision that this Headrace brings a database to."""
    newest = _script().get_current_head()
    assert newest is not None
    return newest


def check_revision(rows: Rows, place: str) -> None:
    """Whether this Headrace can work on the tables of a database that another process holds.

    Raises:
        NewerDatabaseError: a newer Headrace has changed them so that this one may not.
        UnusableDatabaseError: they are older than this Headrace needs.
    """
    row = rows.row("select version_num from alembic_version")
    current = "" if row is None else str(row[0])
    script = _script()
    if current == script.get_current_head():
        return
    known = {revision.revision for revision in script.walk_revisions()}
    if current not in known:
        told = rows.row("select value from setting where name = ?", (OLDEST,))
        tables, _, oldest = str(told[0]).partition(" ") if told else ("", "", "")
        if tables == current and oldest in known:
            return
    else:
        raise UnusableDatabaseError(
            f"the tables in {place} are older than this Headrace: start `headrace run` of this"
            " version first, it brings them up to date"
        )
    raise _newer(place, current)


def _newer(place: str, revision: str) -> NewerDatabaseError:
    return NewerDatabaseError(
        f"the database in {place} was made by a newer Headrace (revision {revision}); "
        "please update Headrace, or restore a backup made by this version"
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@cache
def _script() -> ScriptDirectory:
    """Our revisions, read once: each is a module."""
    return ScriptDirectory.from_config(_config())


def _upgrade(connection: Connection, place: str) -> tuple[str | None, str]:
    script = _script()
    known = {revision.revision for revision in script.walk_revisions()}
    newest = script.get_current_head()
    assert newest is not None
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise _newer(place, current)
    if current != newest:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.execute(
            text(
                "insert into setting (name, value) values (:name, :value)"
                " on conflict (name) do update set value = excluded.value"
            ),
            {"name": OLDEST, "value": f"{newest} {oldest_code(script)}"},
        )
        connection.commit()
    return current, newest


def oldest_code(script: ScriptDirectory) -> str:
    """The oldest revision whose code may work on tables of the newest: none of those after it says
    that it works with newer code only.
    """
    revisions = list(script.walk_revisions())
    order = [one.revision for one in revisions]
    return min(
        (getattr(one.module, "works_with", one.revision) for one in revisions), key=order.index
    )
