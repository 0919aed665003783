"""Invented people shared out among processes: each lives whole blocks of them, and counts.

People know nothing of each other (what a flow shares, like a limit, is each customer's own), and
each block is drawn from the seed and its number alone. So the sums are those of one process.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from engine.lab.season import Season

POSSIBLE: Final = hasattr(os, "fork")
"""A deployment holds functions that were made in memory, so others can only be forked."""

Part = Callable[[int, int], Season]
"""What one process does: the season of the `part`-th of so many."""


class LostProcessError(RuntimeError):
    """One of the processes ended before it told what came of its people."""


@contextmanager
def others(part: Part, parts: int) -> Iterator[Callable[[], list[Season]]]:
    """Let others do all parts but the first; what is given waits for them and answers with what
    they found. They are gone when this ends.

    Raises:
        LostProcessError: one of them ended early.
    """
    working = [_begin(part, number, parts) for number in range(1, parts)]
    waited: set[int] = set()

    def found() -> list[Season]:
        seasons = []
        for pid, reading in working:
            with os.fdopen(os.dup(reading), "rb") as pipe:
                told = pipe.read()
            waited.add(pid)
            _, status = os.waitpid(pid, 0)
            if status or not told:
                raise LostProcessError("a process that lived some of the people has ended early")
            seasons.append(pickle.loads(told))  # noqa: S301 - from our own child
        return seasons

    try:
        yield found
    finally:
        for pid, reading in working:
            os.close(reading)
            if pid not in waited:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _begin(part: Part, number: int, parts: int) -> tuple[int, int]:
    """Its process id, and the pipe by which it tells."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    # No way leads out of here but this one: nothing of the parent's is flushed or cleaned up twice.
    code = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(part(number, parts), pipe)
        code = 0
    finally:
        os._exit(code)
