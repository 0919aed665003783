"""Where messages are made: beside the event loop, in threads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from engine.channels.transport import Envelope, Transport, preparing

PLACES: Final = max(2, min(4, os.cpu_count() or 2))
"""How many messages are made side by side."""

Make = Callable[[], Envelope]


class Making(Protocol):
    """Makes envelopes, off the event loop."""

    places: int
    """How many it makes side by side, and as many again for those that are slow."""

    async def make(self, name: str, make: Make, transport: Transport) -> Envelope:
        """The envelope that `make` makes, prepared for `transport` under its idempotency key.

        Raises MessageError, NoEnvelopeError or ValueError with a reason as a sentence.
        """
        ...

    def close(self) -> None: ...


class Threads:
    """Makes messages in this process."""

    def __init__(self, places: int = PLACES) -> None:
        self.places = places
        self._threads = ThreadPoolExecutor(2 * places, "headrace-making")

    async def make(self, name: str, make: Make, transport: Transport) -> Envelope:
        """See `Making`."""
        prepare = preparing(transport)

        def made() -> Envelope:
            envelope = make()
            return envelope if prepare is None else prepare(name, envelope)

        return await asyncio.get_running_loop().run_in_executor(self._threads, made)

    def close(self) -> None:
        """What is being made is left to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
