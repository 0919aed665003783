"""The revisions and the tables say the same."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel

from engine.store import tables
from engine.store.database import Database
from engine.store.errors import NewerDatabaseError
from tests.postgres import Cluster


def engine_of(folder: Path, url: str | None):
    if url is None:
        return create_engine(f"sqlite:///{folder / 'headrace.db'}")
    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))


def test_migrations_build_the_tables(tmp_path: Path, database_url: str | None) -> None:
    """A database brought up by revisions has every table and index of the models, and no other."""
    assert tables.Run.__tablename__ == "run"
    Database(tmp_path, database_url).upgrade()
    with engine_of(tmp_path, database_url).connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_every_text_is_ordered_by_code_point(postgres_url: str) -> None:
    """No column's order depends on how the server was set up."""
    with psycopg.connect(postgres_url) as connection:
        others = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'public' and data_type in ('text', 'character varying')"
            " and collation_name is distinct from 'C' and table_name <> 'alembic_version'"
        ).fetchall()
    assert others == []


def test_an_empty_database_gets_its_tables(postgres: Cluster, tmp_path: Path) -> None:
    """An empty PostgreSQL database is all that is needed; upgrading twice changes nothing."""
    with postgres.database() as url:
        database = Database(tmp_path, url)
        before, after = database.upgrade()
        assert before is None
        assert database.upgrade() == (after, after)


def test_a_newer_database_is_left_alone(tmp_path: Path, database_url: str | None) -> None:
    """An older Headrace does not touch what a newer one made."""
    database = Database(tmp_path, database_url)
    database.upgrade()
    with engine_of(tmp_path, database_url).begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
        before = inspect(connection).get_table_names()
    with pytest.raises(NewerDatabaseError, match="newer Headrace"):
        database.open_to_write()
    with engine_of(tmp_path, database_url).connect() as connection:
        assert inspect(connection).get_table_names() == before
