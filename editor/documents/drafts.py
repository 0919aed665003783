"""The drafts of all people: rows of the database, kept in memory as well."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.core.model import Instant
from engine.service.service import Service
from engine.store import drafts as rows
from engine.store.drafts import Save
from engine.store.writer import Transaction

ASSISTANT: Final = "assistant"
"""Whose drafts proposals are. No user is called so: users are e-mail addresses."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody made of a file: `text` instead of `base`, which is what the file held.

    `base` None: a file that is new. `text` None: the file is to go. `was` names the file that this
    one is to replace.
    """

    base: bytes | None
    text: bytes | None
    was: str = ""


class Drafts:
    """Drafts by person and file. Whoever changes one gets on when it is stored for good."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._people: dict[str, dict[str, Draft]] = {}

    def of(self, person: str) -> dict[str, Draft]:
        """All drafts of a person, by file."""
        with self._lock:
            known = self._people.get(person)
        if known is None or person == ASSISTANT:  # written by another process, as it likes
            with self._service.database.reader() as reader:
                read = {row[0]: Draft(*row[1:]) for row in rows.of(reader, person)}
            with self._lock:
                if person == ASSISTANT:
                    self._people[person] = read
                known = self._people.setdefault(person, read)
        return dict(known)

    def change(self, person: str, drafts: Mapping[str, Draft | None]) -> None:
        """Keep these, and none where there is None: all of it or nothing."""
        known = self.of(person)
        drafts = {file: one for file, one in drafts.items() if known.get(file) != one}
        if not drafts:
            return
        now = self._service.clock.now()

        def work(transaction: Transaction) -> None:
            for file, one in drafts.items():
                if one is None:
                    rows.forget(transaction, person, file)
                else:
                    rows.keep(transaction, person, file, one.base, one.text, one.was, now)

        self._service.writer.run(work)
        for file, one in drafts.items():
            if one is None:
                known.pop(file, None)
            else:
                known[file] = one
        with self._lock:
            self._people[person] = known

    def note_saves(self, person: str, hashes: Mapping[str, str]) -> None:
        """Remember who lets these files hold what, by hash; told before they hold it."""
        now = self._service.clock.now()

        def work(transaction: Transaction) -> None:
            for file, hashed in hashes.items():
                rows.note_save(transaction, Save(file, hashed, person, now))

        self._service.writer.run(work)

    def saves(self, since: Instant = 0) -> Iterable[Save]:
        """Who saved what from that moment on, the oldest first."""
        with self._service.database.reader() as reader:
            return rows.saves(reader, since)
