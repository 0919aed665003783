"""Durable ingest as somebody would write it by hand, as fast as Python and SQLite let it.

It reads the same requests as the tracking API behind the same HTTP server: JSON, a row for each
event, none twice by its `messageId`, commits of all that waits together with full sync, and an
answer after the commit. Nobody is looked up, nothing is checked, and no flow hears of it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import orjson

from engine.public.answers import SUCCESS, Receive, Scope, Send

_SETUP = (
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma cache_size = -131072",
    "pragma wal_autocheckpoint = 50000",
    "create table event (id text unique, customer text, name text, at text, told blob)",
)
_INSERT = "insert or ignore into event values (?, ?, ?, ?, ?)"


class Bound:
    """The ASGI application. `stop` ends its writer."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "bound.db"
        self._ready = threading.Condition()
        self._waiting: list[tuple[list[tuple[Any, ...]], asyncio.Future[None]]] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._write, name="bound-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._ready:
            self._stopping = True
            self._ready.notify()
        self._thread.join()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        told = orjson.loads(body)
        dumps = orjson.dumps
        rows = [
            (x["messageId"], x["userId"], x["event"], x["timestamp"], dumps(x["properties"]))
            for x in told.get("batch", (told,))
        ]
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._ready:
            self._waiting.append((rows, stored))
            self._ready.notify()
        await stored
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(SUCCESS)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": SUCCESS})

    def _write(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        for statement in _SETUP:
            connection.execute(statement)
        while True:
            with self._ready:
                while not self._waiting and not self._stopping:
                    self._ready.wait()
                group, self._waiting = self._waiting, []
            if not group:
                connection.close()
                return
            connection.execute("begin")
            for rows, _ in group:
                connection.executemany(_INSERT, rows)
            connection.execute("commit")
            loop = group[0][1].get_loop()
            loop.call_soon_threadsafe(_settle, [stored for _, stored in group])


def _settle(futures: list[asyncio.Future[None]]) -> None:
    for each in futures:
        if not each.done():
            each.set_result(None)
