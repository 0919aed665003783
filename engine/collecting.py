"""Python's cyclic collector in a process that serves: what lives long is not looked through."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_THRESHOLDS: Final = (50_000, 2, 20)
"""So many new objects until the young ones are looked through; each third time also those that
stayed then, and every twentieth of these times all. A batch of events that waits for its commit
is a hundred thousand objects that go by themselves.
"""


def rarely() -> None:
    """Look through young objects as rarely from now on: a verb of the command line reads, says what
    it found and ends.
    """
    gc.set_threshold(*_THRESHOLDS)


@contextmanager
def sparing() -> Iterator[None]:
    """What there is now is looked at no more until the end of the block, what comes more rarely.

    An edit of a drawing makes thousands of objects of which none is in a circle, and kept texts
    have hundreds of thousands: to look through all of those takes longer than an edit.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
