"""Who is where, on the drawing that somebody has open: the numbers of what is live at the steps of
the draft that are the same, as a publish would find them.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from dsl.graph.matching import match
from dsl.graph.spoken import spoken
from editor.access import signed_in
from editor.flow.drawing import arm_name
from editor.flow.opening import Opened, asked_for
from editor.language import _
from editor.rendering import page
from editor.running import Running, running
from engine.reports.crowds import Crowds
from engine.service.service import Service
from engine.store import run_figures

router = APIRouter(dependencies=[Depends(signed_in)])
_PAGE: Final = 50


def crowds(request: Request) -> Crowds:
    """What this server counts."""
    known: Crowds | None = getattr(request.app.state, "crowds", None)
    if known is None:
        service = running(request)
        known = request.app.state.crowds = Crowds(
            service.database, service.live, service.settings.credit_rule
        )
    return known


def told(request: Request, opened: Opened, *, at_once: bool = False) -> dict[str, Any]:
    """`waiting` and `live` (the id that what runs knows it by) for each step of the draft, `ways`
    by the keys of the drawing's edges; `gone` are people at steps that the draft no longer has.
    """
    crowd = crowds(request).of(opened.name, at_once=at_once)
    if crowd is None:
        return {"version": None, "waiting": {}, "live": {}, "ways": {}, "gone": 0, "elsewhere": 0,
                "figures": {}}  # fmt: skip
    matched = _matched(running(request), opened, crowd.version)
    waiting = {
        here: people for step, people in crowd.waiting.items() if (here := matched.get(step))
    }
    ways = {
        f"{here}/{'' if arm is None else arm_name(arm)}": times
        for (step, arm), times in (crowd.ways or {}).items()
        if (here := matched.get(step))
    }
    return {
        "version": crowd.version,
        "waiting": waiting,
        "live": {here: step for step, here in matched.items() if here},
        "ways": ways,
        "gone": sum(crowd.waiting.values()) - sum(waiting.values()),
        "elsewhere": crowd.elsewhere,
        "figures": dict(crowd.numbers),
    }


def inside(request: Request, flow: str) -> dict[int, int] | None:
    """How many people each version of a flow has, as it was counted last; None: it is not live."""
    crowd = crowds(request).of(flow, at_once=True)
    return None if crowd is None else dict(crowd.inside)


def _matched(service: Service, opened: Opened, version: int) -> dict[str, str | None]:
    """Each step of the live version as the draft knows it."""
    live = service.live.versions.get((opened.name, version))
    if live is None:
        return {}
    found = match(live.graph, opened.drawing.graph)
    edges = {node.id for node in opened.drawing.graph.nodes if node.kind in ("entry", "end")}
    return {**found, **{one: one for one in edges}}


@router.get("/flows/{name}/people")
def people(
    request: Request,
    service: Running,
    name: str,
    step: Annotated[str, Query(max_length=300)],
    after: Annotated[str, Query(pattern=r"^(\d{1,16}-\d{1,16})?$")] = "",
) -> Response:
    """Who stands at a step of what is live, the first who came first. `step` is what the live
    version calls it, `after` where the page ahead ended.
    """
    program = service.deployment.programs.get(name)
    place = None if program is None else program.index.get(step)
    if program is None or place is None:
        raise HTTPException(404, _("What runs has no such step."))
    at, run = (int(one) for one in (after or "0-0").split("-"))
    with service.database.reader() as reader:
        rows = run_figures.standing_at(reader, name, program.version, place, (at, run), _PAGE + 1)
    known = service.live.versions.get((name, program.version))
    graph = None if known is None else spoken(known.graph, _)
    node = None if graph is None else next((it for it in graph.nodes if it.id == step), None)
    last = rows[_PAGE - 1] if len(rows) > _PAGE else None
    return page(
        request,
        "flow_people.html",
        name=name,
        title=program.title,
        step=step,
        label=step if node is None else node.label,
        people=[
            {
                "run": row[0],
                "customer": row[1],
                "since": row[2],
                "until": row[3],
                "is": orjson.loads(row[4] or b"{}"),
            }
            for row in rows[:_PAGE]
        ],
        following="" if last is None else f"{last[2]}-{last[0]}",
    )


def opened_now(request: Request, name: str) -> dict[str, Any]:
    """The numbers for whoever has the flow open, as it is drawn for them now."""
    return told(request, asked_for(request, name))
