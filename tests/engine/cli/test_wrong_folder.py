"""A folder that was mistyped is said so, and is not made."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from pathlib import Path

import pytest

command = import_module("editor.cli.main")

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
def test_no_verb_makes_a_folder_that_holds_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verb: str,
) -> None:
    folder = tmp_path / "headrace-dat"
    monkeypatch.setenv("HEADRACE_DATABASE_URL", "")
    monkeypatch.setattr(sys, "argv", ["headrace", *verb.split(), "--data", str(folder)])
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
    monkeypatch.setattr(command, "rarely", lambda: None)  # it is this process's
    with pytest.raises(SystemExit) as done:
        command.main()
    assert capsys.readouterr().err == f"there is no Headrace database in {folder}\n"
    assert done.value.code in (1, 2)
    assert not folder.exists()
