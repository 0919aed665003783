"""The files of a project as each person edits them: drafts, saving, and what others change."""

from editor.documents.contents import alike, digest, dressed, offset, plain
from editor.documents.document import (
    Conflict,
    Document,
    FileChange,
    NotEditableError,
    Saved,
    Side,
    StaleError,
    Status,
)
from editor.documents.documents import Documents
from editor.documents.drafts import ASSISTANT
from editor.documents.projects import is_silent, silent

__all__ = [
    "ASSISTANT",
    "Conflict",
    "Document",
    "Documents",
    "FileChange",
    "NotEditableError",
    "Saved",
    "Side",
    "StaleError",
    "Status",
    "alike",
    "digest",
    "dressed",
    "is_silent",
    "offset",
    "plain",
    "silent",
]
