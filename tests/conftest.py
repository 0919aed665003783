"""What all tests share: both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.harness.postgres import Cluster, cluster
from tests.harness.spared import spare


@pytest.fixture(scope="session", autouse=True)
def spared() -> Iterator[None]:
    """See there: every process of tests has it."""
    with pytest.MonkeyPatch.context() as patch:
        spare(patch)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server; skips where there is none."""
    with cluster() as found:
        yield found


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """A fresh PostgreSQL database with our tables."""
    with postgres.database(postgres.template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[[], str | None]]:
    """A test that takes this runs on both databases; each call gives a new one (see below)."""
    if request.param == "sqlite":
        yield lambda: None
        return
    server: Cluster = request.getfixturevalue("postgres")
    with ExitStack() as stack:
        yield lambda: stack.enter_context(server.database(server.template))


@pytest.fixture
def database_url(new_database: Callable[[], str | None]) -> str | None:
    """A test that takes this runs on both databases: None for SQLite, else a fresh database's URL.

    Hand it to `Database(folder, database_url)` or `Settings(database_url=database_url)`.
    """
    return new_database()
