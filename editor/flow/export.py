"""A flow's drawing as a picture, of the draft as its person sees it."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from dsl.graph.drawing.svg import to_svg
from editor.access import person, signed_in
from editor.running import Files

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/flows/{name}/drawing.svg")
def drawing_svg(request: Request, files: Files, name: str) -> Response:
    """The drawing as one SVG file; broken steps are drawn as such.

    Raises:
        HTTPException: 404 where this person has no flow of that name.
    """
    graph = files.project(person(request)).graphs.get(name)
    if graph is None:
        raise HTTPException(404, f"There is no flow called {name} in these files.")
    return Response(
        to_svg(graph),
        media_type="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="{name}.svg"'},
    )
