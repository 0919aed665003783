"""`POST /v1/reached`: a page of the shop that a click in a mail led to says which browser it is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from engine.intake import readers
from engine.intake.refusal import Refusal, invalid
from engine.messages.links import BadLinkError
from engine.public.page_calls import ANYBODY, Callers, Keys, read_call, refused, stored
from engine.public.rates import Rates
from engine.public.service import Service
from engine.store.writer import Transaction

_LARGEST = 4_000
_LONGEST_VISITOR = 255
PER_SECOND = 5.0
"""So often one network address may say it in the long run; ten seconds' worth at once."""


def arriving_routes(service: Service, keys: Keys, rates: Rates) -> APIRouter:
    """The route; `rates` are those of the keys."""
    router = APIRouter(include_in_schema=False)
    callers = Callers(keys, rates, PER_SECOND)

    def read(request: Request, told: dict[str, Any]) -> tuple[int, str]:
        """The click's number, 0 for none, and the visitor. Raises `Refusal`."""
        callers.key(request, told)
        visitor, token = told.get("anonymousId"), told.get("click")
        if not isinstance(visitor, str) or not 0 < len(visitor) <= _LONGEST_VISITOR:
            raise invalid("anonymousId", "`anonymousId` is the visitor's id.")
        if not isinstance(token, str):
            raise invalid("click", "`click` is what stands behind `headrace=` in the address.")
        try:
            return service.links.read_arrival(token), visitor.replace("\0", "")
        except BadLinkError:
            return 0, visitor

    @router.post("/v1/reached")
    async def arrived(request: Request) -> Response:
        try:
            click, visitor = read(request, await read_call(request, _LARGEST))
        except Refusal as refusal:
            return refused(refusal)

        def work(transaction: Transaction) -> None:
            types, now = service.deployment.types, service.clock.now()
            readers.arrived(transaction, types, now, click, visitor)

        # The same answer in any case: a page learns nothing of who it is.
        if not click:
            return JSONResponse({"success": True}, 200, ANYBODY)
        return await stored(service, work)

    return router
