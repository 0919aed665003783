"""Where the short links of text messages lead: `/l/CODE`, to what was kept under it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from engine.delivery.questions import messages_of
from engine.messages.texts import texts
from engine.public.pages import page
from engine.public.service import Service
from engine.store import short_links
from engine.store.errors import StoreError

_NO_STORE = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer"}
_LONGEST = 32


def short_link_routes(service: Service) -> APIRouter:
    """The route. A target that counts clicks is a link of its own, and judges who fetched it."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/l/{code}", methods=["GET", "HEAD"])
    async def followed(code: str) -> Response:
        if len(code) > _LONGEST or not code.isascii() or not code.isalnum():
            return sorry("bad_link", 404)
        try:
            target = await service.database.writer.write(lambda tx: short_links.find(tx, code))
        except StoreError:
            return sorry("later", 503)
        return RedirectResponse(target, 302, _NO_STORE) if target else sorry("bad_link", 404)

    def sorry(what: str, status: int) -> Response:
        shop = service.deployment
        words = texts(shop.language, messages_of(service.live))
        return page(
            words[what],
            words[f"{what}_more"],
            shop=shop.name,
            language=shop.language,
            status=status,
        )

    return router
