"""A mail server that takes everything and keeps nothing: `python -m engine.bench.sink` prints its
port, and ends when its input does.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_END = b"\r\n.\r\n"


class _Sink(asyncio.Protocol):
    """Only what a client needs that waits for each answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._rest = b""
        self._in_content = False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while True:
            if self._in_content:
                _, end, rest = self._rest.partition(_END)
                if not end:
                    return
                self._in_content, self._rest = False, rest
                self._transport.write(b"250 2.0.0 taken\r\n")
                continue
            line, end, rest = self._rest.partition(b"\r\n")
            if not end:
                return
            self._rest = rest
            self._answer(line[:4].upper())

    def _answer(self, word: bytes) -> None:
        if word == b"DATA":
            self._in_content = True
            self._transport.write(b"354 go on\r\n")
        elif word == b"EHLO":
            self._transport.write(b"250-sink\r\n250 8BITMIME\r\n")
        elif word == b"QUIT":
            self._transport.write(b"221 bye\r\n")
            self._transport.close()
        else:
            self._transport.write(b"250 ok\r\n")


@contextmanager
def sink() -> Iterator[int]:
    """The port of such a server, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "engine.bench.sink"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield int(process.stdout.readline())
        process.stdin.close()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - for who started it
    ended = asyncio.Event()

    def read() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, daemon=True).start()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
