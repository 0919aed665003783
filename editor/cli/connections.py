"""Connections that bring no request: how long they may stay, and how many there may be.

Whoever opens connections and never ends a request's head would hold them all, until no file
handle is left, nobody else is answered, and the log fills with it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_SECONDS: Final = 10.0
"""How long the head of a request may take to arrive."""
KEPT_FREE: Final = 200
"""File handles for all else: the database, mail servers, files."""

HEAD_BYTES: Final = 64 * 1024
"""How long the head of a request may be."""

_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_LONG: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)

if TYPE_CHECKING:
    Protocol = asyncio.Protocol
else:
    Protocol = AutoHTTPProtocol


def most_connections() -> int:
    """How many connections there may be side by side: what the system's file handles allow."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(50, (20_000 if soft < 0 else soft) - KEPT_FREE)


def more_files() -> None:
    """Use as many file handles as this process may have."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 20_000 if hard < 0 else min(hard, 20_000)
    if 0 <= soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Bounded(Protocol):
    """Uvicorn's protocol, which gives up a head that does not end."""

    connections: set[Any]
    cycle: Any
    transport: Any
    loop: asyncio.AbstractEventLoop
    _deadline: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            transport.abort()
            return
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # What comes behind an answer that was given early is the rest of a body.
        is_head = self._waits() and not (self.cycle and self.cycle.more_body)
        super().data_received(data)
        if not self._waits():
            self._head = 0
            self._disarm()
            return
        self._head = self._head + len(data) if is_head else 0
        if self._head > HEAD_BYTES:
            self._end(_LONG)
        else:
            self._arm()

    def _waits(self) -> bool:
        """Whether the head of a request is still to come, or to end."""
        return self.cycle is None or self.cycle.response_complete

    def _arm(self) -> None:
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._waits():
            self._end(_LATE)

    def _end(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
