"""The overview: every flow with what it is for and how many people are inside."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from dsl import tree
from editor.access import signed_in
from editor.rendering import page
from editor.running import Files, Running
from engine.reports.numbers import flow_numbers

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/")
def start(request: Request) -> Response:
    return RedirectResponse("/demo" if request.app.state.demo is not None else "/flows", 303)


@router.get("/flows")
def flows(
    request: Request,
    service: Running,
    files: Files,
    q: Annotated[str, "part of a name or title"] = "",
) -> Response:
    project = files.project()
    with service.database.reader() as reader:
        numbers = flow_numbers(reader)
    live = set(service.deployment.programs)
    wanted = q.casefold().strip()
    rows: list[dict[str, Any]] = []
    for name, flow in project.flows.items():
        if wanted not in f"{name} {flow.title or ''}".casefold():
            continue
        about = next((one.text for one in flow.headers if isinstance(one, tree.About)), "")
        rows.append(
            {
                "name": name,
                "title": flow.title or name,
                "about": about,
                "file": files.shown(project.file_of(flow)),
                "live": name in live,
                "held": service.holds.get(name),
                "tests": sum(test.flow == name for test in project.tests),
                "numbers": numbers.get(name, {}),
            }
        )
    rows.sort(key=lambda row: str(row["title"]).casefold())
    return page(request, "flows.html", fragment="list", rows=rows, q=q, total=len(project.flows))
