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
from editor.flow.problems import Checked, as_json
from editor.running import documents
from editor.sentences import retold


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

    While the flow's own first line cannot be read, `broken` says why and no step can be put in.
    """
    document = opened.document
    drawing = opened.drawing.patch(shown(request, opened), old, renamed)
    if opened.broken:
        drawing["inserts"] = []
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
        "read_only": retold(document.read_only),
        "notice": retold(document.notice),
        "conflicts": [
            {"base": one.base, "mine": one.mine, "theirs": one.theirs, "line": one.line}
            for one in document.conflicts
        ],
    }


def problems_now(request: Request, opened: Opened) -> dict[str, Any]:
    """What the checks of the whole project say of a draft's file; `checked` is its state then."""
    files = documents(request)
    project = files.project(opened.person)
    found = checked(request).problems(project, opened.document.name)
    state: str | None = opened.document.state
    if project.sources.get(opened.document.name, opened.document.text) != opened.document.text:
        state = None  # the draft has changed on the way: nobody knows what was checked
    graph = None if opened.flow is None else opened.drawing.graph
    return {"checked": state, "problems": as_json(found, opened.flow, graph)}


def checked(request: Request) -> Checked:
    """The checks that this server has made."""
    found: Checked | None = getattr(request.app.state, "checked", None)
    if found is None:
        found = request.app.state.checked = Checked()
    return found


def whole(text: str) -> str:
    """A draft's text as a browser has it: LF at every line's end, no byte order mark."""
    return plain(text)
