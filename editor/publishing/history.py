"""The versions of a flow: who published them and when, how they differ, and taking one back."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from dsl.graph.differing import Difference
from dsl.graph.drawing import picture
from dsl.graph.spoken import spoken
from editor.access import MARKETERS, author, own_form, person, signed_in
from editor.documents import Documents, FileChange, NotEditableError, StaleError, dressed
from editor.flow.opening import open_flow
from editor.language import _
from editor.publishing.comparing import Source, compared, drawn, source_of
from editor.rendering import page
from editor.running import Files, Running, documents, running
from editor.sentences import retold
from engine.publishing.versions import versions_of

router = APIRouter(dependencies=[Depends(signed_in)])

NOW: Final = "now"
"""Stands for the flow as whoever looks has it now, saved or not."""


@router.get("/flows/{name}/versions")
def look(
    request: Request,
    name: str,
    old: Annotated[str, Query()] = "",
    new: Annotated[str, Query()] = "",
) -> Response:
    """All versions, and the lines in which two of them differ."""
    return _page(request, name, old, new)


@router.post("/flows/{name}/versions/{number}/restore", dependencies=[Depends(own_form)])
def restore(
    request: Request,
    service: Running,
    files: Files,
    name: str,
    number: int,
    state: Annotated[str, Form()] = "",
) -> Response:
    """Let this person's draft say what a version said. Nothing of the history goes: publishing the
    draft makes a new version. `state` is that of the draft that the page was about.
    """
    author(request, MARKETERS, _("You may look at flows; changing them takes a marketer."))
    with service.database.reader() as reader:
        source = source_of(reader, name, number)
    if source is None:
        raise HTTPException(404, _("There is no version %(number)d of %(flow)s.") % {
            "number": number, "flow": name
        })  # fmt: skip
    file, text, _state = _current(request, files, name, source)
    wanted = dressed(source.text, text) if text else source.text
    try:
        files.change(person(request), [FileChange(file, state, wanted)])
    except StaleError:
        changed = _("The draft has changed meanwhile. Look again, then restore.")
        return _page(request, name, str(number), NOW, problem=changed, status=409)
    except NotEditableError as error:
        return _page(request, name, str(number), NOW, problem=retold(str(error)), status=409)
    return RedirectResponse(f"/flows/{quote(name, safe='')}", 303)


def _current(request: Request, files: Documents, name: str, source: Source) -> tuple[str, str, str]:
    """Where the flow stands now: its file, its text and its state; a flow that is gone would be in
    the file that it was in.
    """
    opened = open_flow(request, name)
    document = (
        opened.document if opened is not None else files.document(person(request), source.file)
    )
    known = opened is not None or bool(document.text)
    return document.file, document.text, document.state if known else ""


def _page(
    request: Request, name: str, old: str, new: str, *, problem: str = "", status: int = 200
) -> Response:
    service, files = running(request), documents(request)
    opened = open_flow(request, name)
    with service.database.reader() as reader:
        versions = versions_of(reader, name)
        if not versions and opened is None:
            raise HTTPException(404, _("There never was a flow called %s.") % name)
        numbers = [str(one["version"]) for one in versions]
        old, new = _chosen(versions, numbers, old, new, there=opened is not None)
        sources = {one: source_of(reader, name, int(one)) for one in {old, new} if one in numbers}
        newest = source_of(reader, name, int(numbers[0])) if numbers else None
    texts = {one: source.text for one, source in sources.items() if source is not None}
    if opened is not None:
        texts[NOW] = opened.document.text
    state, unsaved = "", False
    if opened is not None or newest is not None:
        file, _text, state = _current(request, files, name, newest or Source("", "", ()))
        unsaved = file in files.unsaved(person(request))
    shown: dict[str, Any] = {}
    if old in texts and new in texts:
        shown = {"lines": compared(texts[old], texts[new])} | _pictured(
            drawn(texts[old], texts[new], name)
        )
    flow = None if opened is None else opened.flow
    return page(
        request,
        "versions.html",
        status=status,
        name=name,
        title=(flow.title if flow is not None else None) or name,
        there=opened is not None,
        versions=versions,
        old=old,
        new=new,
        now_is=NOW,
        comparison=shown,
        problem=problem,
        state=state,
        unsaved=unsaved,
        others=() if newest is None else newest.others,
    )


def _pictured(found: Difference | None) -> dict[str, Any]:
    """The drawing of both, with its changes in words; nothing where nothing was drawn otherwise."""
    if found is None or not found.marks:
        return {}
    graph = spoken(found.graph, _)
    labels = {node.id: node.label for node in graph.nodes}
    return {
        "picture": Markup(picture(graph, found.marks)),  # noqa: S704 - all words are escaped
        "changes": [
            {"mark": mark, "step": step, "label": labels[step], "was": found.was.get(step, "")}
            for step in (node.id for node in graph.nodes)
            if (mark := found.marks.get(step))
        ],
    }


def _chosen(
    versions: list[dict[str, Any]], numbers: list[str], old: str, new: str, *, there: bool
) -> tuple[str, str]:
    """What to compare: as asked, else the live version with what is there now."""
    known = [*numbers, *([NOW] if there else [])]
    live = next((str(one["version"]) for one in versions if one["live"]), "")
    newest = NOW if there else live or next(iter(numbers), "")
    before = numbers[1] if not there and len(numbers) > 1 else live or next(iter(numbers), "")
    return (old if old in known else before), (new if new in known else newest)
