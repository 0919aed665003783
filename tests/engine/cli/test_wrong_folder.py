"""A folder that was mistyped is said so, and is not made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = "from editor.cli import main; main()"
VERBS = [
    "erase ada --yes",
    "resume",
    "retry",
    "start welcome ada",
    "stop welcome ada",
    "flow pause welcome",
    "flow versions welcome",
    "learn",
    "recommend ada",
    "besttime ada",
    "segments",
    "coupons",
    "trace ada",
    "key list",
    "key add shop",
    "key revoke shop",
    "key rotate shop",
    "user add ada@example.com",
    "export customers -",
    "backtest --from 2026-01-01",
]


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_makes_a_folder_that_holds_nothing(tmp_path: Path, verb: str) -> None:
    folder = tmp_path / "headrace-dat"
    done = subprocess.run(
        [sys.executable, "-c", RUN, *verb.split(), "--data", str(folder)],
        env={**os.environ, "HEADRACE_DATABASE_URL": ""},
        input="correct horse battery\n",
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.stderr == f"there is no Headrace database in {folder}\n"
    assert done.returncode in (1, 2)
    assert not folder.exists()
