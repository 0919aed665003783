"""What the server answers about a draft: its state, what changed in the drawing, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import Request

from editor.documents import Document, plain
from editor.flow.changes import changes
from editor.flow.drawing import Drawing
from editor.flow.opening import Opened, shown


def answer(
    request: Request,
    outcome: str,
    opened: Opened,
    *,
    old: Drawing | None = None,
    renamed: Mapping[str, str] = MappingProxyType({}),
    reason: str = "",
    **more: Any,
) -> dict[str, Any]:
    """How things stand now, for a page that shows the drawing `old`, None for one that shows none.

    `drawing` is None while the flow's own first line cannot be read, and `broken` says why.
    """
    document = opened.document
    drawing = None if opened.broken else opened.drawing.patch(shown(request, opened), old, renamed)
    return {
        "outcome": outcome,
        "reason": reason,
        **standing(document),
        "flow": opened.name,
        "edits": [],
        "renamed": dict(renamed),
        "select": None,
        "problems": None,
        "checked": None,
        "changes": changes(document.base, document.text),
        "broken": opened.broken,
        "drawing": drawing,
        **more,
    }


def standing(document: Document) -> dict[str, Any]:
    """A draft's state, and what stands in the way of saving or editing it."""
    return {
        "state": document.state,
        "document_state": document.status,
        "read_only": document.read_only,
        "notice": document.notice,
        "conflicts": [
            {"base": one.base, "mine": one.mine, "theirs": one.theirs, "line": one.line}
            for one in document.conflicts
        ],
    }


def whole(document: Document) -> str:
    """A draft's text as a browser has it: LF at every line's end, no byte order mark."""
    return plain(document.text)
