"""Commits where this machine has no git: made in Python."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from editor.git.commit import NO_REPOSITORY, QUICKER, UNDER_WAY, Author, Commit, busy, failed
from engine.core.model import Instant

_Entry = tuple[int, bytes]


def is_repository(folder: Path) -> bool:
    """Whether a folder lies in a repository with files to work on."""
    found = _open(folder)
    if found is not None:
        found.close()
    return found is not None


def begin(folder: Path) -> None:
    """Make a folder an empty repository. Raises OSError where it cannot be written."""
    from dulwich.repo import Repo

    Repo.init(str(folder), default_branch=b"main").close()


def commit_files(
    folder: Path, files: Sequence[str], author: Author, message: str, at: Instant
) -> Commit:
    """See `editor.git.commit_files`."""
    repository = _open(folder)
    if repository is None:
        return NO_REPOSITORY
    try:
        control = Path(repository.controldir())
        for name, what in UNDER_WAY.items():
            if (control / name).exists():
                return busy(what)
        inside = Path(os.path.realpath(folder)).relative_to(os.path.realpath(repository.path))
        names = [(inside / file).as_posix() for file in files]
        return _commit(repository, names, author, message, at)
    except (OSError, ValueError, KeyError) as error:
        return failed(f"{error}.")
    finally:
        repository.close()


def _open(folder: Path) -> Any:
    from dulwich.errors import NotGitRepository
    from dulwich.repo import Repo

    try:
        found = Repo.discover(str(folder))
    except NotGitRepository:
        return None
    if found.bare:
        found.close()
        return None
    return found


def _commit(
    repository: Any, files: Sequence[str], author: Author, message: str, at: Instant
) -> Commit:
    from dulwich.ignore import IgnoreFilterManager
    from dulwich.index import commit_tree
    from dulwich.objects import Commit as Stored

    store, refs = repository.object_store, repository.refs
    try:
        parent = repository.head()
    except KeyError:  # the first commit of all
        parent = None
    held = _entries(repository, parent)
    before = dict(held)
    ignored = IgnoreFilterManager.from_repo(repository)
    wanted = [file for file in files if os.fsencode(file) in held or not ignored.is_ignored(file)]
    staged = _staged(repository)
    for file in wanted:
        entry = _written(repository, file)
        if entry is None:
            held.pop(os.fsencode(file), None)
        else:
            held[os.fsencode(file)] = entry
    if held == before:
        return Commit("nothing")
    blobs: list[Any] = [(name, sha, mode) for name, (mode, sha) in held.items()]
    tree = commit_tree(store, blobs)
    made = Stored()
    made.tree = tree
    made.parents = [parent] if parent else []
    made.author = made.committer = str(author).encode("utf-8", "replace")
    made.author_time = made.commit_time = at // 1000
    made.author_timezone = made.commit_timezone = 0
    made.encoding = b"UTF-8"
    made.message = message.rstrip("\n").encode("utf-8", "replace") + b"\n"
    store.add_object(made)
    quicker = (
        not refs.set_if_equals(b"HEAD", parent, made.id, message=b"commit: published")
        if parent
        else not refs.add_if_new(b"HEAD", made.id, message=b"commit: published")
    )
    if quicker:
        return failed(QUICKER)
    _follow(repository, wanted, before, held, staged)
    return Commit("committed", made.id.decode())


def _entries(repository: Any, commit: bytes | None) -> dict[bytes, _Entry]:
    """Mode and hash of every file of a commit."""
    from dulwich.object_store import iter_tree_contents

    if commit is None:
        return {}
    store = repository.object_store
    found = iter_tree_contents(store, store[commit].tree)
    return {one.path: (one.mode, one.sha) for one in found}


def _staged(repository: Any) -> dict[bytes, _Entry | None]:
    """The same of the index; None for a file in conflict."""
    from dulwich.index import ConflictedIndexEntry

    return {
        path: None if isinstance(entry, ConflictedIndexEntry) else (entry.mode, entry.sha)
        for path, entry in repository.open_index().items()
    }


def _written(repository: Any, file: str) -> _Entry | None:
    """Mode and hash of a file as it is now, stored; None where it is gone."""
    from dulwich.index import blob_from_path_and_stat, cleanup_mode

    path = os.path.join(os.fsencode(repository.path), os.fsencode(file))  # noqa: PTH118 - bytes
    try:
        stat = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    blob = blob_from_path_and_stat(path, stat)
    blob = repository.get_blob_normalizer().checkin_normalize(blob, os.fsencode(file))
    repository.object_store.add_object(blob)
    return cleanup_mode(stat.st_mode), blob.id


def _follow(
    repository: Any,
    files: Sequence[str],
    before: Mapping[bytes, _Entry],
    now: Mapping[bytes, _Entry],
    staged: Mapping[bytes, _Entry | None],
) -> None:
    """Let the index say what was committed, of files of which nothing else was staged."""
    from dulwich.index import index_entry_from_stat

    index = repository.open_index()
    for file in map(os.fsencode, files):
        if staged.get(file) != before.get(file) or before.get(file) == now.get(file):
            continue
        entry = now.get(file)
        if entry is None:
            del index[file]
        else:
            path = os.path.join(os.fsencode(repository.path), file)  # noqa: PTH118 - bytes
            index[file] = index_entry_from_stat(os.lstat(path), entry[1])
    index.write()
