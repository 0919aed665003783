"""What people see of a file that they may edit, and what can stand in the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.errors import RefusedError

Status = Literal["saved", "unsaved", "conflict"]
Side = Literal["mine", "theirs", "both"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a person and the file say differently about the same lines, as plain text.

    `line` is where the person's lines begin in the draft, from 1.
    """

    base: str
    mine: str
    theirs: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """A file as one person has it.

    Attributes:
        file: its path below the project's folder, with `/`.
        name: what the project and its diagnostics call it.
        text: the draft, with its own line ends and byte order mark.
        state: SHA-256 (hex) of its bytes.
        status: "saved" where the draft is what the file holds, byte for byte.
        base: the saved text that the draft builds on, "" where there is no file.
        read_only: why it cannot be edited, a sentence; "" where it can.
        notice: what else there is to know, such as that the file is gone; a sentence or "".
        conflicts: what `choose` asks about, in the order of the text.
        deleted: the person has deleted it; the file goes when that is saved.
    """

    file: str
    name: str
    text: str
    state: str
    status: Status
    base: str
    read_only: str = ""
    notice: str = ""
    conflicts: tuple[Conflict, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file's part of a change that is made as a whole.

    Attributes:
        file: its path below the folder, as it is before the change.
        state: that of the document which the change was made on; "" for a new file.
        text: what it is to hold; None where that stays. Bytes for what is no text.
        renamed: its new path, "" where that stays.
        deleted: it is to go.
    """

    file: str
    state: str
    text: str | bytes | None = None
    renamed: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of saving. `merged`: the file had changed, and holds both changes now.

    In "conflict" and "refused" nothing was written; `reason` says why.
    """

    outcome: Literal["saved", "conflict", "refused"]
    document: Document
    merged: bool = False
    reason: str = ""


class StaleError(Exception):
    """An edit was made on another text than the draft is now; `document` is the draft."""

    def __init__(self, document: Document) -> None:
        super().__init__(f"the draft of {document.file} has changed meanwhile")
        self.document = document


class NotEditableError(RefusedError):
    """The file cannot be edited; the sentence says why."""
