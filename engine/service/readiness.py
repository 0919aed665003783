"""Whether a server can do its work now: it is tried every few seconds, not only hoped.

The database is read and written by two threads of their own, for a database that stands still
answers neither; what they found last is remembered, so that `/readyz` answers at once, whatever
hangs. Ages are measured by a clock that nobody sets.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.clock import Clock
from engine.delivery.progress import Progress
from engine.imports.recurring import fault_of
from engine.publishing import brakes, warming
from engine.store import settings_rows
from engine.store.database import Database
from engine.store.errors import WriterStoppedError
from engine.store.sessions import workers

EVERY: Final = 3.0
"""Seconds between two tries."""
LATE: Final = 10.0
"""Seconds after which what should have answered is told to be stuck."""
TICK_LATE: Final = 60.0
"""Seconds after which a worker that has not looked for work is told to be stuck."""
LEAST_SPACE: Final = 16 * 1024**2
"""Bytes of a disk that is as good as full."""

_SEEN: Final = "seen_at"


@dataclass(slots=True)
class Tried:
    """When something last went well (seconds of the steady clock), and what it said if not."""

    at: float
    fault: str = ""

    def well(self, now: float) -> None:
        self.at, self.fault = now, ""

    def problem(self, now: float, what: str) -> str:
        """A sentence, "" where there is nothing to say."""
        if self.fault:
            return f"{what}: {self.fault}"
        if now - self.at > LATE:
            return f"{what}: it has not answered for {now - self.at:.0f} seconds"
        return ""


class Readiness:
    """`start` begins to try; `problems` says what does not work, in sentences for people."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        clock: Clock,
        sending: Progress,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """`steady` gives seconds since any moment and is never set."""
        self._database = database
        self._folder = folder
        self._clock = clock
        self.sending = sending
        self._steady = steady
        self._end = threading.Event()
        self._threads: list[threading.Thread] = []
        self.read = Tried(steady())
        self.written = Tried(steady())
        self.nodes: list[str] = []
        """Who writes or works on the database, as sessions call themselves."""
        self._ticked: float | None = None
        self._feed = ""
        self._braked: list[str] = []
        self._full = ""
        self._send_fault = ""

    def start(self) -> None:
        """Begin; ends with `stop`."""
        for name, attempt in (("reads", self.look), ("writes", self.write)):
            thread = threading.Thread(
                target=self._again, args=(attempt,), name=f"headrace-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Try no more. An attempt that hangs is left behind."""
        self._end.set()
        for thread in self._threads:
            thread.join(timeout=1.0)

    def _again(self, attempt: Callable[[], None]) -> None:
        while True:
            attempt()
            if self._end.wait(EVERY):
                return

    def look(self) -> None:
        """Look at the disk, and read from the database once."""
        self._full = self._space()
        try:
            with self._database.reader() as reader:
                self._feed = fault_of(reader)
                warms = warming.words(reader, self._clock.now())
                self._braked = brakes.read(reader).words() + warms
            self.nodes = self._database.nodes()
        except Exception as error:  # noqa: BLE001 - whatever it is, the database does not answer
            self.read.fault = _told(error)
        else:
            self.read.well(self._steady())

    def write(self) -> None:
        """Store something once: the moment."""
        now = str(self._clock.now())
        try:
            self._database.writer.run(lambda tx: settings_rows.keep(tx, _SEEN, now))
        except WriterStoppedError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing can be stored
            self.written.fault = _told(error)
        else:
            self.written.well(self._steady())

    def sent(self, error: Exception | None = None) -> None:
        """A round of sending has come to its end, or to this error."""
        self._send_fault = "" if error is None else _told(error)

    def tick(self) -> None:
        """The worker has looked for work."""
        self._ticked = self._steady()

    @property
    def tick_age(self) -> float | None:
        """Seconds since the worker looked for work; None before the first time."""
        return None if self._ticked is None else self._steady() - self._ticked

    def problems(self) -> list[str]:
        """What does not work now. Answers at once."""
        now = self._steady()
        found = [
            self.read.problem(now, "the database cannot be read"),
            self.written.problem(now, "nothing can be stored"),
            self._full,
        ]
        if (age := self.tick_age) is not None and age > TICK_LATE:
            found.append(f"the worker has not looked for work for {age:.0f} seconds")
        found += self.sending.problems(LATE)
        if self._send_fault:
            found.append(f"nothing is being sent: {self._send_fault}")
        return [one for one in found if one]

    def notes(self) -> list[str]:
        """What somebody may want to know, though the server does its work."""
        found = [f"the product feed was not read: {self._feed}"] if self._feed else []
        found += self._braked
        found += self.sending.notes()
        if others := workers(self.nodes):
            said = "worker" if len(others) == 1 else "workers"
            found.append(f"{len(others)} {said} beside this one: {', '.join(others)}")
        return found

    def _space(self) -> str:
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            return f"the data folder {self._folder} is gone: {error.strerror}"
        return f"the disk of {self._folder} is full" if free < LEAST_SPACE else ""


def _told(error: Exception) -> str:
    said = str(error).strip().splitlines()
    return said[0] if said else type(error).__name__
