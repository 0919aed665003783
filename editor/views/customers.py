"""Customers: finding one, and everything that happened to one."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from dsl import tree
from editor import properties as shown
from editor.access import signed_in
from editor.language import _, noop
from editor.rendering import page
from editor.running import Running, documents
from editor.views.manual import by_hand_flows
from editor.views.marketing import closed_to
from editor.views.stories import steps_of, titled, told
from engine.reports.trace import RunStory, story_of
from engine.service.service import Service
from engine.store import consents, people
from engine.store import customers as stored
from engine.store import events as happened
from engine.store.customers import find_customer
from engine.store.database import Reader
from engine.store.dialects import lower

router = APIRouter(dependencies=[Depends(signed_in)])
_MOST = 50
_WORDS = (
    noop("waiting"), noop("held"), noop("paused"), noop("ended"), noop("entered"), noop("done"),
    noop("skipped"), noop("failed"), noop("moved"), noop("reached"), noop("sent"), noop("unknown"),
    noop("cancelled"), noop("asked"), noop("confirmed"), noop("granted"), noop("withdrawn"),
    noop("told"),
)  # fmt: skip
"""What runs, their steps and a customer's consent are in; whatever else is said as it is."""


@router.get("/customers")
def customers(
    request: Request,
    service: Running,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[int | None, Query(ge=1, le=people.MOST)] = None,
) -> Response:
    """A page of customers, the newest first: all, or those whose name, address or user id starts
    with `q`. `before` is the number that the page ahead ended with.
    """
    wanted = lower(q.replace("\0", "").strip())
    with service.database.reader() as reader:
        rows = people.search(reader, wanted, _MOST + 1, before)
    found = [
        {"id": row[0], "is": orjson.loads(row[1] or b"{}"), "user": row[2], "inside": row[3]}
        for row in rows[:_MOST]
    ]
    following = rows[_MOST - 1][0] if len(rows) > _MOST else None
    return page(
        request,
        "customers.html",
        fragment="list",
        rows=found,
        q=q,
        before=before,
        following=following,
    )


@router.get("/customers/{who}")
def customer(
    request: Request, service: Running, who: str, said: Annotated[str, Query(max_length=300)] = ""
) -> Response:
    """One customer's properties, consent and way through the flows."""
    with service.database.reader() as reader:
        number = find_customer(reader, who)
        story = story_of(reader, service.data_dir / "published", who)
        if number is None or story is None:
            raise HTTPException(404, _("There is no customer %s.") % who)
        kept = stored.properties_of(reader, number)
        consent = consents.history(reader, number)
        events = happened.of_customer(reader, number, 100)
        closed = closed_to(service, reader, orjson.loads(kept or b"{}"))
        runs = [_run(request, service, reader, one) for one in reversed(story.runs)]
    declared = {
        one.name: one.title
        for one in documents(request).project().all_declarations
        if isinstance(one, tree.Event) and one.title
    }
    properties, types = orjson.loads(kept or b"{}"), service.deployment.types
    return page(
        request,
        "customer.html",
        story=story,
        runs=runs,
        inside=sorted(
            {run.flow for run in story.runs if run.state in ("waiting", "held", "paused")}
        ),
        by_hand=by_hand_flows(service),
        said=said,
        closed=closed,
        properties=properties,
        facts=shown.of_customer(properties, types),
        consent=[(shown.consent(str(what)), act, at, source) for what, act, at, source in consent],
        events=[
            {
                "at": at,
                "name": name.removeprefix("$"),
                "title": titled(name.removeprefix("$"), declared),
                "words": shown.of_event(name, orjson.loads(words or b"{}"), types),
            }
            for at, name, words in events
        ],
    )


def _run(request: Request, service: Service, rows: Reader, run: RunStory) -> dict[str, Any]:
    """A run, or an entry that did not happen, with its steps in words."""
    program, known = service.deployment.programs.get(run.flow), steps_of(request.app)
    live = None if program is None else program.version
    steps = []
    for step in run.steps:
        label = known.of(rows, run, step.step, live)
        steps.append(
            {"is": step, "label": label, "told": told(step, label, service.deployment.zone)}
        )
    return {"is": run, "steps": steps}
