"""Drafts of a project's files, and who saved which file with what in it."""

from __future__ import annotations

from typing import NamedTuple

from engine.core.model import Instant
from engine.store.connection import Row
from engine.store.dialects import Digest
from engine.store.rows import Rows
from engine.store.writer import Transaction


class Save(NamedTuple):
    """Somebody let a file hold what has this `hash` (SHA-256, hex)."""

    file: str
    hash: str
    person: str
    at: Instant


def of(rows: Rows, person: str) -> list[Row]:
    """File, base, text and the file that it replaces, of each draft of a person."""
    return rows.rows(
        "select file, base, text, was from file_draft where person = ? order by file", (person,)
    )


def keep(
    transaction: Transaction,
    person: str,
    file: str,
    base: bytes | None,
    text: bytes | None,
    was: str,
    at: Instant,
) -> None:
    """Let this be the person's draft of that file."""
    transaction.execute(
        "insert into file_draft (person, file, base, text, was, changed_at)"
        " values (?, ?, ?, ?, ?, ?) on conflict (person, file) do update set"
        " base = excluded.base, text = excluded.text, was = excluded.was,"
        " changed_at = excluded.changed_at",
        (person, file, _bytes(base), _bytes(text), was, at),
    )


def forget(transaction: Transaction, person: str, file: str) -> None:
    transaction.execute("delete from file_draft where person = ? and file = ?", (person, file))


def note_save(transaction: Transaction, save: Save) -> None:
    transaction.execute(
        "insert into file_save (file, hash, person, at) values (?, ?, ?, ?)",
        (save.file, save.hash, save.person, save.at),
    )


def saves(rows: Rows, since: Instant = 0) -> list[Save]:
    """Who saved what from that moment on, the oldest first."""
    found = rows.rows(
        "select file, hash, person, at from file_save where at >= ? order by id", (since,)
    )
    return [Save(*row) for row in found]


def _bytes(data: bytes | None) -> Digest | None:
    return None if data is None else Digest(data)
