"""A bound of one's own that serves HTTP in a process of its own, under the same server as ours.

The command gets its port in the place of `{port}`, as in `uvicorn bound:app --port {port}`. It is
sent `POST /` with an event, or a list of events, as `engine.bench.load.lean` writes them, and
answers with a status of 2xx once they are on the disk. What it spends is read from `/proc`.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

_LOOK_SECONDS: Final = 0.05


class Peer(NamedTuple):
    """A program that answers at `port`."""

    pid: int
    port: int

    def processor(self) -> float:
        """Seconds of processor time that it has spent."""
        told = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(command: str, patience: float) -> Iterator[Peer]:
    """Let it serve until the end of the block; leading NAME=VALUE words go into its environment.

    Raises:
        RuntimeError: it does not answer within `patience` seconds.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = shlex.split(command.replace("{port}", str(port)))
    environment = dict(os.environ)
    while words and "=" in words[0] and not words[0].startswith("-"):
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    with subprocess.Popen(  # noqa: S603 - the command is the caller's own
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait(server, port, time.monotonic() + patience, command)
            yield Peer(server.pid, port)
        finally:
            server.terminate()


def _wait(server: subprocess.Popen[bytes], port: int, until: float, command: str) -> None:
    while server.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), _LOOK_SECONDS).close()
        except OSError:
            with suppress(subprocess.TimeoutExpired):
                server.wait(_LOOK_SECONDS)
        else:
            return
    raise RuntimeError(f"{command!r} does not answer at port {port}")
