"""The revisions and the tables say the same."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel

from engine.store import people, tables
from engine.store.database import Database
from engine.store.errors import NewerDatabaseError
from tests.harness.postgres import Cluster

OF_EXPRESSIONS = {"customer_first_name", "customer_last_name", "identity_known"}
"""Indexes that each database spells in its own way: models cannot hold them."""


def engine_of(folder: Path, url: str | None):
    if url is None:
        return create_engine(f"sqlite:///{folder / 'headrace.db'}")
    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))


def test_migrations_build_the_tables(tmp_path: Path, database_url: str | None) -> None:
    """A database brought up by revisions has every table and index of the models, and no other."""
    assert tables.Run.__tablename__ == "run"
    Database(tmp_path, database_url).upgrade()
    with engine_of(tmp_path, database_url).connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": lambda _object, name, *_rest: name not in OF_EXPRESSIONS},
        )
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


def test_customers_are_searched_by_indexes(tmp_path: Path) -> None:
    """However many customers a shop has, nobody who looks for one waits for all to be read."""
    database = Database(tmp_path, None)
    database.open_to_write()
    try:
        asked: list[str] = []

        def explained(sql: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
            with database.reader() as reader:
                asked.extend(row[3] for row in reader.rows(f"explain query plan {sql}", values))
            return []

        people.search(SimpleNamespace(rows=explained), "ada love", 50)  # type: ignore[arg-type]
    finally:
        database.close()
    assert not [step for step in asked if step.startswith(("SCAN customer", "SCAN identity"))]
    for index in OF_EXPRESSIONS:
        assert any(index in step for step in asked), (index, asked)
    assert not [step for step in asked if step.startswith("SCAN c")], asked
