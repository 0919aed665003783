"""A customer into a flow and out of it, from the customer's page."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from editor.access import MARKETERS, author, own_form, signed_in
from editor.language import _, ngettext
from editor.running import Running
from editor.sentences import retold
from engine.errors import RefusedError
from engine.runtime import manual as starting
from engine.service.service import Service

router = APIRouter(dependencies=[Depends(signed_in)])


def by_hand_flows(service: Service) -> list[tuple[str, str]]:
    """Name and title of the live flows that somebody may start by hand."""
    programs = service.deployment.programs.values()
    return sorted((one.flow, one.title or one.flow) for one in programs if one.manual)


@router.get("/customers/{who}/flows")
def look(who: str) -> Response:
    """The forms stand on the customer's page."""
    return RedirectResponse(f"/customers/{quote(who, safe='')}", 303)


@router.post("/customers/{who}/flows", dependencies=[Depends(own_form)])
async def by_hand(
    request: Request,
    service: Running,
    who: str,
    act: Annotated[Literal["start", "stop"], Form()],
    flow: Annotated[str, Form(max_length=200)],
) -> Response:
    """Start or stop a flow for one customer; the page then says what came of it."""
    by = author(
        request, MARKETERS, _("You may look at customers; starting flows takes a marketer.")
    )
    told = starting.Request(act, flow, who, f"{act}-{secrets.token_hex(12)}", by)
    try:
        done = await run_in_threadpool(service.by_hand, told)
    except starting.UnknownError as error:
        raise HTTPException(404, _sentence(retold(str(error)))) from None
    except RefusedError as error:
        raise HTTPException(409, _sentence(retold(str(error)))) from None
    said = {
        "entered": _("entered {flow}", flow=flow),
        "skipped": _("did not enter {flow}: {reason}", flow=flow, reason=done.reason),
        "stopped": ngettext(
            "{n} run of {flow} ended", "{n} runs of {flow} ended", len(done.runs)
        ).format(n=len(done.runs), flow=flow),
        "repeated": retold(done.reason),
    }[done.outcome]
    return RedirectResponse(f"/customers/{quote(who, safe='')}?said={quote(said)}", 303)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
