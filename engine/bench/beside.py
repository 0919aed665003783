"""Worker processes beside the one that measures, driven in virtual time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Self

from pydantic import SecretStr

from engine.clock import SettableClock
from engine.core.model import Instant
from engine.service.node import Node
from engine.settings import Settings

_DEAD: Final = "a worker process has ended; what it said stands above"


class Beside:
    """Workers that wait to be told how late it is."""

    def __init__(self, pipes: list[Connection]) -> None:
        self._pipes = pipes

    @classmethod
    @contextmanager
    def started(cls, count: int, url: str, folder: Path, at: Instant) -> Iterator[Self]:
        """`count` processes on the database at `url`, ended afterwards.

        Raises:
            RuntimeError: one of them ended before it was told to; what it said stands above.
        """
        context = multiprocessing.get_context("spawn")
        with ExitStack() as stack:
            pipes = []
            for number in range(count):
                ours, theirs = context.Pipe()
                place = folder / f"worker{number}"
                process = context.Process(target=_work, args=(theirs, url, place, at), daemon=True)
                process.start()
                theirs.close()  # else its death would never be heard
                stack.callback(process.join, 10)
                stack.callback(ours.close)
                pipes.append(ours)
            for pipe in pipes:
                _told(pipe)
            yield cls(pipes)

    def begin(self, at: Instant) -> None:
        """Let them apply what is due at this moment; returns at once."""
        try:
            for pipe in self._pipes:
                pipe.send(at)
        except OSError:
            raise RuntimeError(_DEAD) from None

    def end(self) -> int:
        """Wait for what was begun; how many batches it was."""
        return sum(_told(pipe) for pipe in self._pipes)


def _told(pipe: Connection) -> int:
    try:
        return int(pipe.recv())
    except (EOFError, OSError):
        raise RuntimeError(_DEAD) from None


def _work(pipe: Connection, url: str, folder: Path, at: Instant) -> None:
    clock = SettableClock(at)
    node = Node(folder.name, folder, Settings(database_url=SecretStr(url)), clock)
    node.start(background=False)
    pipe.send(0)
    try:
        while True:
            clock.turn(pipe.recv())
            pipe.send(node.work())
    except EOFError:
        node.stop()
