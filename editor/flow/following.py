"""Tells a page that the file of its flow has changed on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from editor.access import signed_in
from editor.documents import Documents
from editor.flow.opening import asked_for
from editor.running import Files, Running
from engine.service.service import Service

router = APIRouter()

_LOOK_S: Final = 0.5
"""How often a stream looks whether the server is about to stop."""


@router.get("/api/flows/{name}/events", dependencies=[Depends(signed_in)])
async def events(
    request: Request, service: Running, files: Files, name: str, state: str = "", status: str = ""
) -> Response:
    """Server-sent events: `change` whenever the file is another on the disk.

    `state` and `status` are those of the document that the page shows: what changed between the
    page's answer and the beginning of the stream is told at once.
    """
    opened = await run_in_threadpool(asked_for, request, name)
    document = opened.document

    async def is_behind() -> bool:
        now = await run_in_threadpool(files.document, opened.person, document.file)
        return (now.state, now.status) != (state, status)

    stream = _changes(service, files, document.file, is_behind)
    return StreamingResponse(stream, media_type="text/event-stream")


async def _changes(
    service: Service, files: Documents, file: str, is_behind: Callable[[], Awaitable[bool]]
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
        while not service.rounds.stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _LOOK_S)
                changed.clear()
                yield f"event: change\ndata: {file}\n\n"
    finally:
        end()
