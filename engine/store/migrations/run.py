"""Brings a database up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from engine.store.errors import NewerDatabaseError, UnusableFolderError


def upgrade(path: Path) -> tuple[str | None, str]:
    """Apply all revisions that the database at `path` lacks; give the revision before and after.

    The caller owns the data folder.

    Raises:
        NewerDatabaseError: the database holds a revision that this Headrace does not know.
        UnusableFolderError: the file is no database, or cannot be written.
    """
    try:
        return _upgrade(path)
    except DatabaseError as error:
        raise UnusableFolderError(f"{path} cannot be used: {error.orig}") from error


def _upgrade(path: Path) -> tuple[str | None, str]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    newest = script.get_current_head()
    assert newest is not None
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma journal_mode = wal")
        connection.exec_driver_sql("pragma synchronous = full")
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in known:
            raise NewerDatabaseError(
                f"the database in {path.parent} was made by a newer Headrace (revision {current}); "
                "please update Headrace, or restore a backup made by this version"
            )
        if current != newest:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    return current, newest
