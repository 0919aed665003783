"""What every test would pay for anew, though few look at it: revisions, and slow passwords."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest

from editor import users
from engine.store.migrations import run

_upgrade = run.upgrade


@cache
def _tables() -> bytes:
    """A file with our tables and nothing in them, as the revisions make it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "headrace.db"
        _upgrade(file)
        return file.read_bytes()


def upgrade(path: Path) -> tuple[str | None, str]:
    """What `run.upgrade` does; a new file is a copy of one that the revisions made."""
    if path.exists() and path.stat().st_size:
        return _upgrade(path)
    try:
        path.write_bytes(_tables())
    except OSError:  # it says why
        return _upgrade(path)
    return None, run.newest_revision()


@cache
def quick_hasher() -> object:
    """The hasher of passwords, as weak as it may be."""
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


def spare(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(run, "upgrade", upgrade)
    patch.setattr(users, "_hasher", quick_hasher)
