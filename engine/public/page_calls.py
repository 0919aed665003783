"""What the calls of our own scripts have in common: any shop's page may make them, with a key that
stands in the page, so each is limited by key and by network address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from engine.intake.keys import Key
from engine.intake.payload import read_object
from engine.intake.refusal import Refusal
from engine.public.rates import Rates
from engine.public.receiving import TooManyError, read_body
from engine.public.service import Service
from engine.store.errors import StoreError
from engine.store.writer import Transaction

ANYBODY: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
    "Cache-Control": "no-store",
}
"""Headers of every answer: a page of any shop may read it, nobody keeps it."""
LATER: Final = {**ANYBODY, "Retry-After": "5"}


class Keys(Protocol):
    def find(self, text: str) -> Key | None: ...


class Callers:
    """Who may call, how often: by the `rates` of the keys, and `per_second` by network address
    (in the long run; ten seconds' worth at once).
    """

    def __init__(self, keys: Keys, rates: Rates, per_second: float) -> None:
        self._keys = keys
        self._rates = rates
        self._of_addresses = Rates(per_second)

    def key(self, request: Request, told: Mapping[str, Any]) -> Key:
        """The key that a call gives. Raises `Refusal` where it is not valid, or asks too often."""
        text = told.get("writeKey")
        key = self._keys.find(text) if isinstance(text, str) else None
        if key is None:
            raise Refusal("unauthorized", "Give a valid `writeKey`.", status=401)
        address = request.client.host if request.client else ""
        wait = self._rates.spend(key.id, 1) or self._of_addresses.spend(address, 1)
        if wait:
            raise TooManyError(wait)
        return key


async def read_call(request: Request, largest: int) -> dict[str, Any]:
    """The JSON object that a page posts, of at most so many bytes. Raises `Refusal`."""
    headers = dict(request.scope["headers"])
    return read_object(await read_body(headers, request.receive, largest))


def allowed() -> Response:
    """The answer to a browser that asks whether it may call."""
    return Response(b"", 204, {**ANYBODY, "Access-Control-Allow-Headers": "*"})


def refused(refusal: Refusal) -> Response:
    headers = dict(ANYBODY)
    if isinstance(refusal, TooManyError):
        headers["Retry-After"] = str(refusal.seconds)
    return JSONResponse(refusal.as_json(), refusal.status, headers)


async def stored(service: Service, work: Callable[[Transaction], object]) -> Response:
    """Do the work and say so, or that it is to be tried later."""
    try:
        await service.database.writer.write(work)
    except StoreError:
        return JSONResponse({"success": False}, 503, LATER)
    service.wake()
    return JSONResponse({"success": True}, 200, ANYBODY)
