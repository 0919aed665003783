"""What somebody publishes: one flow that they have open, or whatever is saved."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request

from editor.access import MARKETERS, author, person
from editor.documents import Document, Documents, NotEditableError
from editor.flow.opening import asked_for
from editor.language import _
from editor.sentences import retold


@dataclass(frozen=True, slots=True)
class Subject:
    """`flow` is "" where no flow is open; `document` is then None."""

    flow: str
    title: str
    person: str
    document: Document | None

    @property
    def address(self) -> str:
        """The page that asks."""
        return f"{self.back}/publish" if self.flow else "/publish"

    @property
    def back(self) -> str:
        """The page that one came from."""
        return f"/flows/{quote(self.flow, safe='')}" if self.flow else "/flows"

    @property
    def file(self) -> str:
        return "" if self.document is None else self.document.file

    @property
    def stands_in_the_way(self) -> str:
        """Why what this person has made cannot be saved, a sentence; "" where it can be."""
        document = self.document
        if document is None or document.status == "saved":
            return ""
        if document.conflicts:
            return _("Somebody else has saved other changes of the same lines. Choose first.")
        return retold(document.read_only)


def subject_of(request: Request, name: str = "") -> Subject:
    """What is to be published, as whoever asks has it.

    Raises:
        HTTPException: 403 for a viewer, 404 for no such flow.
    """
    publisher(request)
    who = person(request)
    if not name:
        return Subject("", "", who, None)
    opened = asked_for(request, name)
    title = opened.name if opened.flow is None else opened.flow.title or opened.name
    return Subject(opened.name, title, who, opened.document)


def publisher(request: Request) -> str:
    """Who publishes, for the record.

    Raises:
        HTTPException: 403 for a viewer.
    """
    return author(request, MARKETERS, _("You may look at flows; publishing them takes a marketer."))


def save(files: Documents, subject: Subject) -> str:
    """Let the file hold the draft. Gives why it does not, "" where it does now."""
    if subject.document is None:
        return ""
    try:
        saved = files.save(subject.person, subject.file)
    except NotEditableError as error:
        return retold(str(error))
    return "" if saved.outcome == "saved" else retold(saved.reason)
