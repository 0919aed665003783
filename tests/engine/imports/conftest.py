"""A counter for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.imports.counter import Counter


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """On SQLite."""
    made = Counter(tmp_path)
    yield made
    made.close()


@pytest.fixture
def either(tmp_path: Path, database_url: str | None) -> Iterator[Counter]:
    """On both databases, one after the other."""
    made = Counter(tmp_path, database_url)
    yield made
    made.close()
