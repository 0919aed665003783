"""A workshop for each test, on both databases, closed behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness.workshop import Workshop


@pytest.fixture
def workshop(
    tmp_path: Path, new_database: Callable[[], str | None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Workshop]]:
    made: list[Workshop] = []

    def make(flow: str, **more: str) -> Workshop:
        folder, url = tmp_path / f"w{len(made)}", new_database()
        if url is not None:  # for verbs of the command line
            monkeypatch.setenv("HEADRACE_DATABASE_URL", url)
        made.append(Workshop(folder, flow, database_url=url, **more))
        return made[-1]

    yield make
    for one in made:
        one.service.stop()
