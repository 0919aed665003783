"""A few places for many, so that who hangs in one keeps nobody else out.

Whoever passes belongs to a lane: the domain that receives a mail, the template that is rendered. A
lane begins with one place, and has more once one has come back well. Who stays longer than a moment
is silent: the place is lent to another, as often as there are places, and a lane of which several
are silent takes nobody in until one comes back.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

SILENT_SECONDS: Final = 1.0
"""So long somebody may stay before the place is lent."""
_KEPT: Final = 10_000
"""Lanes that are remembered although nobody is in them."""


class StuckError(Exception):
    """Nobody gets in for now. `lane` None: into none of the lanes, all places are silent."""

    def __init__(self, lane: str | None) -> None:
        self.lane = lane
        super().__init__(f"{lane} is stuck")


@dataclass(slots=True)
class _Lane:
    """`known`: one has come back well, and none stayed too long since."""

    inside: int = 0
    silent: int = 0
    known: bool = False
    since: float = 0.0


@dataclass(slots=True)
class Pass:
    """Somebody inside. Who sets `well` to False came back, but not well."""

    lane: str
    since: float
    silent: bool = False
    well: bool = True


@dataclass(slots=True)
class _Waiting:
    lane: str
    called: asyncio.Future[Pass] = field(repr=False)


class Gate:
    """Used in one event loop. Its figures may be read from any thread."""

    def __init__(
        self, places: int, bearable: int, steady: Callable[[], float] = time.monotonic
    ) -> None:
        """`bearable`: so many silent ones make a lane stuck."""
        self.places = places
        self._bearable = bearable
        self._steady = steady
        self._lanes: dict[str, _Lane] = {}
        self._waiting: deque[_Waiting] = deque()
        self._inside = 0
        self._silent = 0
        self._came_back = steady()

    @property
    def under_way(self) -> int:
        """How many are inside."""
        return self._inside

    @property
    def still(self) -> float:
        """Seconds for which nobody has come back, though somebody is inside; 0 for nobody."""
        return self._steady() - self._came_back if self._inside else 0.0

    def stuck(self) -> dict[str, float]:
        """The lanes that take nobody in, and for how many seconds."""
        now = self._steady()
        return {
            name: now - lane.since for name, lane in self._lanes.copy().items() if self._shut(lane)
        }

    @asynccontextmanager
    async def passing(self, lane: str) -> AsyncIterator[Pass]:
        """A place, as long as the block lasts.

        Raises:
            StuckError: there is none and none is to be expected.
        """
        one = await self._enter(lane)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(SILENT_SECONDS, self._falls_silent, one)
        try:
            yield one
        except BaseException:
            one.well = False
            raise
        finally:
            timer.cancel()
            self._leave(one)

    async def _enter(self, lane: str) -> Pass:
        if not self._waiting and self._may_enter(lane):
            return self._let_in(lane)
        self._refuse_stuck(lane)
        waiting = _Waiting(lane, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._call()
        try:
            return await waiting.called
        except asyncio.CancelledError:
            if waiting.called.done() and not waiting.called.cancelled():
                if waiting.called.exception() is None:
                    self._leave(waiting.called.result())
            else:
                self._waiting.remove(waiting)
            raise

    def _let_in(self, name: str) -> Pass:
        lane = self._lane(name)
        if not self._inside:
            self._came_back = self._steady()
        lane.inside += 1
        self._inside += 1
        return Pass(name, self._steady())

    def _leave(self, one: Pass) -> None:
        lane = self._lanes[one.lane]
        lane.inside -= 1
        self._inside -= 1
        if one.silent:
            lane.silent -= 1
            self._silent -= 1
        self._came_back = self._steady()
        lane.known = one.well and not one.silent
        self._call()

    def _falls_silent(self, one: Pass) -> None:
        lane = self._lanes[one.lane]
        one.silent = True
        lane.silent += 1
        lane.since = self._steady()
        lane.known = False
        self._silent += 1
        for waiting in [each for each in self._waiting if self._is_stuck(each.lane)]:
            self._waiting.remove(waiting)
            waiting.called.set_exception(
                StuckError(waiting.lane if self._shut(self._lane(waiting.lane)) else None)
            )
        self._call()

    def _call(self) -> None:
        """Let in who waits longest of those that may."""
        while True:
            following = next((one for one in self._waiting if self._may_enter(one.lane)), None)
            if following is None:
                return
            self._waiting.remove(following)
            following.called.set_result(self._let_in(following.lane))

    def _refuse_stuck(self, lane: str) -> None:
        if self._shut(self._lane(lane)):
            raise StuckError(lane)
        if self._full_of_silence:
            raise StuckError(None)

    def _is_stuck(self, lane: str) -> bool:
        return self._full_of_silence or self._shut(self._lane(lane))

    @property
    def _full_of_silence(self) -> bool:
        return self._silent == self._inside and self._inside >= 2 * self.places

    def _shut(self, lane: _Lane) -> bool:
        return lane.silent >= self._bearable

    def _may_enter(self, name: str) -> bool:
        if self._inside - min(self._silent, self.places) >= self.places:
            return False
        lane = self._lane(name)
        return not self._shut(lane) and (lane.known or lane.inside == lane.silent)

    def _lane(self, name: str) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            if len(self._lanes) >= _KEPT:
                for idle in [each for each, one in self._lanes.items() if not one.inside]:
                    del self._lanes[idle]
            lane = self._lanes[name] = _Lane()
        return lane
