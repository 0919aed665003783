"""`POST /v1/reached`: a page of the shop that a click in a mail led to says which browser it is."""

from __future__ import annotations

from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from engine.intake import readers
from engine.intake.keys import Key
from engine.intake.payload import read_object
from engine.intake.refusal import Refusal, invalid
from engine.messages.links import BadLinkError
from engine.public.rates import Rates
from engine.public.receiving import TooManyError, read_body
from engine.public.service import Service
from engine.store.errors import StoreError
from engine.store.writer import Transaction

_ANYBODY = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
_LARGEST = 4_000
_LONGEST_VISITOR = 255
PER_SECOND = 5.0
"""So often one network address may say it in the long run; ten seconds' worth at once."""


class Keys(Protocol):
    def find(self, text: str) -> Key | None: ...


def arriving_routes(service: Service, keys: Keys, rates: Rates) -> APIRouter:
    """The route; `rates` are those of the keys."""
    router = APIRouter(include_in_schema=False)
    of_addresses = Rates(PER_SECOND)

    def read(told: dict[str, Any], address: str) -> tuple[int, str]:
        """The click's number, 0 for none, and the visitor. Raises `Refusal`."""
        text = told.get("writeKey")
        key = keys.find(text) if isinstance(text, str) else None
        if key is None:
            raise Refusal("unauthorized", "Give a valid `writeKey`.", status=401)
        wait = rates.spend(key.id, 1) or of_addresses.spend(address, 1)
        if wait:
            raise TooManyError(wait)
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
            body = await read_body(dict(request.scope["headers"]), request.receive, _LARGEST)
            address = request.client.host if request.client else ""
            click, visitor = read(read_object(body), address)
        except Refusal as refusal:
            headers = dict(_ANYBODY)
            if isinstance(refusal, TooManyError):
                headers["Retry-After"] = str(refusal.seconds)
            return JSONResponse(refusal.as_json(), refusal.status, headers)

        def work(transaction: Transaction) -> None:
            types, now = service.deployment.types, service.clock.now()
            readers.arrived(transaction, types, now, click, visitor)

        if click:
            try:
                await service.database.writer.write(work)
            except StoreError:
                return JSONResponse({"success": False}, 503, {**_ANYBODY, "Retry-After": "5"})
            service.wake()
        # The same answer in any case: a page learns nothing of who it is.
        return JSONResponse({"success": True}, 200, _ANYBODY)

    return router
