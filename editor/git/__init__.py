"""Commits of the files of a project: those files alone, whatever else lies in the repository.

The commit is made beside the index and put on the branch only where nobody was quicker. No hooks
run. What somebody has staged stays staged; a file that is committed is new in the index as well,
where nothing else of it was staged.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from editor.git import command, pure
from editor.git.commit import Author, Commit, Outcome
from engine.core.model import Instant

__all__ = ["Author", "Commit", "Outcome", "begin", "commit_files", "is_repository"]


def commit_files(
    folder: Path,
    files: Iterable[str],
    author: Author,
    message: str,
    at: Instant,
) -> Commit:
    """Commit what these files hold now, or that they are gone; they are named below `folder`.

    Never raises: `Commit.outcome` says what became of it. `at` is the commit's moment.
    """
    wanted = sorted(set(files))
    made = command.commit_files if _has_git() else pure.commit_files
    return made(folder, wanted, author, message, at)


def is_repository(folder: Path) -> bool:
    """Whether a folder lies in a repository with files to work on."""
    return command.is_repository(folder) if _has_git() else pure.is_repository(folder)


def begin(folder: Path, author: Author, message: str, at: Instant) -> Commit:
    """Make a folder a repository of its own with one commit of all its files.

    Raises:
        OSError: it cannot be written.
    """
    pure.begin(folder)
    files = [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != ".git"
    ]
    return commit_files(folder, files, author, message, at)


def _has_git() -> bool:
    return shutil.which("git") is not None
