"""Segments: how many are inside of each, who they are, who joined and left."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response

from dsl import tree
from dsl.printing.printer import print_statement
from editor.access import signed_in
from editor.highlight import highlight
from editor.language import _
from editor.rendering import page
from editor.running import Running
from editor.views.named import Person, people_of
from engine.core.calendar import iso
from engine.core.model import DAY
from engine.segments import declared as store
from engine.service.service import Service

router = APIRouter(dependencies=[Depends(signed_in)])
_PAGE = 50
_LATELY = 7 * DAY

After = Annotated[int, Query(ge=0, le=2**62)]


@router.get("/segments")
def segments(request: Request, service: Running) -> Response:
    """Every published segment with its size."""
    return page(request, "segments.html", rows=_overview(service))


@router.get("/segments/{name}")
def segment(request: Request, service: Running, name: str, after: After = 0) -> Response:
    """One segment's conditions, its members page by page, and its last joins and leaves."""
    size, inside, following, changes, people = _look(service, name, after, _PAGE)
    return page(
        request,
        "segment.html",
        size=size,
        title=service.deployment.titles.get(name, name),
        lines=[highlight(line) for line in _text(service, name)],
        inside=inside,
        after=after,
        following=following,
        changes=changes,
        people=people,
    )


@router.get("/api/segments")
def segments_json(service: Running) -> JSONResponse:
    """The same for scripts. `looked_at` is when all customers were last looked at."""
    return JSONResponse({"segments": _overview(service)})


@router.get("/api/segments/{name}")
def segment_json(
    service: Running,
    name: str,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = _PAGE,
) -> JSONResponse:
    """The same for scripts, with the members behind `after`. `next` is the `after` of their next
    page, null on the last.
    """
    try:
        size, inside, following, changes, people = _look(service, name, after, limit)
    except HTTPException as error:
        return JSONResponse({"error": error.detail}, error.status_code)
    return JSONResponse(
        {
            **_told(service, size),
            "conditions": "\n".join(_text(service, name)),
            "page": [
                {
                    "customer": one.customer,
                    "user": people[one.customer].user,
                    "email": people[one.customer].email,
                    "since": iso(one.since),
                }
                for one in inside
            ],
            "next": following,
            "changes": [
                {
                    "customer": one.customer,
                    "joined": one.joined,
                    "found": one.found,
                    "at": iso(one.at),
                }
                for one in changes
            ],
        }
    )


def _overview(service: Service) -> list[dict[str, Any]]:
    with service.database.reader() as reader:
        sizes = store.sizes(reader)
        moved = store.moved_since(reader, service.clock.now() - _LATELY)
    rows = []
    for size in sizes:
        joined, left = moved.get(size.name, (0, 0))
        rows.append({**_told(service, size), "joined_7_days": joined, "left_7_days": left})
    return rows


def _told(service: Service, size: store.Size) -> dict[str, Any]:
    return {
        "name": size.name,
        "title": service.deployment.titles.get(size.name, size.name),
        "members": size.members,
        "looked_at": None if size.looked_at is None else iso(size.looked_at),
    }


def _look(
    service: Service, name: str, after: int, limit: int
) -> tuple[store.Size, list[store.Member], int | None, list[store.Change], dict[int, Person]]:
    """Size, a page of members, where the next page begins, the last changes, and who they are.

    Raises:
        HTTPException: 404, there is no such segment.
    """
    with service.database.reader() as reader:
        size = next((one for one in store.sizes(reader) if one.name == name), None)
        if size is None or name not in service.deployment.blocks:
            raise HTTPException(404, _("There is no segment %s.") % name)
        inside = store.members(reader, name, after=after, limit=limit + 1)
        following = inside[limit - 1].customer if len(inside) > limit else None
        inside = inside[:limit]
        changes = store.changes(reader, name)
        everybody = {one.customer for one in inside} | {one.customer for one in changes}
        return size, inside, following, changes, people_of(reader, everybody)


def _text(service: Service, name: str) -> list[str]:
    """The segment as it is published, in the language."""
    deployment = service.deployment
    declared = tree.Segment(name, deployment.titles.get(name), deployment.blocks[name])
    return print_statement(declared).rstrip("\n").split("\n")
