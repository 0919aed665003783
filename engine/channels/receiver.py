"""Our own inbound mail server, for what comes back and for nothing else.

It takes mail to addresses of ours alone, keeps none, and answers 250 only when what a mail says is
on the disk: a server that is told to come again does so. One connection may do little.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from engine.logs import logger

_log = logger(__name__)

MAX_MAIL: Final = 1024 * 1024
"""Bytes of a mail; a report quotes the headers of ours, and seldom more."""
MAX_CONNECTIONS: Final = 50
MAX_RECIPIENTS: Final = 20
IDLE_SECONDS: Final = 30.0
"""How long a connection may be silent."""
WHOLE_SECONDS: Final = 120.0
"""How long it may stand at all."""
_COMMANDS: Final = {"RCPT": 100, "MAIL": 50, "DATA": 50, "*": 20}

Take = Callable[[bytes, list[str]], Awaitable[bool]]
"""Given a mail and its recipients, stores what it says; False where that could not be stored."""


class Receiver:
    """Listens from `start` to `stop`. `is_ours` says which addresses take mail."""

    def __init__(
        self,
        host: str,
        port: int,
        is_ours: Callable[[str], bool],
        take: Take,
        *,
        connections: int = MAX_CONNECTIONS,
    ) -> None:
        self._controller = _Controller(_Handler(is_ours, take), host, port, connections)

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def start(self) -> None:
        """Raises `OSError` where the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)


class _Controller(Controller):
    def __init__(self, handler: Any, host: str, port: int, connections: int) -> None:
        super().__init__(handler, hostname=host, port=port)
        self._left = connections

    def factory(self) -> SMTP:
        return _Connection(self.handler, self)

    def let_in(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def let_go(self) -> None:
        self._left += 1


class _Connection(SMTP):
    def __init__(self, handler: Any, door: _Controller) -> None:
        super().__init__(
            handler,
            data_size_limit=MAX_MAIL,
            enable_SMTPUTF8=True,
            ident="Headrace",
            timeout=IDLE_SECONDS,
            command_call_limit=_COMMANDS,
        )
        self._door = door
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._door.let_in() and isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 Too many connections, come again later\r\n")
            transport.close()
        self._end = self.loop.call_later(WHOLE_SECONDS, transport.close)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._door.let_go()
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(error)


class _Handler:
    def __init__(self, is_ours: Callable[[str], bool], take: Take) -> None:
        self._is_ours = is_ours
        self._take = take

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: Any
    ) -> str:
        del server, session, rcpt_options
        if not self._is_ours(address):
            return "550 5.1.1 No such mailbox here"
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        del server, session
        try:
            stored = await self._take(bytes(envelope.content or b""), list(envelope.rcpt_tos))
        except Exception as error:  # noqa: BLE001 - its sender comes again
            _log.error("a mail at the return path could not be read", error=type(error).__name__)
            stored = False
        return "250 2.0.0 OK" if stored else "451 4.3.0 Nothing was stored, come again later"
