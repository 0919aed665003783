"""Webhooks that were refused, kept where people look: a wrong secret is else seen by nobody."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.clock import Clock
from engine.intake.refusal import Refusal
from engine.store import refused_webhooks
from engine.store.database import Database
from engine.store.errors import StoreError

_EVERY_SECONDS = 60.0


class Refused:
    """Counts in memory and writes at most once a minute for each sender and reason: whoever calls
    with a wrong signature all day does not write all day.
    """

    def __init__(
        self, database: Database, clock: Clock, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._steady = steady
        self._waiting: dict[tuple[str, str], int] = {}
        self._written: dict[tuple[str, str], float] = {}

    async def note(self, who: str, refusal: Refusal) -> None:
        """A webhook of `who`, which is set up here, was refused."""
        key = (who, refusal.code)
        count = self._waiting[key] = self._waiting.get(key, 0) + 1
        now = self._steady()
        if now - self._written.get(key, float("-inf")) < _EVERY_SECONDS:
            return
        self._written[key] = now
        self._waiting[key] = 0
        at, why = self._clock.now(), refusal.message
        try:
            await self._database.writer.write(
                lambda tx: refused_webhooks.add(tx, who, refusal.code, why, count, at)
            )
        except StoreError:
            self._waiting[key] += count
            del self._written[key]
