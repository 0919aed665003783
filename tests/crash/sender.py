"""Senders that are killed: `sender.py DATA PORT MEMORY`, then one life a line on its input.

A line is `drain` (send all, then end), `BOUNDARY N` (die when it is passed for the Nth time) or
`random SECONDS` (die so long after it has begun). Each life is a process of its own, made by `fork`
from this one, which has loaded everything and has no threads. MEMORY is how many milliseconds the
provider is said to know a key again.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.channels.transport import Envelope, Outcome, delivered, not_taken, unknown
from engine.clock import SystemClock
from engine.delivery import claims, handing_over, outcomes, sender
from engine.delivery.ledger import Ledger
from engine.service.service import Service
from engine.settings import Settings

CONNECTIONS = 4


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Postman:
    """Tells a provider a key, and waits for the word that it was taken."""

    connections = CONNECTIONS

    def __init__(self, port: int, remembers: int) -> None:
        self._port = port
        self.remembers = remembers
        self.passed: Callable[[str], None] = lambda _: None

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:  # noqa: ARG002
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError as error:
            return not_taken(str(error))
        try:
            self.passed("reached")
            writer.write(f"{key}\n".encode())
            await writer.drain()
            self.passed("said")
            answer = await reader.readline()
            self.passed("answered")
        except OSError as error:
            return unknown(str(error))
        finally:
            writer.close()
        return delivered() if answer else unknown("no answer")

    async def close(self) -> None:
        """Nothing is held."""


class Trap:
    """Ends the process at a boundary."""

    def __init__(self, boundary: str, nth: int) -> None:
        self._boundary = boundary
        self._left = nth

    def passed(self, boundary: str) -> None:
        if boundary == self._boundary:
            self._left -= 1
            if not self._left:
                _die()

    def after(self, place: Any, name: str, boundary: str) -> None:
        done = getattr(place, name)

        def and_then(*arguments: Any, **named: Any) -> Any:
            result = done(*arguments, **named)
            self.passed(boundary)
            return result

        setattr(place, name, and_then)

    def before(self, place: Any, name: str, boundary: str) -> None:
        done = getattr(place, name)

        def first(*arguments: Any, **named: Any) -> Any:
            self.passed(boundary)
            return done(*arguments, **named)

        setattr(place, name, first)

    def set(self) -> None:
        self.after(claims, "claim", "claiming")
        self.before(handing_over.HandingOver, "give", "claimed")
        self.after(handing_over, "_prepared", "made")
        self.before(Ledger, "note", "noting")
        self.after(Ledger, "note", "noted")
        self.after(Ledger, "taken", "taken")
        self.after(outcomes, "record", "recording")
        self.before(sender.Sender, "_forget_recorded", "recorded")


BOUNDARIES = (
    *("claiming", "claimed", "made", "noting", "noted", "reached", "said", "answered", "taken"),
    *("recording", "recorded"),
)


def _live(data: Path, port: int, remembers: int, words: list[str], ready: int) -> None:
    postman = Postman(port, remembers)
    if words[0] in BOUNDARIES:
        trap = Trap(words[0], int(words[1]))
        trap.set()
        postman.passed = trap.passed
    service = Service(
        data, None, Settings(tick=0.05), SystemClock(0), transports={"email": postman}
    )
    service.start(background=False)
    os.write(ready, b"r")
    service.run_until_idle()
    service.stop()


def main() -> None:
    data, port, remembers = sys.argv[1:]
    for line in sys.stdin:
        words = line.split()
        read, write = os.pipe()
        life = os.fork()
        if not life:
            os.close(read)
            try:
                _live(Path(data), int(port), int(remembers), words, write)
            finally:
                os._exit(0)
        os.close(write)
        os.read(read, 1)
        if words[0] == "random":
            select.select([], [], [], float(words[1]))
            os.kill(life, signal.SIGKILL)
        os.close(read)
        os.waitpid(life, 0)
        print("ended", flush=True)  # noqa: T201 - the driver waits for this line


if __name__ == "__main__":
    main()
