"""The button that lets a restored or copied database run."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from editor.access import DEVELOPERS, author, own_form, signed_in
from editor.language import _
from editor.running import Running

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/confirm")
def look() -> Response:
    """The button stands on every page."""
    return RedirectResponse("/flows", 303)


@router.post("/confirm", dependencies=[Depends(own_form)])
async def confirm(request: Request, service: Running) -> Response:
    """Everything goes on; what is too late by now is skipped with a reason."""
    who = author(request, DEVELOPERS, _("Letting a restored database send takes a developer."))
    await run_in_threadpool(service.confirm, who)
    return RedirectResponse("/flows", 303)
