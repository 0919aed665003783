"""Whether a piece of work goes on, by a clock that nobody sets."""

from __future__ import annotations

import time
from collections.abc import Callable


class Progress:
    """Whether somebody's work goes on. `begin` and `end` are called from the thread that works."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._since: float | None = None

    def begin(self) -> None:
        """A piece of work begins, or a part of it was done."""
        self._since = self._steady()

    def end(self) -> None:
        """Nothing is being worked on."""
        self._since = None

    @property
    def stuck(self) -> float:
        """Seconds since a piece of work that is under way was last heard of; 0 where none is."""
        since = self._since
        return 0.0 if since is None else self._steady() - since
