"""An open database of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.database import Database
from engine.store.writer import Writer


@pytest.fixture
def database(tmp_path: Path, database_url: str | None) -> Iterator[Database]:
    database = Database(tmp_path / "data", database_url)
    database.open_to_write()
    yield database
    database.close()


@pytest.fixture
def writer(database: Database) -> Writer:
    return database.writer
