"""The overview: every flow with what it is for and how many people are inside."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from dsl import tree
from dsl.project import Project
from editor.access import person, signed_in
from editor.documents import ASSISTANT, Documents, silent
from editor.language import _
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
    who = person(request)
    project, unsaved = files.project(who), set(files.unsaved(who))
    with service.database.reader() as reader:
        numbers = flow_numbers(reader, service.settings.credit_rule)
    live = set(service.deployment.programs)
    wanted = q.casefold().strip()
    rows: list[dict[str, Any]] = []
    for name, flow in project.flows.items():
        if wanted not in f"{name} {flow.title or ''}".casefold():
            continue
        about = next((one.text for one in flow.headers if isinstance(one, tree.About)), "")
        file = project.file_of(flow)
        rows.append(
            {
                "name": name,
                "title": flow.title or name,
                "about": about,
                "file": files.shown(file),
                "live": name in live,
                "unsaved": files.file_of(file) in unsaved,
                "held": service.holds.get(name),
                "tests": sum(test.flow == name for test in project.tests),
                "numbers": numbers.get(name, {}),
            }
        )
    rows.sort(key=lambda row: str(row["title"]).casefold())
    return page(
        request,
        "flows.html",
        fragment="list",
        rows=rows,
        q=q,
        proposed=bool(files.unsaved(ASSISTANT)),
        total=len(project.flows),
        unread=[] if wanted else _unread(files, who, project),
        lost=[] if wanted else sorted(live - project.flows.keys()),
    )


def _unread(files: Documents, who: str, project: Project) -> list[dict[str, str]]:
    """The files of which nothing can be read, each with the reason."""
    found = []
    for one in silent(project):
        document = files.document(who, one.name)
        reason = next((problem.message for problem in one.diagnostics), "")
        found.append(
            {
                "stem": one.path.stem,
                "file": files.shown(one.name),
                "reason": document.read_only or reason or _("This file is empty."),
            }
        )
    return found
