"""On-site messages: `GET /v1/onsite` says what waits for a visitor, `GET /s.js` shows it."""

from __future__ import annotations

from importlib.resources import files
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from engine.core.facts import Facts
from engine.core.model import Instant
from engine.customers import identity
from engine.delivery import onsite as showing
from engine.intake.keys import Key
from engine.public.service import Service
from engine.store.errors import StoreError
from engine.store.writer import Transaction

_ANYBODY = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}


class Keys(Protocol):
    def find(self, text: str) -> Key | None: ...


def onsite_routes(service: Service, keys: Keys) -> APIRouter:
    """The routes of on-site messages."""
    router = APIRouter(include_in_schema=False)
    script = files("engine.public").joinpath("s.js").read_bytes()

    @router.get("/s.js")
    def script_file() -> Response:
        headers = {
            "Cache-Control": "public, max-age=300",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(script, 200, headers, "text/javascript; charset=utf-8")

    @router.options("/v1/onsite")
    def may_ask() -> Response:
        return Response(b"", 204, {**_ANYBODY, "Access-Control-Allow-Headers": "*"})

    @router.get("/v1/onsite")
    async def waiting(request: Request) -> Response:
        told = request.query_params
        if keys.find(told.get("writeKey", "")) is None:
            message = "Give a valid `writeKey`."
            return JSONResponse({"code": "unauthorized", "message": message}, 401, _ANYBODY)
        anonymous = told.get("anonymousId", "")[:255]
        path = told.get("path", "/")[:1000]

        def work(
            transaction: Transaction,
        ) -> tuple[list[showing.Waiting], Facts | None, Instant]:
            now = service.clock.now()
            found = identity.find(transaction, identity.ANONYMOUS, [anonymous])
            if anonymous not in found:
                return [], None, now
            customer = found[anonymous]
            messages = showing.waiting(transaction, customer, path, now)
            if not messages:
                return [], None, now
            return messages, showing.facts_of(transaction, service.live, customer, now), now

        try:
            messages, facts, now = await service.database.writer.write(work)
        except StoreError:
            return JSONResponse({"messages": []}, 503, {**_ANYBODY, "Retry-After": "5"})
        composer = service.sender.composer
        rendered = [
            showing.render(service.live, composer, each, facts, now)
            for each in messages
            if facts is not None
        ]
        return JSONResponse({"messages": [each for each in rendered if each]}, 200, _ANYBODY)

    return router
