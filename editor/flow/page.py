"""The page of one flow: its drawing, its text, and the step that is looked at."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from dsl import tree
from dsl.project import Project
from editor.access import MARKETERS, author, may, own_form, person, signed_in
from editor.documents import NotEditableError
from editor.documents.proposed import proposed_flows
from editor.flow import crowds, looking, period, problems
from editor.flow.answers import answer, whole
from editor.flow.choices import choices
from editor.flow.opening import Opened, asked_for, opening, shown
from editor.rendering import page
from editor.running import Files, Running
from engine.publishing.versions import versions_of
from engine.reports.period import LENGTHS

router = APIRouter(dependencies=[Depends(signed_in)])

_LOOKS = "You may look at flows; changing them takes a marketer."


@router.get("/flows/new")
def new_page(request: Request) -> Response:
    """The form that begins a flow."""
    author(request, MARKETERS, _LOOKS)
    return page(request, "flow_new.html", title="", problem="")


@router.post("/flows/new", dependencies=[Depends(own_form)])
def new_flow(request: Request, files: Files, title: Annotated[str, Form()] = "") -> Response:
    """A draft of a new flow; its file appears when it is saved."""
    author(request, MARKETERS, _LOOKS)
    who = person(request)
    try:
        document = files.new(who, title)
    except NotEditableError as error:
        return page(request, "flow_new.html", status=422, title=title, problem=str(error))
    reading = opening(request).readings.of(document.name, document.text)
    return RedirectResponse(f"/flows/{quote(reading.flows[0].name, safe='')}", 303)


@router.get("/flows/{name}")
def flow_page(
    request: Request, service: Running, files: Files, name: str, step: Annotated[str, Query()] = ""
) -> Response:
    """The page; for htmx only the inspector of `step`."""
    opened = asked_for(request, name)
    flow, graph = opened.drawing.graph.flow, opened.drawing.graph
    crowd = crowds.told(request, opened, at_once=True)
    with service.database.reader() as reader:
        sends = period.sends(request, reader, name)
        versions = versions_of(reader, name, crowds.inside(request, name))
    waiting, numbers = crowd["waiting"], crowd["figures"]
    program = service.deployment.programs.get(name)
    project = files.project(opened.person)
    wrong = list(opened.reading.parsed.diagnostics)
    return page(
        request,
        "flow.html",
        fragment="inspector",
        opened=opened,
        flow=flow,
        document=opened.document,
        title=flow.title or flow.name,
        about=next((one.text for one in flow.headers if isinstance(one, tree.About)), ""),
        file=shown(request, opened),
        version=None if program is None else program.version,
        changed=program is not None and program.hash != graph.hash,
        held=service.holds.get(name),
        proposed=name in proposed_flows(files),
        versions=versions,
        numbers=numbers,
        live=crowd["live"],
        shown=_drawn(request, opened, step, waiting, sends),
        data=_data(request, opened, step, project, crowd),
        lines=looking.lines_of(opened.document.text, flow, graph, wrong) if opened.flow else [],
        problems=wrong,
        tests=[one for one in project.tests if one.flow == name],
        chosen=looking.told(project, graph, step, waiting, sends),
        lengths=LENGTHS,
        days=period.days(request),
    )


def _drawn(
    request: Request, opened: Opened, step: str, waiting: dict[str, int], sends: looking.Sends
) -> dict[str, Any]:
    """All that the template of the drawing needs."""
    drawing = opened.drawing
    found = problems.as_json(opened.reading.parsed.diagnostics, opened.flow, drawing.graph)
    return {
        "drawing": drawing,
        "file": shown(request, opened),
        "chosen": step,
        "lines": {node.id: node.line for node in drawing.graph.nodes},
        "plus": {} if opened.broken else {one.at: one for one in drawing.inserts},
        "problems": {one["step"]: one["message"] for one in reversed(found)},
        "waiting": waiting,
        "sent": {step: states.get("sent", 0) for step, states in sends.items()},
        "came": sends,
        "days": period.days(request),
    }


def _data(
    request: Request, opened: Opened, step: str, project: Project, crowd: dict[str, Any]
) -> Markup:
    """What the scripts of the page begin with, as JSON that cannot end its element."""
    told = answer(request, "done", opened)
    told["drawing"]["html"] = {}  # the steps stand in the page
    told |= {
        "numbers": crowd,
        "file": shown(request, opened),
        "text": whole(opened.document.text),
        "select": step or None,
        "may_edit": may(request, MARKETERS) and not opened.document.read_only,
        "choices": choices(project, opened.name),
    }
    return Markup(orjson.dumps(told).decode().replace("<", "\\u003c"))  # noqa: S704 - JSON, "<" escaped
