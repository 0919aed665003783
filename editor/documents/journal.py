"""Several files written as one: all of them, or none, also when the server is killed between two.

What is to be written is first written into a journal beside the database. While it lies there, each
file holds what it held before or what it is to hold; whoever finds it at the next start writes what
is missing. Only where somebody else has changed one of the files meanwhile, everything is put back
instead: the drafts are still there.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from editor.documents import disk
from editor.documents.document import NotEditableError
from engine.logs import logger

_JOURNALS: Final = "saving"
_ASIDE: Final = ".new"

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Write:
    """A file that holds `before` is to hold `after`; None is no file."""

    file: str
    before: bytes | None
    after: bytes | None


class Journal:
    """Writes into one project folder; its journal lies below the data folder."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder = folder
        # Another project that is served from these data has a journal of its own.
        place = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:16]
        self.place = data / _JOURNALS / f"{place}.json"

    def write(self, writes: Sequence[Write]) -> None:
        """Write all of these, or nothing.

        Raises:
            ChangedError: a file holds something else than it is expected to.
            NotEditableError: a file must not be written.
            OSError: a file cannot be written.
        """
        if self.place.exists():
            self.recover()
        if len(writes) > 1:
            for one in writes:
                disk.check(self.folder, one.file, one.before)
            self._begin(writes)
        try:
            for one in writes:
                disk.put(self.folder, one.file, one.after, one.before)
        except Exception:
            if self._undo(writes):
                self._end()
            raise
        self._end()

    def recover(self) -> None:
        """Finish what was begun, or undo it where that is no longer possible."""
        disk.sweep(self.folder)
        try:
            told = orjson.loads(self.place.read_bytes())
        except FileNotFoundError:
            return
        writes = [Write(one["file"], _data(one["before"]), _data(one["after"])) for one in told]
        found = {one.file: disk.look(self.folder, one.file) for one in writes}
        missing = [one for one in writes if found[one.file].data != one.after]
        if all(found[one.file].data == one.before for one in missing):
            try:
                for one in missing:
                    disk.put(self.folder, one.file, one.after, one.before)
            except (OSError, NotEditableError, disk.ChangedError) as error:
                _log.warning("a save could not be finished", why=str(error))
            else:
                self._end()
                return
        if self._undo(writes):
            self._end()

    def _begin(self, writes: Sequence[Write]) -> None:
        told: list[dict[str, Any]] = [
            {"file": one.file, "before": _text(one.before), "after": _text(one.after)}
            for one in writes
        ]
        if not self.place.parent.is_dir():
            self.place.parent.mkdir(mode=0o700)
            disk.sync(self.place.parent.parent)
        aside = self.place.with_suffix(_ASIDE)
        with aside.open("wb") as opened:
            opened.write(orjson.dumps(told))
            opened.flush()
            os.fsync(opened.fileno())
        aside.replace(self.place)
        disk.sync(self.place.parent)

    def _undo(self, writes: Sequence[Write]) -> bool:
        """Put back what was written; whether that worked. What somebody else has changed stays."""
        whole = True
        for one in reversed(writes):
            if disk.look(self.folder, one.file).data != one.after:
                continue
            try:
                disk.put(self.folder, one.file, one.before, one.after)
            except (OSError, NotEditableError, disk.ChangedError) as error:
                _log.warning("a file could not be put back", file=one.file, why=str(error))
                whole = False
        return whole

    def _end(self) -> None:
        if self.place.exists():
            self.place.unlink()
            disk.sync(self.place.parent)


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _data(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
