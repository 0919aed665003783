"""Everything that the example shop has sent, as it looks on a phone and on a desk."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from editor.demo.start import world_of
from editor.language import _
from editor.rendering import page
from editor.security import LETTER_POLICY

router = APIRouter(prefix="/demo")

_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_SHOWN = 200


@router.get("/inbox.json")
def as_json(request: Request) -> Response:
    return JSONResponse(world_of(request).inbox.as_json())


@router.get("/inbox")
def inbox(
    request: Request,
    letter: Annotated[int | None, Query()] = None,
    to: Annotated[str, Query(max_length=200)] = "",
    width: Annotated[str, Query(max_length=10)] = "phone",
) -> Response:
    """The list and one letter of it; for htmx only the part that changes."""
    box = world_of(request).inbox
    wanted = to.strip().casefold()
    found = [
        each
        for each in box.letters()
        if wanted in f"{each.to} {each.subject} {each.message} {each.flow}".casefold()
    ]
    chosen = box.letter(letter) if letter is not None else (found[0] if found else None)
    if letter is not None and chosen is None:
        raise HTTPException(404, _("This letter is not in the inbox."))
    return page(
        request,
        "demo/inbox.html",
        fragment="post",
        letters=found[:_SHOWN],
        found=len(found),
        total=len(box),
        chosen=chosen,
        to=to,
        width="desk" if width == "desk" else "phone",
    )


@router.get("/inbox/{number}/html")
def body(request: Request, number: int) -> Response:
    """A mail as it was sent, for a frame without scripts; its links open beside the inbox."""
    letter = world_of(request).inbox.letter(number)
    if letter is None:
        raise HTTPException(404, _("This letter is not in the inbox."))
    html = letter.html or "<!doctype html><meta charset=utf-8><p>This mail has no HTML part.</p>"
    base = '<base target="_blank">'
    html = _HEAD.sub(lambda head: head.group() + base, html, count=1)
    if base not in html:
        html = base + html
    return HTMLResponse(html, headers={"Content-Security-Policy": LETTER_POLICY})
