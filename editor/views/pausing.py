"""Pausing, resuming and stopping a flow: a page that asks, and the same for scripts."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Header, HTTPException, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from editor.access import MARKETERS, author, own_form, signed_in
from editor.language import _, noop
from editor.rendering import page
from editor.running import documents, running
from editor.security import csrf_fits, csrf_token
from editor.sentences import retold
from engine.errors import RefusedError
from engine.publishing.pausing import Act, Held, UnknownFlowError
from engine.publishing.versions import versions_of

router = APIRouter(dependencies=[Depends(signed_in)])

_WORDS = {
    "pause": noop(
        "Nobody enters and nobody goes on. Waits go on counting, exits and goals hold, and"
        " messages that are ready wait."
    ),
    "resume": noop(
        "People enter again, and whoever is inside goes on. What is too late by now is"
        " skipped with a reason."
    ),
    "stop": noop(
        "The run of everybody inside ends now, messages that are ready are not sent, and"
        " nobody enters until the flow is resumed or published anew. This cannot be undone."
    ),
}
_VERBS = {
    "pause": (noop("Pause the flow"), noop("Pause “%s”?")),
    "resume": (noop("Resume the flow"), noop("Resume “%s”?")),
    "stop": (noop("Stop the flow"), noop("Stop “%s”?")),
}
_STATES = (noop("running"), noop("paused"), noop("stopped"))


def _author(request: Request) -> str:
    return author(request, MARKETERS, _("You may look at flows; pausing them takes a marketer."))


async def _hold(request: Request, name: str, act: Act) -> Held:
    service = running(request)
    return await run_in_threadpool(service.hold, name, act, _author(request))


@router.get("/flows/{name}/hold")
def ask(request: Request, name: str, act: Annotated[str, Query()] = "") -> Response:
    """Say what will happen, and ask. Without an act there is nothing to ask: on to the flow."""
    if act not in _WORDS:
        return RedirectResponse(f"/flows/{quote(name, safe='')}", 303)
    _author(request)
    service = running(request)
    flow = documents(request).project().flows.get(name)
    if not any(flow_name == name for flow_name, _ in service.live.versions):
        raise HTTPException(404, _("There is no flow called %s that is live.") % name)
    with service.database.reader() as reader:
        inside = sum(one["inside"] for one in versions_of(reader, name))
    title = (flow.title if flow else None) or name
    verb, question = _VERBS[act]
    return page(
        request,
        "hold.html",
        name=name,
        title=title,
        verb=_(verb),
        question=_(question) % title,
        act=act,
        words=_WORDS[act],
        inside=inside,
        state_now=service.holds.get(name, "running"),
    )


@router.post("/flows/{name}/hold", dependencies=[Depends(own_form)])
async def hold(request: Request, name: str, act: Annotated[Act, Form()]) -> Response:
    try:
        await _hold(request, name, act)
    except RefusedError as error:
        raise HTTPException(409, retold(str(error))) from None
    return RedirectResponse(f"/flows/{name}", 303)


@router.get("/api/flows/{name}")
def look(request: Request, name: str) -> JSONResponse:
    """A flow's state and versions. `csrf` goes into the header `X-CSRF-Token` of a write."""
    service = running(request)
    with service.database.reader() as reader:
        versions = versions_of(reader, name)
    if not versions:
        return JSONResponse({"error": f"there never was a flow called {name}"}, 404)
    state = service.holds.get(name, "running")
    return JSONResponse(
        {"flow": name, "state": state, "versions": versions, "csrf": csrf_token(request)}
    )


@router.post("/api/flows/{name}/{act}")
async def hold_json(
    request: Request,
    name: str,
    act: Literal["pause", "resume", "stop"],
    x_csrf_token: Annotated[str, Header()] = "",
) -> JSONResponse:
    """The same for scripts: `{"flow", "state", "people"}`."""
    if not csrf_fits(request, x_csrf_token):
        return JSONResponse({"error": "the header X-CSRF-Token is missing or too old"}, 403)
    try:
        held = await _hold(request, name, act)
    except UnknownFlowError as error:
        return JSONResponse({"error": str(error)}, 404)
    except RefusedError as error:
        return JSONResponse({"error": str(error)}, 409)
    except HTTPException as error:
        return JSONResponse({"error": error.detail}, error.status_code)
    return JSONResponse(held._asdict())
