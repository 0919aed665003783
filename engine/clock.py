"""The one door to time. Nothing else in the project reads the wall clock."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from engine.core.model import SECOND, Instant

_PASSED: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


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


class SteadyClock:
    """A server's clock: the machine's, as long as that goes on steadily.

    A machine's clock may jump, forward or back: a wrong time server, a restored machine, a hand.
    What is sent or given up because of a wrong day is never made good, so a jump is believed only
    when the machine has kept to it for `BELIEVED`; until then time goes on as before. Smaller
    differences (`STEADY`) are followed at once.

    Args:
        offset: seconds by which the machine's clock is shifted, as in `SystemClock`.
        wall: what the machine says, in milliseconds since the epoch, UTC.
        steady: milliseconds that have passed since any moment, whatever anybody sets.
    """

    BELIEVED: Final = 600 * SECOND
    STEADY: Final = 2 * SECOND

    def __init__(
        self,
        offset: float | None = None,
        *,
        wall: Callable[[], Instant] | None = None,
        steady: Callable[[], int] | None = None,
    ) -> None:
        self._wall = wall or SystemClock(offset).now
        self._steady = steady or passed
        self._lock = threading.Lock()
        self._ahead = self._wall() - self._steady()
        self._jump: tuple[int, int] | None = None
        """A difference that is not believed yet, and since when."""

    def now(self) -> Instant:
        with self._lock:
            steady = self._steady()
            ahead = self._wall() - steady
            if abs(ahead - self._ahead) <= self.STEADY:
                self._ahead, self._jump = ahead, None
            elif self._jump is None or abs(ahead - self._jump[0]) > self.STEADY:
                self._jump = ahead, steady
            elif steady - self._jump[1] >= self.BELIEVED:
                self._ahead, self._jump = ahead, None
            return steady + self._ahead


class FollowingClock:
    """Time as another process has it, who says every now and then how late it is.

    Args:
        steady: milliseconds that have passed since any moment, whatever anybody sets.
    """

    def __init__(self, steady: Callable[[], int] | None = None) -> None:
        self._steady = steady or passed
        self._ahead = 0

    def hear(self, now: Instant) -> None:
        """It is so late."""
        self._ahead = now - self._steady()

    def now(self) -> Instant:
        return self._steady() + self._ahead


def passed() -> int:
    """Milliseconds since the machine was started, time asleep included where it counts that."""
    return time.clock_gettime_ns(_PASSED) // 1_000_000


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
