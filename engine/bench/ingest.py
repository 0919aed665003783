"""Ingest: calls of the tracking API through the real application, until each is on the disk.

The application is called in this process, without a socket: what is measured is reading, checking
and storing, in group commits with full sync, as many requests waiting at once as a shop has.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import SecretStr

from engine.bench.w1 import FLOW
from engine.intake import keys
from engine.public.app import PublicApp, create_public_app
from engine.service.service import Service
from engine.settings import Settings
from engine.store.database import address_of

AT_ONCE: Final = 64
"""Requests that wait for their answers at the same time."""
_KEY: Final = "bench-ingest-key"
_CUSTOMERS: Final = 1_000


def run(events: int, batch: int, url: str | None = None) -> dict[str, Any]:
    """Send `events` in batches of `batch` (1: each alone) to a fresh store; the figures.

    Raises:
        StoreError: the database at `url` cannot be used.
        RuntimeError: an answer was not 200.
    """
    with tempfile.TemporaryDirectory(prefix="headrace-ingest-") as folder:
        if url is None:
            return _run_in(events, batch, Path(folder), None)
        from engine.store.postgres.scratch import scratch

        with scratch(address_of(url)) as own:
            return _run_in(events, batch, Path(folder), own)


def _run_in(events: int, batch: int, folder: Path, url: str | None) -> dict[str, Any]:
    flows = folder / "flows"
    flows.mkdir()
    (flows / "ingest.flow").write_text(FLOW, encoding="utf-8")
    (flows / "messages").mkdir()
    for name in ("first", "second"):
        (flows / "messages" / f"{name}.email.txt").write_text("Hello\n", encoding="utf-8")
    address = None if url is None else SecretStr(url)
    settings = Settings(database_url=address, events_per_second=10**9)
    service = Service(folder / "data", flows, settings, transports={})
    service.start(background=False)
    try:
        now = service.clock.now()
        service.writer.run(lambda tx: keys.create(tx, "bench", "server", now, _KEY))
        bodies = list(_bodies(events, batch))
        app = create_public_app(service)
        path = "/v1/track" if batch == 1 else "/v1/batch"
        started = time.perf_counter()
        asyncio.run(_send(app, path, bodies))
        seconds = time.perf_counter() - started
        return {
            "workload": "ingest",
            "events": events,
            "batch": batch,
            "requests": len(bodies),
            "seconds": round(seconds, 3),
            "events_per_second": round(events / seconds),
            "database": service.database.kind,
        }
    finally:
        service.stop()


def _bodies(events: int, batch: int) -> Iterator[bytes]:
    calls = (
        {
            "type": "track",
            "messageId": f"bench-{number}",
            "userId": f"c{number * 7_919 % _CUSTOMERS}",
            "event": "Product Viewed",
            "properties": {"product_id": f"p{number % 500}", "name": "Tent", "price": 19.9},
        }
        for number in range(events)
    )
    if batch == 1:
        yield from map(orjson.dumps, calls)
        return
    held: list[dict[str, Any]] = []
    for call in calls:
        held.append(call)
        if len(held) == batch:
            yield orjson.dumps({"batch": held})
            held = []
    if held:
        yield orjson.dumps({"batch": held})


async def _send(app: PublicApp, path: str, bodies: list[bytes]) -> None:
    waiting = iter(bodies)

    async def worker() -> None:
        for body in waiting:
            status = await _post(app, path, body)
            if status != 200:
                raise RuntimeError(f"a request was answered with {status}")

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())


async def _post(app: PublicApp, path: str, body: bytes) -> int:
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    headers = [
        (b"authorization", f"Bearer {_KEY}".encode()),
        (b"content-type", b"application/json"),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": headers,
    }
    await app(scope, receive, send)
    return status
