"""A workshop for each test, closed behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.runtime.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Callable[..., Workshop]]:
    made: list[Workshop] = []

    def make(flow: str, **more: str) -> Workshop:
        made.append(Workshop(tmp_path / f"w{len(made)}", flow, **more))
        return made[-1]

    yield make
    for one in made:
        one.service.stop()
