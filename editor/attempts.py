"""How often somebody may try to sign in, and how many passwords are looked at side by side.

A look at a password takes 64 MB and a tenth of a second on purpose (argon2): without a bound,
a few dozen at once are the whole machine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from engine.public.rates import Rates

PER_SECOND: Final = 1 / 30
AT_ONCE: Final = 10
"""Wrong passwords for one e-mail address before one has to wait."""
AT_ONCE_FROM_ONE_PLACE: Final = 30
SIDE_BY_SIDE: Final = 2
IN_LINE: Final = 8


class BusyError(Exception):
    """Too many wait for their turn already."""


class Attempts:
    """Counts wrong passwords by e-mail address and by network address; right ones are free."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._of_people = Rates(PER_SECOND, clock, at_once=AT_ONCE)
        self._of_places = Rates(PER_SECOND * 3, clock, at_once=AT_ONCE_FROM_ONE_PLACE)
        self._line = threading.BoundedSemaphore(IN_LINE)
        self._turn = threading.BoundedSemaphore(SIDE_BY_SIDE)

    def wait(self, where: str, email: str) -> int:
        """Seconds after which one more may be tried, 0 for now."""
        return max(self._of_people.wait(_name(email), 1), self._of_places.wait(where, 1))

    def failed(self, where: str, email: str) -> None:
        """Count a wrong password."""
        self._of_people.spend(_name(email), 1)
        self._of_places.spend(where, 1)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until few others look at a password. Raises BusyError where the line is long."""
        if not self._line.acquire(blocking=False):
            raise BusyError
        try:
            with self._turn:
                yield
        finally:
            self._line.release()


def _name(email: str) -> str:
    return email.strip().lower()[:256]
