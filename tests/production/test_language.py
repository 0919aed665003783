"""What the language's tests see is what happens in production: every test block of every project
is played on the real service, and messages, runs, goals and tags are the same, to the second.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from engine.lab.suite import Suite
from tests.production.house import Mailbox, empty_folder, mailbox
from tests.production.seen import seen_by_the_lab
from tests.production.stage import Production

ROOT = Path(__file__).parents[2]
PROJECTS = sorted((ROOT / "tests/cases/projects").iterdir())
EVERYTHING = "HEADRACE_PRODUCTION" in os.environ
"""Plays every project on PostgreSQL, too, of which only `semantics` is by default."""


@cache
def read(project: Path) -> Suite:
    return Suite.read(project)


def files() -> Iterator[pytest.ParameterSet]:
    """The files with tests, each with the database that they are played on."""
    for project in (*PROJECTS, ROOT / "flows"):
        for file in sorted(project.glob("*.flow")):
            if "test " not in file.read_text(encoding="utf-8"):
                continue
            for database in ("sqlite", "postgresql"):
                if database == "sqlite" or project.name == "semantics" or EVERYTHING:
                    name = f"{project.name}/{file.name}-{database}"
                    yield pytest.param(project, file.name, database, id=name)


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which there is nothing yet."""
    return empty_folder(tmp_path_factory.mktemp("empty"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("project", "file", "new_database"), [*files()], indirect=["new_database"])
def test_production_does_what_the_tests_saw(
    project: Path,
    file: str,
    tmp_path: Path,
    new_database: Callable[[], str | None],
    box: Mailbox,
    empty: Path,
) -> None:
    """The lab's customer in memory and the shop's on its server live the same life."""
    suite = read(project)
    for number, case in enumerate(case for case in suite.cases if case.path.name == file):
        outcome = suite.run(case)
        assert not outcome.failures, case.name
        folder = tmp_path / f"{number}"
        database_url = new_database()
        if database_url is None:
            shutil.copytree(empty, folder / "data")
        production = Production(suite, case, project, folder, database_url, box)
        try:
            seen = production.play(outcome.chronicle)
        finally:
            production.close()
        assert seen == seen_by_the_lab(outcome.chronicle), case.name
