"""A worker that moves people in the same process, while something else is measured."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from engine.bench import w1


@contextmanager
def busy(runs: int) -> Iterator[None]:
    """W1 over and over with so many journeys, 0 for none, in a thread of this process."""
    if not runs:
        yield
        return
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            w1.run(runs)

    thread = threading.Thread(target=work, name="w1", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
