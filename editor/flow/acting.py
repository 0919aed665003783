"""What a person does to a flow: edits of text and drawing, saving, settling conflicts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from dsl.edits import Edited, Refusal, renamed_by_place
from editor.access import MARKETERS, may, signed_in, signed_in_as
from editor.documents import Document, NotEditableError, StaleError, plain
from editor.flow import acts
from editor.flow.answers import answer, problems_now, whole
from editor.flow.asked import Asked, Chosen, OverlapError, applied, in_page, odd, told
from editor.flow.changes import edits_between
from editor.flow.opening import Opened, asked_for, opening
from editor.language import _
from editor.running import Files, documents
from editor.security import csrf_fits
from editor.sentences import retold

router = APIRouter()


def _writer(request: Request, x_csrf_token: Annotated[str, Header()] = "") -> None:
    """Writes carry the token of their session, and take a marketer.

    Raises:
        HTTPException: 403 otherwise.
    """
    if not csrf_fits(request, x_csrf_token):
        raise HTTPException(403, _("This page is too old. Open it again."))
    request.state.user = signed_in_as(request)
    if not may(request, MARKETERS):
        raise HTTPException(403, _("You may look at flows; changing them takes a marketer."))


@router.post("/api/flows/{name}/edit", dependencies=[Depends(_writer)])
def edit(request: Request, files: Files, name: str, asked: Asked) -> Response:
    """Apply edits of the text, then an act on the drawing. A refusal changes nothing but the text
    that was typed before it; `edits` are what the act did, counted on the text with that.
    """
    began = time.thread_time()
    opened = asked_for(request, name)
    if opened.document.state != asked.state:
        return _answered(began, _stale(request, opened))
    if opened.document.read_only:
        refused = answer(request, "refused", opened, old=opened.drawing)
        return _answered(began, refused | {"reason": retold(opened.document.read_only)})
    try:
        said = _edited(request, files, opened, asked)
    except StaleError as error:
        said = _stale(request, _again(request, opened, error.document))
    return _answered(began, said)


def _edited(request: Request, files: Files, opened: Opened, asked: Asked) -> dict[str, Any]:
    refusal: dict[str, Any] = {}
    edited: Edited | None = None
    before, sent = opened.document.text, asked.edits
    more: dict[str, Any] = {}
    try:
        text = applied(before, sent)
        typed = _with_text(request, opened, text)
    except OverlapError:
        refusal = {"reason": _("Two of these edits touch the same place.")}
        typed, sent = opened, []
    renamed = _renamed(opened, typed)
    if asked.do is not None and not refusal:
        try:
            edited = acts.done(request, typed, asked.do)
            if asked.do.op == "copy":
                more["copied"] = acts.copied(typed, asked.do)
        except Refusal as error:
            refusal = {"reason": retold(str(error))}
        except acts.FieldRefusedError as error:
            refusal = {"reason": retold(str(error)), "field": error.field}
    if edited is not None:
        opening(request).readings.read(edited.parsed)
        renamed = _one_after_another(renamed, edited.renamed)
        more["select"] = edited.select
    document = opened.document
    text = typed.reading.text if edited is None else edited.parsed.text
    if text != document.text:
        try:
            document = files.edit(opened.person, document.file, asked.state, text)
        except NotEditableError as error:
            refusal, renamed, edited, sent = {"reason": retold(str(error))}, {}, None, []
    now = _again(request, opened, document)
    if edited is not None and document.text == text and not odd(before, sent):
        more["edits"] = told(typed.reading.text, edited.edits)
    else:
        more["edits"] = edits_between(in_page(before, sent), whole(document.text))
    if asked.check == "now":
        more |= problems_now(request, now)
    outcome = "refused" if refusal else "done"
    return answer(request, outcome, now, old=opened.drawing, renamed=renamed) | more | refusal


@router.post("/api/flows/{name}/save", dependencies=[Depends(_writer)])
def save(request: Request, files: Files, name: str, asked: Asked) -> Response:
    """Write the draft into its file; what somebody else saved meanwhile is merged in."""
    began = time.thread_time()
    opened = asked_for(request, name)
    if opened.document.state != asked.state:
        return _answered(began, _stale(request, opened))
    try:
        saved = files.save(opened.person, opened.document.file)
    except NotEditableError as error:
        return _answered(began, answer(request, "refused", opened, reason=retold(str(error))))
    reason = retold(saved.reason)
    if saved.merged:
        reason = _("Saved, together with what somebody else has saved meanwhile.")
    outcome = "done" if saved.outcome == "saved" else "refused"
    said = _followed(request, outcome, opened, saved.document)
    return _answered(began, said | {"reason": reason, "merged": saved.merged})


@router.post("/api/flows/{name}/choose", dependencies=[Depends(_writer)])
def choose(request: Request, files: Files, name: str, asked: Chosen) -> Response:
    """Settle one conflict of the draft with its file."""
    began = time.thread_time()
    opened = asked_for(request, name)
    if opened.document.state != asked.state:
        return _answered(began, _stale(request, opened))
    try:
        document = files.choose(opened.person, opened.document.file, asked.n, asked.side)
    except NotEditableError as error:
        return _answered(began, answer(request, "refused", opened, reason=retold(str(error))))
    return _answered(began, _followed(request, "done", opened, document))


@router.get("/flows/{name}/text", dependencies=[Depends(signed_in)])
def text(request: Request, name: str) -> Response:
    """The draft's bytes."""
    opened = asked_for(request, name)
    # From what was read, not from the text: that cannot tell what is no UTF-8.
    data = documents(request).content(opened.person, opened.document.file)
    kind = "text/plain; charset=utf-8"
    if isinstance(data, list):
        return Response(b"".join(data), media_type=kind)
    return StreamingResponse(data, media_type=kind)


