"""Changes of several files, checked as a whole before any of them is made."""

from __future__ import annotations

from collections.abc import Sequence

from dsl.parsing.source import BOM
from editor.documents import disk
from editor.documents.contents import dressed
from editor.documents.desk import Desk, standing
from editor.documents.document import FileChange, NotEditableError, StaleError
from editor.documents.drafts import Draft


def planned(desk: Desk, person: str, changes: Sequence[FileChange]) -> dict[str, Draft | None]:
    """The drafts that these changes make, None for none.

    Raises:
        StaleError: one of them was made on another text than the draft is by now.
        NotEditableError: one of them cannot be made.
    """
    drafts: dict[str, Draft | None] = {}
    for one in changes:
        for file, draft in _drafts(desk, person, one).items():
            if file in drafts:
                raise NotEditableError(f"`{file}` stands twice in one change.")
            drafts[file] = draft
    return drafts


def _drafts(desk: Desk, person: str, change: FileChange) -> dict[str, Draft | None]:
    file = disk.file_below(desk.folder, change.file)
    draft, found = desk.settle(person, file)
    document = desk.shown(person, file, draft, found)
    is_new = draft is None and found.gone and not document.text
    if (change.state or not is_new) and document.state != change.state:
        raise StaleError(document)
    if document.read_only:
        raise NotEditableError(document.read_only)
    base = found.data if draft is None else draft.base
    was = "" if draft is None else draft.was
    if change.deleted:
        return {file: None if base is None else Draft(base, None)}
    data = data_of(file, change.text, document.text)
    if data is None:
        data = draft.text if draft is not None else found.data
    if data is None:
        raise NotEditableError(f"`{file}` is not there.")
    if not change.renamed:
        return {file: standing(file, Draft(base, data, was), found.data)}
    place = disk.file_below(desk.folder, change.renamed)
    if disk.suffix(place) != disk.suffix(file):
        raise NotEditableError(f"`{file}` cannot become `{place}`: that is another kind of file.")
    taken, there = desk.settle(person, place)
    if taken is not None or not there.gone:
        raise NotEditableError(f"There is a file `{place}` already.")
    if base is None:
        return {file: None, place: Draft(None, data, was)}
    return {file: Draft(base, None), place: Draft(None, data, file)}


def data_of(file: str, text: str | bytes | None, known: str) -> bytes | None:
    """What a file is to hold, with the line ends and the byte order mark that it has."""
    if text is None:
        return None
    if isinstance(text, bytes) != disk.is_media(file):
        raise NotEditableError(f"`{file}` does not hold such a content.")
    if isinstance(text, str):
        if "\r\n" in known and "\r\n" not in text:
            text = dressed(text, known)
        elif known.startswith(BOM) and not text.startswith(BOM):
            text = BOM + text
        try:
            text = text.encode("utf-8")
        except UnicodeEncodeError:
            raise NotEditableError("Half a character stands in this text. Type it again.") from None
    if len(text) > disk.most(file):
        raise NotEditableError(f"A file holds at most {disk.most(file) // 1024} KB.")
    return text
