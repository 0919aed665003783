"""`/m/CODE`: a mail in the browser, as it was sent. Looking at it counts nothing."""

from __future__ import annotations

import re
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.public.reader_pages import Reader
from engine.public.service import Service
from engine.store import mail_copies
from engine.store.errors import StoreError

_CODE: Final = re.compile(r"[\w-]{16}", re.ASCII)
_HEADERS: Final = {
    # No script, no form and no frame: pictures and styles alone, as in a mail program.
    "Content-Security-Policy": (
        "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline';"
        " form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def viewing_routes(service: Service) -> APIRouter:
    """The route."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/m/{code}", methods=["GET", "HEAD"])
    async def view(code: str, request: Request) -> HTMLResponse:
        if not _CODE.fullmatch(code):
            return (await Reader.of(service, request)).said("bad_link", 404)
        try:
            _, page = await service.database.writer.write(lambda tx: mail_copies.find(tx, code))
        except StoreError:
            return (await Reader.of(service, request)).said("later", 503)
        if not page:
            return (await Reader.of(service, request)).said("not_kept", 404)
        return HTMLResponse(page, headers=_HEADERS)

    return router