@router.get("/api/flows/{name}/draft", dependencies=[Depends(signed_in)])
def draft(request: Request, name: str, state: str = "") -> Response:
    """How the draft stands now; with its text and its whole drawing where that is not `state`."""
    began = time.thread_time()
    opened = asked_for(request, name)
    if opened.document.state == state:
        return _answered(began, answer(request, "done", opened, old=opened.drawing))
    return _answered(began, _stale(request, opened) | {"outcome": "done"})


@router.get("/api/flows/{name}/problems", dependencies=[Depends(signed_in)])
def problems(request: Request, name: str, state: str = "") -> Response:
    """What the checks of the whole project say about the draft's file; `checked` is the draft that
    they looked at, which may be another than `state` by now.
    """
    del state
    began = time.thread_time()
    opened = asked_for(request, name)
    return _answered(began, problems_now(request, opened))


# --- the inside --------------------------------------------------------------------------------


def _again(request: Request, opened: Opened, document: Document) -> Opened:
    """The same flow in another text of its file; where that has lost it, as it was last."""
    return opening(request).of(opened.person, opened.name, document) or opened


def _with_text(request: Request, opened: Opened, text: str) -> Opened:
    """The same flow as it would be in a text that nobody has yet."""
    if text == opened.document.text:
        return opened
    return opening(request).imagined(opened, text)


def _stale(request: Request, opened: Opened) -> dict[str, Any]:
    return answer(request, "stale", opened) | {"text": whole(opened.document.text)}


def _followed(request: Request, outcome: str, opened: Opened, document: Document) -> dict[str, Any]:
    """The answer where the draft has become what others saved, or what was chosen."""
    now = _again(request, opened, document)
    renamed = _renamed(opened, now)
    said = answer(request, outcome, now, old=opened.drawing, renamed=renamed)
    return said | {"edits": edits_between(plain(opened.document.text), plain(document.text))}


def _renamed(before: Opened, after: Opened) -> dict[str, str]:
    if before.reading is after.reading or before.flow is None or after.flow is None:
        return {}
    if before.flow.name != after.flow.name:
        return {}
    return renamed_by_place(before.reading.parsed, after.reading.parsed, after.flow.name)


def _one_after_another(first: Mapping[str, str], then: Mapping[str, str]) -> dict[str, str]:
    """Two renamings as one."""
    found = {old: then.get(now, now) for old, now in first.items()}
    middle = set(first.values())
    found |= {old: now for old, now in then.items() if old not in first and old not in middle}
    return {old: now for old, now in found.items() if old != now}


def _answered(began: float, said: Mapping[str, Any]) -> Response:
    body = orjson.dumps(said)
    spent = (time.thread_time() - began) * 1000
    timing = {"Server-Timing": f"cpu;dur={spent:.1f}"}
    return Response(body, media_type="application/json", headers=timing)
