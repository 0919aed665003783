"""An HTTP server on loopback that answers as a provider would, or fails as one could."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import orjson


@dataclass(frozen=True)
class Request:
    """What came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """Each field once: a second value of one name fails here."""
        found = parse_qs(self.body.decode(), keep_blank_values=True, strict_parsing=True)
        return {name: one for name, [one] in found.items()}


@dataclass
class Provider:
    """`answers` are (status, document[, headers]), `HANG` or `HANG_UP`, by path or "default"."""

    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: Request) -> Any:
        """May be overridden by a provider that looks at what it gets."""
        return self.answers.get(request.path) or self.answers["default"]


HANG = "hang"
"""The request is taken and never answered."""
HANG_UP = "hang up"
"""The request is taken and the connection closed."""


@contextmanager
def serving(provider: Provider) -> Iterator[str]:
    """Run it; gives its URL, without a slash at the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(self.path, dict(self.headers.items()), body)
            provider.requests.append(request)
            answer = provider.answer(request)
            if answer == HANG:
                provider.released.wait(30)
            if answer in (HANG, HANG_UP):
                self.close_connection = True
                return
            status, document, *more = answer
            content = document if isinstance(document, bytes) else orjson.dumps(document)
            self.send_response(status)
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        provider.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
