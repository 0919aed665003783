"""What went out, kept outside the database: a restored backup does not know, this file does.

Before a group of messages is handed to the outside, their keys are appended here and flushed to
the disk. At each start the file is compared with the database: a key that the database does not
know as claimed went out after the moment from which the database is.

A line is `RUN STEP VISIT RECIPIENT`; one with `-` before it takes an earlier one back, since the
other side certainly did not take that message; one with `+` says that it did take it. The first
line names the file, so that it is not taken for another's.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from engine.errors import RefusedError

NAME: Final = "sent.ledger"
_HEAD: Final = "headrace ledger "

Key = tuple[int, str, int, int]
"""Run, step, visit, recipient: what an intent is known by."""


class Position(NamedTuple):
    """How much of which ledger a database has seen: the file's name for itself, bytes."""

    ledger: str
    size: int

    @classmethod
    def read(cls, text: str) -> Position | None:
        ledger, _, size = text.partition(":")
        return cls(ledger, int(size)) if size.isdigit() else None

    def __str__(self) -> str:
        return f"{self.ledger}:{self.size}"


class UnusableLedgerError(RefusedError):
    """The file cannot be read or written, or is no ledger."""


class Ledger:
    """One file. `note` and `take_back` are called by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the ledger at `path`, made where there is none.

        Raises:
            UnusableLedgerError: it cannot be read or written, or is something else.
        """
        self._path = path
        self._writing = threading.Lock()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            if not os.fstat(self._file).st_size:
                self._append(f"{_HEAD}{secrets.token_hex(8)}\n", durable=True)
                _flush_folder(path.parent)
            head = path.open("rb").readline().decode("ascii", "replace")
        except OSError as error:
            raise UnusableLedgerError(
                f"the ledger of what went out, {path}, cannot be used: {error.strerror}"
            ) from error
        if not head.startswith(_HEAD):
            raise UnusableLedgerError(f"{path} is no ledger of what went out; name another file")
        self.name = head.removeprefix(_HEAD).strip()

    @property
    def position(self) -> Position:
        """Where the next key goes."""
        return Position(self.name, os.fstat(self._file).st_size)

    def note(self, keys: Iterable[Key]) -> None:
        """Keep that these are about to go out; they are on the disk when this returns.

        Raises:
            UnusableLedgerError: they are not, so nothing may go out.
        """
        try:
            self._append("".join(_line(key) for key in keys), durable=True)
        except OSError as error:
            raise UnusableLedgerError(
                f"the ledger of what went out cannot be written: {error.strerror}"
            ) from error

    def take_back(self, keys: Iterable[Key]) -> None:
        """Keep that these did not go out after all. Should that be lost, they count as gone."""
        text = "".join(f"-{_line(key)}" for key in keys)
        if text:
            self._append(text, durable=False)

    def taken(self, key: Key) -> None:
        """Keep that the other side took it. Should that be lost, nobody knows."""
        # Who cannot keep it has delivered all the same.
        with contextlib.suppress(OSError):
            self._append(f"+{_line(key)}", durable=False)

    def since(self, position: int) -> dict[Key, bool]:
        """What went out behind `position`, in order, and of each whether it is known to be taken. A
        line that was cut off is none.
        """
        kept: dict[Key, bool] = {}
        for key, sign in self._lines(position):
            if sign == "-":
                kept.pop(key, None)
            else:
                kept[key] = sign == "+"
        return kept

    def close(self) -> None:
        """At the end; once more does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _lines(self, position: int) -> Iterator[tuple[Key, str]]:
        with self._path.open("rb") as file:
            file.seek(max(position, 0))
            for line in file:
                told = line.decode("utf-8", "replace")
                sign = told[:1] if told[:1] in ("-", "+") else ""
                words = told.removeprefix(sign).split()
                if not line.endswith(b"\n") or len(words) != 4 or not words[0].isdigit():
                    continue
                run, step, visit, recipient = words
                yield (int(run), step, int(visit), int(recipient)), sign

    def _append(self, text: str, *, durable: bool) -> None:
        left = text.encode()
        with self._writing:
            while left:
                left = left[os.write(self._file, left) :]
        if durable:
            os.fdatasync(self._file)


def _line(key: Key) -> str:
    run, step, visit, recipient = key
    return f"{run} {step} {visit} {recipient}\n"


def _flush_folder(folder: Path) -> None:
    """The new file's name is on the disk, too."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
