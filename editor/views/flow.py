"""The page of one flow: drawing, text and the step that is looked at."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from dsl import tree
from dsl.checks import diagnose
from dsl.diagnostics import Diagnostic
from dsl.graph.compiler import arm_labels
from dsl.graph.drawing import Box, lay_out
from dsl.graph.drawing.svg import edges_svg
from dsl.graph.graph import GraphNode, StepGraph
from dsl.graph.kinds import KINDS
from dsl.printing.printer import print_statement
from dsl.project import Project
from editor.access import signed_in
from editor.documents import digest
from editor.highlight import highlight
from editor.rendering import page
from editor.running import Files, Running
from engine.publishing.versions import versions_of
from engine.reports.numbers import flow_numbers, standing, step_numbers

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/flows/{name}")
def flow_page(
    request: Request, service: Running, files: Files, name: str, step: Annotated[str, Query()] = ""
) -> Response:
    """The page; for htmx only the inspector of `step`."""
    project = files.project()
    flow = project.flows.get(name)
    if flow is None:
        raise HTTPException(404, f"There is no flow called {name} in these files.")
    graph = project.graphs[name]
    file = project.file_of(flow)
    text = project.sources.get(file, "")
    with service.database.reader() as reader:
        numbers = flow_numbers(reader).get(name, {})
        sends = step_numbers(reader, name)
        versions = versions_of(reader, name)
        program = service.deployment.programs.get(name)
        waiting: dict[str, int] = {}
        if program is not None:
            for place, people in standing(reader, name, program.version).items():
                waiting[program.ops[place].id] = people
    problems = [one for one in diagnose(project) if one.file == file]
    layout = lay_out(graph)
    return page(
        request,
        "flow.html",
        fragment="inspector",
        flow=flow,
        title=flow.title or name,
        about=next((one.text for one in flow.headers if isinstance(one, tree.About)), ""),
        file=files.shown(file),
        state=digest(text),
        version=None if program is None else program.version,
        changed=program is not None and program.hash != graph.hash,
        held=service.holds.get(name),
        versions=versions,
        numbers=numbers,
        boxes=[_step(box, waiting, sends) for box in layout.boxes],
        edges=Markup(edges_svg(layout)),  # noqa: S704 - made by us, all text in it escaped
        width=round(layout.width),
        height=round(layout.height),
        lines=_lines(text, flow, graph, problems),
        problems=problems,
        tests=[one for one in project.tests if one.flow == name],
        chosen=_chosen(project, graph, step, waiting, sends),
    )


def _step(box: Box, waiting: dict[str, int], sends: dict[str, dict[str, int]]) -> dict[str, Any]:
    node = box.node
    return {
        "id": node.id,
        "kind": node.kind,
        "family": KINDS[node.kind].family,
        "line": node.line,
        "label": node.label,
        "note": node.note,
        "icon": KINDS[node.kind].icon,
        "x": round(box.x, 1),
        "y": round(box.y, 1),
        "w": round(box.w, 1),
        "h": round(box.h, 1),
        "lines": box.lines,
        "notes": box.note,
        "waiting": waiting.get(node.id, 0),
        "sent": sends.get(node.id, {}).get("sent", 0),
    }


def _lines(
    text: str, flow: tree.Flow, graph: StepGraph, problems: list[Diagnostic]
) -> list[dict[str, Any]]:
    """The lines of the flow with its comments, each with the step that it belongs to."""
    owners: dict[int, str] = {}
    for node in graph.nodes:
        if node.kind not in {"entry", "end"}:
            for line in range(node.line, node.end_line + 1):
                owners[line] = node.id
    for line in range(flow.span.line, flow.span.end_line + 1):
        owners.setdefault(line, "entry")
    wrong = {one.span.line for one in problems}
    rows = text.removeprefix("\ufeff").splitlines()
    first = flow.span.line
    while first > 1 and rows[first - 2].startswith("#"):
        first -= 1
    return [
        {
            "number": number,
            "pieces": highlight(rows[number - 1]),
            "step": owners.get(number, "entry"),
            "wrong": number in wrong,
        }
        for number in range(first, min(flow.span.end_line, len(rows)) + 1)
    ]


def _chosen(
    project: Project,
    graph: StepGraph,
    step: str,
    waiting: dict[str, int],
    sends: dict[str, dict[str, int]],
) -> dict[str, Any] | None:
    node = next((one for one in graph.nodes if one.id == step), None)
    if node is None:
        return None
    names = {one.id: one.label for one in graph.nodes}
    ways = [
        (edge.label or "then", names[edge.target], edge.target)
        for edge in graph.edges
        if edge.source == node.id
    ]
    return {
        "id": node.id,
        "kind": KINDS[node.kind].label,
        "label": node.label,
        "note": node.note,
        "name": node.name,
        "line": node.line,
        "end_line": node.end_line,
        "ways": ways,
        "text": _own_text(node),
        "waiting": waiting.get(node.id, 0),
        "numbers": sends.get(node.id, {}),
        "branches": bool(node.kind not in {"entry", "end"} and arm_labels(node.step)),  # type: ignore[arg-type]
        "messages": _messages(project, node),
    }


def _own_text(node: GraphNode) -> list[Any]:
    """The step's first line and its options, without the steps below it."""
    if node.kind in {"entry", "end"}:
        assert isinstance(node.step, tree.Flow)
        return [highlight(print_statement(one)) for one in node.step.headers]
    assert not isinstance(node.step, tree.Flow)
    rows = print_statement(node.step).splitlines()
    if not isinstance(node.step, tree.Send):
        rows = rows[:1] if not node.note else rows[: 1 + node.note.count("\n") + 1]
    return [highlight(row) for row in rows]


def _messages(project: Project, node: GraphNode) -> list[str]:
    """The message files that a step uses."""
    step = node.step
    if project.messages is None or not isinstance(step, tree.Send | tree.Show | tree.Notify):
        return []
    return sorted(path.name for path in project.messages.glob(f"{step.message}.*"))
