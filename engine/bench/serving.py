"""An application on a socket of this process, for what is measured over HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


@contextmanager
def served(app: Any, listener: socket.socket, patience: float) -> Iterator[None]:
    """Answer at `listener` until the end of the block; `patience` is in seconds, for the server to
    begin and to end.
    """
    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.set()

    config = uvicorn.Config(
        app, log_level="error", access_log=False, timeout_graceful_shutdown=1, lifespan="off"
    )
    server = Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        ready.wait(patience)
        yield
    finally:
        server.should_exit = True
        thread.join(patience)
