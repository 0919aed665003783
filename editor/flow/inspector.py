"""The form of the step that is chosen, with its numbers and where it leads."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from dsl import tree
from dsl.graph.graph import StepGraph
from editor.access import MARKETERS, may, signed_in
from editor.flow import crowds, looking, period
from editor.flow.forms import HEADER, form_of
from editor.flow.opening import Opened, asked_for
from editor.language import _
from editor.rendering import page
from editor.running import Files, Running
from engine.publishing.versions import versions_of
from engine.reports.period import LENGTHS

router = APIRouter(dependencies=[Depends(signed_in)])

_ENDS = frozenset({"entry", "end"})


@router.get("/flows/{name}/inspector")
def inspector(
    request: Request, service: Running, files: Files, name: str, step: Annotated[str, Query()] = ""
) -> Response:
    """The form of `step` as this person's draft has it; without a step, that of the header."""
    opened = asked_for(request, name)
    flow, graph = opened.drawing.graph.flow, opened.drawing.graph
    project = files.project(opened.person)
    node = next((one for one in graph.nodes if one.id == step and one.kind != "end"), None)
    entry = node is None or node.kind in _ENDS
    form = form_of(project, flow, flow if node is None or entry else node.step)
    with service.database.reader() as reader:
        sends = period.sends(request, reader, name)
        inside = crowds.inside(request, name)
        versions = versions_of(reader, name, inside) if entry else []
    crowd = crowds.told(request, opened, at_once=True)
    waiting = crowd["waiting"]
    return page(
        request,
        "flow/inspector.html",
        live=crowd["live"],
        form=form,
        step=HEADER if node is None or entry else node.id,
        editable=_editable(request, opened),
        broken=opened.broken,
        chosen=looking.told(project, graph, step, waiting, sends) if not entry else None,
        first=_first(graph) if entry else [],
        versions=versions,
        flow=flow,
        lengths=LENGTHS,
        days=period.days(request),
    )


def _editable(request: Request, opened: Opened) -> bool:
    return may(request, MARKETERS) and not opened.document.read_only and not opened.broken


def _first(graph: StepGraph) -> list[tuple[str, str, str]]:
    """Where people go who enter."""
    entry: Any = graph.nodes[0]
    assert isinstance(entry.step, tree.Flow)
    names = {one.id: one.label for one in graph.nodes}
    return [
        (edge.label or _("then"), names[edge.target], edge.target)
        for edge in graph.edges
        if edge.source == entry.id
    ]
