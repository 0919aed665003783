"""Reports: what came of flows, as pages, as JSON and as files for spreadsheets."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from editor.access import signed_in
from editor.rendering import page, title_of
from editor.running import Running
from editor.views.behind import Day, Since, asking
from editor.views.cells import Cells
from editor.views.charts import bars
from engine.errors import RefusedError
from engine.reports.catalogue import REPORTS, UnknownReportError, make
from engine.reports.period import LENGTHS, UnreadablePeriodError
from engine.reports.told import Report
from engine.service.service import Service
from engine.store.publications import live as live_versions

router = APIRouter(dependencies=[Depends(signed_in)])

Days = Annotated[int, Query(ge=0, le=3_660)]


async def _days(since: Since = "", to: Day = "", days: Days = 0) -> tuple[str, str, int]:
    return since, to, days


Span = Annotated[tuple[str, str, int], Depends(_days)]
"""What was asked of time: from, to, or how many days."""
Version = Annotated[str, Query(pattern=r"^\d{0,9}$")]
"""The number of a version, "" for all."""


@router.get("/reports")
def reports() -> Response:
    return RedirectResponse("/reports/shop", 303)


@router.get("/reports/{name}")
def report_page(
    request: Request,
    service: Running,
    name: str,
    days: Span,
    flow: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """A report of the whole shop; of `flow` leads to the report of that flow."""
    if name == "flow":
        flow = flow or next(iter(sorted(service.deployment.programs)), "")
        since, to, _ = days
        where = urlencode({"from": since, "to": to}) if since or to else ""
        path = f"/reports/flow/{quote(flow, safe='')}" if flow else "/reports/shop"
        return RedirectResponse(f"{path}?{where}".removesuffix("?"), 303)
    return _page(request, service, name, days)


@router.get("/reports/flow/{flow}")
def flow_page(
    request: Request,
    service: Running,
    flow: str,
    days: Span,
    version: Version = "",
) -> Response:
    """The report of one flow."""
    return _page(request, service, "flow", days, flow, int(version or 0) or None)


@router.get("/api/reports")
def reports_json() -> JSONResponse:
    """Which reports there are."""
    return JSONResponse(
        {"reports": [{"name": name, "says": one.says} for name, one in REPORTS.items()]}
    )


Form = Literal["json", "csv"]


@router.get("/api/reports/{name}")
def report_json(
    service: Running,
    name: str,
    days: Span,
    format: Form = "json",  # noqa: A002 - as the command line has it
    table: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The same for scripts. Money is in minor units, shares are from 0 to 1."""
    return _file(service, name, days, format, table)


@router.get("/api/reports/flow/{flow}")
def flow_json(
    service: Running,
    flow: str,
    days: Span,
    version: Version = "",
    format: Form = "json",  # noqa: A002
    table: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The same of one flow."""
    return _file(service, "flow", days, format, table, flow, int(version or 0) or None)


def _file(
    service: Service,
    name: str,
    days: tuple[str, str, int],
    form: Form,
    table: str,
    flow: str = "",
    version: int | None = None,
) -> Response:
    try:
        since, to, length = days
        usual = REPORTS[name].days if name in REPORTS else 0
        with asking(service, since, to, length or usual, flow, version) as asked:
            found = make(name, asked)
        if form == "json":
            return JSONResponse(found.as_json())
        try:
            text = found.as_csv(table)
        except (KeyError, StopIteration):
            known = ", ".join(one.name for one in found.sheets())
            raise UnknownReportError(f"there is no table {table!r}; there are {known}") from None
    except RefusedError as error:
        return JSONResponse({"error": str(error)}, _status(error))
    file = f"{name}{f'-{flow}' if flow else ''}-{table or 'report'}-{found.since}-{found.until}.csv"
    return Response(
        text,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{file}"'},
    )


def _page(
    request: Request,
    service: Service,
    name: str,
    days: tuple[str, str, int],
    flow: str = "",
    version: int | None = None,
) -> Response:
    try:
        since, to, length = days
        usual = REPORTS[name].days if name in REPORTS else 0
        with asking(service, since, to, length or usual, flow, version) as asked:
            found = make(name, asked)
            newest = live_versions(asked.rows).get(flow, (0, 0))[0] if flow else 0
    except RefusedError as error:
        raise HTTPException(_status(error), str(error)) from None
    where = {"from": found.since, "to": found.until}
    return page(
        request,
        "report.html",
        report=found,
        about=REPORTS[name].says,
        reports=[(one, told.title) for one, told in REPORTS.items()],
        lengths=LENGTHS,
        days=_length(found),
        charts=bars(found.curve) if found.curve is not None else [],
        flows=sorted(service.deployment.programs.values(), key=lambda one: one.title.casefold()),
        versions=range(newest, 0, -1),
        version=version,
        where=where,
        cells=Cells(found, where, version, title_of(service)),
        api=f"/api{request.url.path}",
        query=urlencode({**where, **({"version": version} if version else {})}),
    )


def _length(found: Report) -> int:
    return (date.fromisoformat(found.until) - date.fromisoformat(found.since)).days + 1


def _status(error: RefusedError) -> int:
    return 422 if isinstance(error, UnreadablePeriodError) else 404
