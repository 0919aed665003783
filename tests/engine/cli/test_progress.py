"""What is seen while a command takes its time."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from engine.cli import progress

LONG = "from engine.cli import progress\nwith progress.working('copying'):\n    print('done')"


def test_a_pipe_gets_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts read what a command answers, and no drawing beside it."""
    piped = io.StringIO()
    monkeypatch.setattr(sys, "stderr", piped)
    with progress.working("copying"):
        pass
    assert piped.getvalue() == ""


def test_a_terminal_shows_what_is_done() -> None:
    """A person sees on standard error what takes so long; standard output is the answer alone."""
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", LONG],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
            check=True,
            timeout=60,
        )
        seen = os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.stdout == b"done\n"
    assert "copying" in seen
