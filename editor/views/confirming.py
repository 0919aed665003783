"""The button that lets a restored or copied database run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from editor.security import csrf_fits
from editor.views.sessions import signed_in

router = APIRouter(dependencies=[Depends(signed_in)])

_ROLES = frozenset({"developer", "admin"})


@router.post("/confirm")
async def confirm(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """Everything goes on; what is too late by now is skipped with a reason."""
    if not csrf_fits(request, csrf):
        raise HTTPException(403, "This form is too old. Open the page again.")
    user = request.state.user
    if user is not None and user.role not in _ROLES:
        raise HTTPException(403, "Letting a restored database send takes a developer.")
    who = "demo" if user is None else str(user.email)
    await run_in_threadpool(request.app.state.service.confirm, who)
    return RedirectResponse("/flows", 303)
