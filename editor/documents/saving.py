"""Drafts become files: all that belong together, or none of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from editor.documents import disk
from editor.documents.contents import digest
from editor.documents.desk import Desk
from editor.documents.document import NotEditableError, Saved
from editor.documents.drafts import Draft
from editor.documents.journal import Journal, Write

_TRIES: Final = 5
_CONFLICT: Final = "Somebody else has saved other changes of the same lines. Choose first."
_RESTLESS: Final = "The file keeps changing on the disk. Try again."


def saved(desk: Desk, journal: Journal, person: str, files: Sequence[str]) -> dict[str, Saved]:
    """Write the drafts of these files, and those that belong to them, as a whole.

    Gives what became of each. What others saved meanwhile is merged; one conflict, or one file that
    cannot be written, keeps all of them from being written.
    """
    before = desk.drafts.of(person)
    together = _together(before, files)
    for _ in range(_TRIES):
        standings = {file: desk.settle(person, file) for file in together}
        documents = {file: desk.shown(person, file, *standings[file]) for file in together}
        if any(one.read_only or one.conflicts for one in documents.values()):
            reason = next((one.read_only for one in documents.values() if one.read_only), _CONFLICT)
            outcome = "refused" if reason != _CONFLICT else "conflict"
            return {
                file: Saved("conflict" if one.conflicts else outcome, one, reason=reason)  # type: ignore[arg-type]
                for file, one in documents.items()
            }
        writes = [
            Write(file, found.data, draft.text)
            for file, (draft, found) in standings.items()
            if draft is not None and draft.text != found.data
        ]
        try:
            _write(desk, journal, person, writes)
        except disk.ChangedError:
            continue
        except (NotEditableError, OSError) as error:
            why = str(error)
            if isinstance(error, OSError):
                why = f"The file cannot be written: {error.strerror}."
            return {file: Saved("refused", one, reason=why) for file, one in documents.items()}
        return {
            file: Saved(
                "saved",
                desk.document(person, file),
                merged=file in before and before[file] != draft and draft is not None,
            )
            for file, (draft, _found) in standings.items()
        }
    documents = {file: desk.document(person, file) for file in together}
    return {file: Saved("refused", one, reason=_RESTLESS) for file, one in documents.items()}


def _write(desk: Desk, journal: Journal, person: str, writes: Sequence[Write]) -> None:
    if not writes:
        return
    # First who, then what: whoever finds the file changed finds by whom, also after a kill.
    hashes = {one.file: "" if one.after is None else digest(one.after) for one in writes}
    desk.drafts.note_saves(person, hashes)
    journal.write(writes)
    for one in writes:
        if one.after is None:
            desk.close(person, one.file)
    desk.drafts.change(person, {one.file: None for one in writes})


def _together(drafts: dict[str, Draft], files: Sequence[str]) -> list[str]:
    """The files, and of each renamed one both its names."""
    found = dict.fromkeys(files)
    for file, draft in drafts.items():
        if draft.was and (file in found or draft.was in found):
            found |= {file: None, draft.was: None}
    return list(found)
