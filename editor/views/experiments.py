"""What came of a flow's experiments and its holdout: a part of the flow's page, and JSON."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from editor.access import signed_in
from editor.language import _
from editor.rendering import page
from editor.running import documents, running
from engine.reports.experiments import Report, report

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/flows/{name}/experiments")
def experiments_page(request: Request, name: str) -> Response:
    """The figures; htmx gets them without the page around them."""
    found = _report(request, name)
    return page(
        request,
        "experiments.html",
        fragment="figures",
        name=name,
        found=[*found.experiments, *([found.holdout] if found.holdout else [])],
        report=found,
    )


@router.get("/api/flows/{name}/experiments")
def experiments_json(request: Request, name: str) -> JSONResponse:
    """The same for scripts. Money is in minor units, intervals hold 95 %."""
    try:
        return JSONResponse(_report(request, name).as_json())
    except HTTPException as error:
        return JSONResponse({"error": error.detail}, error.status_code)


def _report(request: Request, name: str) -> Report:
    service = running(request)
    deployment = service.deployment
    program = deployment.programs.get(name)
    if program is None:
        raise HTTPException(404, _("There is no published flow called %s.") % name)
    graph = documents(request).project().graphs.get(name)
    with service.database.reader() as reader:
        return report(reader, program, graph, deployment.currency)
