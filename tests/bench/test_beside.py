"""Worker processes beside the one that measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.bench.beside import Beside


def test_a_worker_that_dies_at_its_start_is_told(tmp_path: Path) -> None:
    """Instead of waiting for its first word for ever."""
    nowhere = "postgresql://postgres@127.0.0.1:1/nothing"
    with (
        pytest.raises(RuntimeError, match="a worker process has ended"),
        Beside.started(1, nowhere, tmp_path, 0),
    ):
        pytest.fail("it cannot have begun")
