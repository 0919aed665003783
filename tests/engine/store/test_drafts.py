"""Drafts of files are kept by person and file, to the byte."""

from __future__ import annotations

from engine.store import drafts
from engine.store.database import Database
from engine.store.drafts import Save
from engine.store.writer import Writer

ODD = b"\xef\xbb\xbfline\r\n\x00\xff{}\r"


def test_drafts_come_back_to_the_byte(database: Database, writer: Writer) -> None:
    """Any bytes of any person's files come back as they were; the last of each counts."""
    writer.run(
        lambda tx: (
            drafts.keep(tx, "ada", "a.flow", b"old", b"first", "", 1),
            drafts.keep(tx, "ada", "a.flow", ODD, ODD * 2, "was.flow", 2),
            drafts.keep(tx, "ada", "new.flow", None, b"", "", 3),
            drafts.keep(tx, "ada", "gone.flow", b"x", None, "", 4),
            drafts.keep(tx, "ben", "a.flow", b"y", b"z", "", 5),
        )
    )
    with database.reader() as reader:
        assert drafts.of(reader, "ada") == [
            ("a.flow", ODD, ODD * 2, "was.flow"),
            ("gone.flow", b"x", None, ""),
            ("new.flow", None, b"", ""),
        ]
    writer.run(lambda tx: drafts.forget(tx, "ada", "a.flow"))
    with database.reader() as reader:
        assert [row[0] for row in drafts.of(reader, "ada")] == ["gone.flow", "new.flow"]
        assert [row[0] for row in drafts.of(reader, "ben")] == ["a.flow"]


def test_who_saved_what_is_told_in_order(database: Database, writer: Writer) -> None:
    """Each save is remembered with its author, and found from a moment on."""
    told = [Save("a.flow", "1", "ada", 10), Save("b.flow", "", "ben", 20)]
    for one in told:
        writer.run(lambda tx, one=one: drafts.note_save(tx, one))
    with database.reader() as reader:
        assert drafts.saves(reader) == told
        assert drafts.saves(reader, 11) == told[1:]
