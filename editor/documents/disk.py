"""A file of the project as it lies on the disk: read as bytes, written as a whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from dsl.parsing.source import MAX_BYTES
from editor.documents.document import NotEditableError

TEXTS: Final = frozenset({".flow", ".mjml", ".liquid", ".html", ".txt"})
MEDIA: Final = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"})
"""What may be edited, the one by its lines, the other as a whole: nothing that anybody runs."""
MEDIA_BYTES: Final = 8 * 1024 * 1024

_NEW_MODE: Final = 0o644
_PIECE: Final = 64 * 1024
_ASIDE: Final = ".headrace-"


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What lies in a file's place. `data` is None where nothing can be read; `reason` says why it
    must not be written, "" where it may.
    """

    data: bytes | None
    reason: str = ""

    @property
    def gone(self) -> bool:
        return self.data is None and not self.reason

    def cut(self, file: str) -> bool:
        """Whether more lies there, in a file of this name, than `data`."""
        return self.data is not None and len(self.data) > most(file)


class ChangedError(Exception):
    """The file holds something else than was read, so it was not written."""


def file_below(folder: Path, name: str | Path) -> str:
    """The path below `folder` of a file that is named by that, or as the project names it.

    Raises:
        NotEditableError: it lies elsewhere, is hidden, or is no content of a project.
    """
    path = Path(name)
    for root in (folder, folder.absolute(), folder.resolve()):
        if path.is_relative_to(root) and root != Path():
            path = path.relative_to(root)
            break
    file = PurePosixPath(path.as_posix())
    odd = file.is_absolute() or not file.parts or "\0" in str(file)
    if odd or any(part.startswith(".") for part in file.parts):
        raise NotEditableError(f"`{name}` is no file of this project.")
    if file.suffix not in TEXTS | MEDIA:
        raise NotEditableError(f"`{name}` is neither a flow nor a message: it is not edited here.")
    return str(file)


def suffix(file: str) -> str:
    """What kind of file it is, by its name: ".flow"."""
    return PurePosixPath(file).suffix


def is_media(file: str) -> bool:
    """Whether a file is no text."""
    return suffix(file) in MEDIA


def most(file: str) -> int:
    """How many bytes a file may hold to be edited here."""
    return MEDIA_BYTES if is_media(file) else MAX_BYTES


def look(folder: Path, file: str) -> OnDisk:
    """Read a file. Never raises: what cannot be read has a reason."""
    path = folder / file
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            return OnDisk(None, "This file is a link that leads nowhere.")
        return OnDisk(None)
    except OSError as error:
        return OnDisk(None, f"This file cannot be read: {error.strerror}.")
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return OnDisk(None, "What lies here is no file.")
        with os.fdopen(handle, "rb", closefd=False) as opened:
            # A little over the limit is enough to know; the rest is never read.
            data = opened.read(most(file) + 5)
    except OSError as error:
        return OnDisk(None, f"This file cannot be read: {error.strerror}.")
    finally:
        os.close(handle)
    return OnDisk(data, _reason(folder, path, data))


def pieces(folder: Path, file: str) -> Iterator[bytes]:
    """All that a file holds, however long it is. Raises OSError where it cannot be read."""

    def opener(path: str, flags: int) -> int:
        return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)

    with open(folder / file, "rb", opener=opener) as opened:
        while piece := opened.read(_PIECE):
            yield piece


def _reason(folder: Path, path: Path, data: bytes) -> str:
    if len(data) > most(path.name):
        size = most(path.name) // 1024
        return (
            f"This file is longer than {size} KB: only its beginning is shown, and it cannot be"
            " changed here."
        )
    try:
        if not is_media(path.name):
            data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return (
            f"This file is not valid UTF-8 (line {line}); writing it would lose bytes, so it can"
            " only be looked at. Save it as UTF-8 elsewhere to edit it here."
        )
    if not _inside(folder, path):
        return "This file is a link to a place outside of the project, so it can only be looked at."
    if not os.access(path, os.W_OK):
        return "This file may not be written by the server, so it can only be looked at."
    return ""


def _inside(folder: Path, path: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def put(folder: Path, file: str, data: bytes | None, expected: bytes | None) -> None:
    """Let a file hold `data` (None: be gone) where it holds `expected` (None: where it is not).

    Whoever reads meanwhile, or looks after a power cut, finds the one or the other as a whole. The
    mode stays. A link inside of the project stays a link; its target changes.

    Raises:
        ChangedError: it holds something else; nothing was written.
        NotEditableError: it must not be written.
        OSError: it cannot be written.
    """
    path = folder / file
    if not _inside(folder, path.parent):
        raise NotEditableError(f"`{file}` lies in a folder that leads out of the project.")
    check(folder, file, expected)
    target = Path(os.path.realpath(path))
    if data is None:
        path.unlink()
        sync(path.parent)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=_ASIDE)
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
            opened.flush()
            _like(target, opened.fileno())
            os.fsync(opened.fileno())
        if expected is None:
            try:
                # A link refuses where a file has come into being; renaming would replace it.
                os.link(aside, target)
            except FileExistsError:
                raise ChangedError(file) from None
        else:
            check(folder, file, expected)
            aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    sync(target.parent)


def check(folder: Path, file: str, expected: bytes | None) -> None:
    """Raises ChangedError where a file holds something else, NotEditableError where it must not be
    written.
    """
    found = look(folder, file)
    if found.reason:
        raise NotEditableError(found.reason)
    if found.data != expected:
        raise ChangedError(file)


def sweep(folder: Path) -> None:
    """Take away what a write that was killed has left beside its file."""
    for here, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if not one.startswith(".") and one != "node_modules"]
        for one in files:
            if one.startswith(_ASIDE):
                with suppress(OSError):
                    (Path(here) / one).unlink()


def _like(target: Path, handle: int) -> None:
    """Mode and owner as they were."""
    try:
        known = target.stat()
    except FileNotFoundError:
        os.fchmod(handle, _NEW_MODE)
        return
    os.fchmod(handle, stat.S_IMODE(known.st_mode))
    with suppress(PermissionError):
        os.fchown(handle, known.st_uid, known.st_gid)


def sync(folder: Path) -> None:
    """A new name is durable when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
