"""The revisions and the tables say the same."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from engine.store import tables
from engine.store.database import Database


def test_migrations_build_the_tables(tmp_path: Path) -> None:
    """A database brought up by revisions has every table and index of the models, and no other."""
    assert tables.Run.__tablename__ == "run"
    Database(tmp_path).upgrade()
    with create_engine(f"sqlite:///{tmp_path / 'headrace.db'}").connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []
