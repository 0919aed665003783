"""Keeps what was fetched of messages, without letting anybody wait for it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from engine.core.touches import Kind
from engine.intake import touches
from engine.logs import logger
from engine.messages.links import MessageRef
from engine.public.service import Service
from engine.store.errors import StoreError

PATIENCE: Final = 0.25
"""Seconds that a click waits for the database; after that it is stored while the person goes on."""

_log = logger(__name__)


class Counting:
    """Notes openings, clicks and answers of a running service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._writing: set[asyncio.Task[bool]] = set()

    async def note(
        self,
        message: MessageRef,
        kind: Kind,
        machine: str,
        about: dict[str, Any] | None = None,
    ) -> int:
        """Store it as something to be judged, and give its number; returns in any case, soon."""
        service = self._service
        now, rule = service.clock.now(), service.settings.click_rule
        writing = asyncio.ensure_future(
            service.database.writer.write(
                lambda tx: touches.note(tx, now, rule, message, kind, machine, about)
            )
        )
        self._writing.add(writing)
        writing.add_done_callback(self._written)
        await asyncio.wait({writing}, timeout=PATIENCE)
        return touches.number_of(message, kind, now, machine, about or {})

    def _written(self, writing: asyncio.Task[bool]) -> None:
        self._writing.discard(writing)
        if writing.cancelled():
            return
        error = writing.exception()
        if isinstance(error, StoreError):
            _log.warning("an opening or click was not counted", error=str(error))
        elif error is not None:
            _log.error("an opening or click was not counted", exc_info=error)
