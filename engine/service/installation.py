"""A database that was restored or copied starts paused until a person confirms (decision 72).

The data folder and the database hold the same mark, and the folder notes which database it is: the
file, or the database of a server. The mark is another after each start and each hour. So a copied
folder (another file), a restored backup (an older mark), a dump in another database and a folder
that never saw this database are all found out at the next start; what waits there has most likely
been sent already. While paused, events are stored, and nothing else moves.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from engine.core.model import Instant
from engine.delivery.ledger import NAME, Ledger, Position
from engine.store import audit, gone_before, settings_rows
from engine.store.database import Database
from engine.store.writer import Transaction

MARK: Final = "installation"
PAUSED: Final = "paused"
NOTED: Final = "installation.json"


@dataclass(frozen=True, slots=True)
class _Note:
    """What the folder holds. `following` is the mark that is being changed to, "" for none."""

    mark: str
    following: str
    database: str


class Installation:
    """Whether this is the place where the database ran before. Its methods are called by one
    thread at a time.
    """

    ledger: Ledger
    """What went out; there once it has arrived."""
    noted: dict[gone_before.Key, bool] | None = None
    """What the ledger says to have gone out of all that the database may have on its way, and of
    each whether it was taken; None where it cannot tell."""

    def __init__(self, database: Database, ledger: Path | None = None) -> None:
        """`ledger` is where that lies, None for in the data folder."""
        self._database = database
        self._ledger = ledger or database.folder / NAME
        self._path = database.folder / NOTED
        self.paused = ""
        """Why nothing moves, as a sentence; "" where everything does."""
        self.followed = ""
        """The mark that the database had a moment ago, as seen by a server that stood by."""

    def arrive(self, *, paused: bool = False) -> str:
        """At start: look where we are; give why nothing is to move, "" for nothing wrong.

        `paused`: somebody wants to look first.

        Raises:
            UnusableLedgerError: the ledger cannot be read or written.
        """
        self.ledger = Ledger(self._ledger)
        writer = self._database.writer
        identity = writer.run(self._database.identity)
        noted = _read(self._path)
        before = writer.run(
            lambda tx: (settings_rows.read(tx, MARK), settings_rows.read(tx, PAUSED))
        )
        mark, self.paused = before[0], before[1]
        if mark and mark == self.followed:
            # What went out is in the ledger of the server before, and in the database, too.
            position = str(self.ledger.position)
            writer.run(lambda tx: settings_rows.keep(tx, gone_before.POSITION, position))
        else:
            self.paused = self.paused or _suspicion(noted, mark, identity)
            gone, self.noted = writer.run(lambda tx: _gone(tx, self.ledger))
            self.paused = gone or self.paused
        if paused:
            self.paused = self.paused or "it was started with --paused"
        if self.paused != before[1]:
            writer.run(lambda tx: settings_rows.keep(tx, PAUSED, self.paused))
        if not self.paused:
            self.renew()
        return self.paused

    def renew(self) -> None:
        """Change the mark, so that a backup of before is known as one."""
        if self.paused:
            return
        writer = self._database.writer
        identity = writer.run(self._database.identity)
        following = secrets.token_hex(16)
        mark = writer.run(lambda tx: settings_rows.read(tx, MARK))
        # Whatever ends the process in between, the folder knows both marks that may stand.
        _write(self._path, _Note(mark, following, identity))
        writer.run(lambda tx: settings_rows.keep(tx, MARK, following))
        _write(self._path, _Note(following, "", identity))

    def leave(self) -> None:
        """At the end."""
        if hasattr(self, "ledger"):
            self.ledger.close()

    def confirm(self, who: str, now: Instant) -> bool:
        """A person says that this database shall run here; False where nothing was paused."""
        if not self.paused:
            return False
        why, position = self.paused, str(self.ledger.position)

        def work(transaction: Transaction) -> None:
            settings_rows.forget(transaction, PAUSED)
            settings_rows.keep(transaction, gone_before.POSITION, position)
            audit.note(transaction, audit.Act(now, who, "confirm database", {"paused": why}))

        # The marks first: what ends the process in between leaves it paused.
        self.paused = ""
        try:
            self.renew()
            self._database.writer.run(work)
        except BaseException:
            self.paused = why
            raise
        return True


def _gone(
    transaction: Transaction, ledger: Ledger
) -> tuple[str, dict[gone_before.Key, bool] | None]:
    """Compare the database with the ledger of what went out, and remember what only that knows;
    why nothing is to move, "" where both say the same. And what has gone out of all that may be on
    its way, None where the ledger cannot tell.
    """
    seen = Position.read(settings_rows.read(transaction, gone_before.POSITION))
    if seen is not None and seen.ledger != ledger.name:
        return (
            "the ledger of what went out is another than this database knows, so nothing can say"
            " what was sent since"
        ), None
    keys = ledger.since(0 if seen is None else seen.size)
    unknown = gone_before.unknown_of(transaction, [*keys])
    noted = None if seen is None else keys
    if not unknown:
        return "", noted
    gone_before.keep(transaction, unknown)
    return (
        f"the database is older than the ledger of what went out: it was restored. {len(unknown)}"
        " messages that it does not know have gone out since and are not sent again"
    ), noted


def _suspicion(noted: _Note | None, mark: str, identity: str) -> str:
    if noted is None:
        return "this data folder has not run this database before" if mark else ""
    if noted.database != identity:
        return "this is a copy, or another database than this data folder ran before"
    if mark not in (noted.mark, noted.following):
        return "the database is older than this data folder: it was restored"
    return ""


def _read(path: Path) -> _Note | None:
    try:
        told = orjson.loads(path.read_bytes())
        return _Note(str(told["mark"]), str(told["following"]), str(told["database"]))
    except FileNotFoundError:
        return None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # What nobody can read fits no database.
        return _Note("", "", "")


def _write(path: Path, note: _Note) -> None:
    """So that it is whole and on the disk when this returns."""
    aside = path.with_suffix(".new")
    told = {"mark": note.mark, "following": note.following, "database": note.database}
    with aside.open("wb") as file:
        file.write(orjson.dumps(told))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
