"""A flow's drawing as a picture, of the draft as its person sees it."""

from __future__ import annotations

import re

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from dsl.graph.drawing.svg import to_svg
from editor.access import signed_in
from editor.flow.opening import asked_for

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/flows/{name}/drawing.svg")
def drawing_svg(request: Request, name: str) -> Response:
    """The drawing as one SVG file; broken steps are drawn as such, of a flow that cannot be
    read the last drawing there was.

    Raises:
        HTTPException: 404 where this person has no flow of that name.
    """
    opened = asked_for(request, name)
    called = re.sub(r"[^\w.-]", "_", opened.name, flags=re.ASCII)
    return Response(
        to_svg(opened.drawing.graph),
        media_type="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="{called}.svg"'},
    )
