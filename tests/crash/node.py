"""A worker beside a server, to be killed, stopped and cut off: `node.py NAME DATA`."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from engine.runtime import worker
from engine.service.node import Node
from engine.settings import Settings

SIZE = 7
"""Customers of a batch: few, so that there are many moments at which to be killed."""


def small_batches() -> None:
    """Let batches of this process be small for good."""
    worker.SMALLEST = worker.FIRST = worker.LARGEST = SIZE  # type: ignore[misc]


def until_ended(start: Callable[[], object]) -> None:
    """Start, say so to the driver, and wait for SIGTERM."""
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    start()
    print("ready", flush=True)  # noqa: T201 - the driver waits for this line
    done.wait()


def main() -> None:
    small_batches()
    name, data = sys.argv[1:]
    node = Node(name, Path(data), Settings(tick=0.05))
    until_ended(node.start)
    node.stop()


if __name__ == "__main__":
    main()
