"""`POST /v1/flows/NAME/start` and `/stop`: the shop's server moves a customer by hand."""

from __future__ import annotations

import uuid
from typing import Any, Literal, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from engine.errors import RefusedError
from engine.intake.keys import Key
from engine.intake.payload import read_object, unpack
from engine.intake.refusal import Refusal, forbidden, invalid
from engine.public.receiving import given_key, read_body
from engine.public.service import Service
from engine.runtime import manual as starting
from engine.store.errors import StoreError

MOST = 200
"""Characters of an id."""


class Keys(Protocol):
    def find(self, text: str) -> Key | None: ...


def starting_routes(service: Service, keys: Keys) -> APIRouter:
    """The routes, for server keys: `{"userId" or "email", "properties", "messageId"}`."""
    router = APIRouter(include_in_schema=False)

    @router.post("/v1/flows/{name}/{act}")
    async def by_hand(request: Request, name: str, act: Literal["start", "stop"]) -> JSONResponse:
        try:
            told = await _read(request, keys, name, act)
            done = await run_in_threadpool(service.by_hand, told)
        except Refusal as refusal:
            return JSONResponse(refusal.as_json(), refusal.status)
        except StoreError:
            full = Refusal("unavailable", "Nothing was stored. Try again later.", status=503)
            return JSONResponse(full.as_json(), 503, {"Retry-After": "1"})
        except starting.UnknownError as error:
            return JSONResponse(Refusal("not_found", _sentence(error)).as_json(), 404)
        except RefusedError as error:
            return JSONResponse(Refusal("conflict", _sentence(error)).as_json(), 409)
        return JSONResponse({"success": True, **done._asdict()})

    return router


async def _read(
    request: Request, keys: Keys, name: str, act: Literal["start", "stop"]
) -> starting.Request:
    headers = dict(request.scope["headers"])
    key = keys.find(given_key(headers, request.scope.get("query_string", b"")))
    if key is None:
        message = "Give a valid write key (Basic auth)."
        raise Refusal("unauthorized", message, field="writeKey", status=401)
    if key.kind == "browser":
        raise forbidden("writeKey", "A browser key cannot start or stop flows.")
    body = await read_body(headers, request.receive)
    text = unpack(body, headers.get(b"content-encoding", b"").decode("latin-1").lower())
    told: dict[str, Any] = read_object(text)
    who = told.get("userId") or told.get("email") or told.get("customer")
    if isinstance(who, int) and not isinstance(who, bool):
        who = str(who)
    if not isinstance(who, str) or not who.strip() or len(who) > MOST:
        raise invalid("userId", "Say who, by `userId`, `email` or `customer` (our number).")
    properties = told.get("properties") or {}
    if not isinstance(properties, dict):
        raise invalid("properties", "`properties` is an object.")
    message_id = told.get("messageId") or f"{act}-{uuid.uuid4()}"
    if not isinstance(message_id, str) or len(message_id) > MOST or "\t" in message_id:
        raise invalid("messageId", f"`messageId` is text of at most {MOST} characters.")
    return starting.Request(act, name, who, message_id, f"key {key.name}", properties)


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
