"""Tells a page that the file of its flow has changed on the disk, and who is where by now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

import orjson
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from editor.access import signed_in
from editor.documents import Documents
from editor.flow.crowds import opened_now
from editor.flow.opening import asked_for
from editor.running import Files, Running
from engine.service.service import Service

router = APIRouter()

_COUNT_S: Final = 1.0
"""How often a stream asks where people are; how often they are counted is not its own."""

_LOOK_S: Final = 0.5
"""How often a stream looks whether the server is about to stop."""


@router.get("/api/flows/{name}/events", dependencies=[Depends(signed_in)])
async def events(
    request: Request, service: Running, files: Files, name: str, state: str = "", status: str = ""
) -> Response:
    """Server-sent events: `change` whenever the file is another on the disk, `numbers` whenever
    people have moved (see `editor.flow.crowds.told`).

    `state` and `status` are those of the document that the page shows: what changed between the
    page's answer and the beginning of the stream is told at once.
    """
    opened = await run_in_threadpool(asked_for, request, name)
    document = opened.document

    async def is_behind() -> bool:
        now = await run_in_threadpool(files.document, opened.person, document.file)
        return (now.state, now.status) != (state, status)

    async def numbers() -> bytes:
        found = await run_in_threadpool(opened_now, request, name)
        return orjson.dumps(found, option=orjson.OPT_SORT_KEYS)

    stream = _changes(service, files, document.file, is_behind, numbers)
    return StreamingResponse(stream, media_type="text/event-stream")


async def _changes(
    service: Service,
    files: Documents,
    file: str,
    is_behind: Callable[[], Awaitable[bool]],
    numbers: Callable[[], Awaitable[bytes]],
) -> AsyncIterator[str]:
    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def tell(found: frozenset[str]) -> None:
        if file in found:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(changed.set)

    end = files.watch(tell)
    try:
        yield "retry: 2000\n\n"
        if await is_behind():
            changed.set()
        told, due = b"", loop.time()
        while not service.rounds.stopping:
            if loop.time() >= due:
                due = loop.time() + _COUNT_S
                with suppress(HTTPException):  # the flow is gone, or has another name
                    found = await numbers()
                    if found != told:
                        told = found
                        yield f"event: numbers\ndata: {found.decode()}\n\n"
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _LOOK_S)
                changed.clear()
                yield f"event: change\ndata: {file}\n\n"
    finally:
        end()
