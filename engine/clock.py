"""The one door to time. Nothing else in the project reads the wall clock."""

from __future__ import annotations

import os
import time
from typing import Protocol

from engine.core.model import SECOND, Instant


class Clock(Protocol):
    def now(self) -> Instant:
        """Milliseconds since the epoch, UTC."""


class SystemClock:
    """The machine's clock, shifted by `offset` seconds.

    The offset comes from `HEADRACE_CLOCK_OFFSET` where it is not given; tests of long waits use it.
    Raises ValueError when that is not a number.
    """

    def __init__(self, offset: float | None = None) -> None:
        if offset is None:
            offset = float(os.environ.get("HEADRACE_CLOCK_OFFSET") or 0)
        self._offset = round(offset * SECOND)

    def now(self) -> Instant:
        return time.time_ns() // 1_000_000 + self._offset


class SettableClock:
    """A clock that stands still until it is turned: for tests, virtual time and the demo."""

    def __init__(self, at: Instant) -> None:
        self._at = at

    def now(self) -> Instant:
        return self._at

    def turn(self, at: Instant) -> None:
        """Turn the clock forward. Raises ValueError when `at` lies in its past."""
        if at < self._at:
            raise ValueError("a clock is never turned back")
        self._at = at


class RunningClock(SettableClock):
    """The demo's clock: it runs like any other and can be turned forward."""

    def __init__(self, at: Instant) -> None:
        super().__init__(at)
        self._since = time.monotonic_ns()

    def now(self) -> Instant:
        return self._at + (time.monotonic_ns() - self._since) // 1_000_000

    def turn(self, at: Instant) -> None:
        """Turn the clock forward; a moment that has just passed leaves it as it is."""
        if at > self.now():
            self._at, self._since = at, time.monotonic_ns()
