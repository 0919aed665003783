"""The table of operations over HTTP: `POST /internal/NAME`, for the command line of this machine.

The router goes into the server's app; its address and token are in `server.json` (mode 0600).
The token is looked at before anything of a body is read, and a body has its bounds.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from engine.errors import PlainError, RefusedError
from engine.imports.jobs import ImportMovedError
from engine.service.client import PREFIX
from engine.service.operations import OPERATIONS, Document, MalformedRequestError, Operation
from engine.service.service import Service
from engine.store.errors import StoreError

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes. The largest step of an import has less (`engine.imports.running.GROUP_CELLS`)."""
BODY_SECONDS: Final = 60.0
"""How long a body may take to arrive."""

_STATUSES: Final[tuple[tuple[type[PlainError], int], ...]] = (
    (ImportMovedError, 409),
    (MalformedRequestError, 400),
    (RefusedError, 422),
    (StoreError, 503),
)
"""How an error of an operation is answered: by the first row whose kind it is."""


class _NotReadError(Exception):
    """A body was not taken."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def control_router(
    service: Callable[[], Service], operations: Iterable[Operation] = OPERATIONS
) -> APIRouter:
    """A route for each row. Another layer hands in the table with its own rows beside ours."""
    router = APIRouter(include_in_schema=False)
    for operation in operations:
        # A plain route does not get the router's prefix, so it says it itself.
        path = f"{PREFIX}/{operation.name}"
        router.add_route(path, _route(operation, service), methods=["POST"])
    return router


def _route(
    operation: Operation, service: Callable[[], Service]
) -> Callable[[Request], Awaitable[Response]]:
    async def served(request: Request) -> Response:
        running = service()
        if not _authorised(request.headers.get("authorization", ""), running.token):
            return _answer(403, {"error": "this takes the token in server.json"})
        try:
            body = await _body(request)
        except _NotReadError as error:
            return _answer(error.status, {"error": str(error)})
        return await run_in_threadpool(_run, operation, running, body)

    return served


def _run(operation: Operation, running: Service, body: bytes) -> Response:
    """Do it, or say in a sentence why not."""
    try:
        return _answer(200, operation.run(running, _read(operation, body)))
    except PlainError as error:
        status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 422)
        findings: Document = {}
        if operation.lists_findings and isinstance(error, RefusedError):
            findings = {"findings": list(getattr(error, "findings", ()))}
        return _answer(status, {"error": str(error), **findings})


def _read(operation: Operation, body: bytes) -> Any:
    """What a body says. One that says nothing says: nothing in particular."""
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedRequestError(f"{operation.name} takes JSON: {error}") from None


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    too_large = _NotReadError(413, f"the body is larger than {MAX_BODY >> 20} MB")
    if announced.isdigit() and int(announced[:20]) > MAX_BODY:
        raise too_large
    pieces = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                pieces += piece
                if len(pieces) > MAX_BODY:
                    raise too_large
    except TimeoutError:
        sentence = f"the body did not arrive within {BODY_SECONDS:g} seconds"
        raise _NotReadError(408, sentence) from None
    except ClientDisconnect:
        raise _NotReadError(400, "the body broke off") from None
    return bytes(pieces)


def _authorised(header: str, token: str) -> bool:
    return hmac.compare_digest(header.encode(), f"Bearer {token}".encode())


def _answer(status: int, document: Document) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")
