"""What a service does in each round of its timetable: apply, send, fire, look, forget."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from engine.clock import Clock
from engine.core import calendar
from engine.core.model import DAY
from engine.delivery.sender import Sender
from engine.publishing.recovery import Recovering
from engine.runtime.learning import Learning
from engine.runtime.product_changes import Spreading
from engine.runtime.schedules import Schedules
from engine.runtime.segments import Refreshing
from engine.runtime.worker import Pace, Worker
from engine.service.installation import Installation
from engine.service.meters import Meters
from engine.service.readiness import Readiness
from engine.service.ticks import Ticks
from engine.settings import Settings
from engine.shops.fetching import Fetching
from engine.store import firings
from engine.store.database import Database

_REMEMBERED: Final = 800 * DAY
"""So long it is known what the calendar fired: no line looks further back than two years."""
_AT_ONCE: Final = ("schedules", "segments", "learning", "tick", "product feed")


@dataclass(slots=True, kw_only=True)
class Rounds:
    """The jobs of the timetable. While a database is paused, none of them moves anything."""

    clock: Clock
    settings: Settings
    database: Database
    installation: Installation
    worker: Worker
    recovering: Recovering
    spreading: Spreading
    schedules: Schedules
    segments: Refreshing
    learning: Learning
    fetching: Fetching
    sender: Sender
    read_feed: Callable[[], bool]
    ticks: Ticks
    readiness: Readiness
    meters: Meters
    # One hand on the wheel: a tick, or a demo clock that visits moments, never both. Looking
    # through all customers has a lock of its own: events are not to wait for it.
    moving: threading.Lock
    looking: threading.Lock
    _stopping: bool = False
    _pace: Pace = field(default_factory=Pace)

    def start(self) -> None:
        """Begin the timetable."""
        settings = self.settings
        jobs: dict[str, tuple[Callable[[], object], float]] = {
            "tick": (self.tick, settings.tick),
            "send": (self.send, settings.tick),
            "schedules": (self.fire, max(settings.tick, 5.0)),
            "shops": (self.fetching.round, settings.tick),
            "segments": (self.look, settings.segment_refresh * 60),
            "learning": (self.learning.refresh_if_due, 60.0),
            "housekeeping": (self.keep_house, 3600.0),
        }
        if settings.product_feed:
            jobs["product feed"] = (self.feed, settings.product_feed_minutes * 60)
        self.ticks.start(jobs, _AT_ONCE)

    @property
    def stopping(self) -> bool:
        """Whether the end has come: nothing more is begun."""
        return self._stopping

    def stop(self) -> None:
        """Begin no further piece of work, whatever is left: the next server finds it."""
        self._stopping = True
        for one in (self.spreading, self.schedules, self.segments, self.learning, self.fetching):
            one.stop()

    def tick(self) -> int:
        """Apply all that is pending or due; give the number of batches."""
        if self.installation.paused:
            self.readiness.tick()
            return 0
        self.recovering.go_on()
        with self.moving:
            batches = self.work() + self.spreading.tick()
        if batches:
            self.ticks.now("send")
        return batches

    def work(self) -> int:
        """Batch after batch until none is left or the server stops; the caller holds `moving`."""
        batches = 0
        writer, pace = self.database.writer, self._pace
        while not self._stopping:
            size = pace.size
            started = time.perf_counter()
            batch = writer.run(lambda tx: self.worker.batch(tx, size))  # noqa: B023 - run waits
            self.readiness.tick()
            if batch.idle:
                return batches
            batches += 1
            spent = time.perf_counter() - started
            self.meters.batch(spent, batch.events, batch.due)
            pace.after(spent, full=batch.full, others_waited=writer.waiting > 0)
        return batches

    def send(self) -> None:
        """Hand over the messages that are due."""
        if self.installation.paused:
            return
        try:
            sent = self.sender.drain()
        except Exception as error:
            self.readiness.sent(error)
            raise
        self.readiness.sent()
        if sent:
            self.ticks.now("tick")

    def fire(self) -> None:
        """Let in whom the calendar says."""
        self._looking(self.schedules.tick)

    def look(self) -> None:
        """Look who joined and left the segments."""
        self._looking(self.segments.refresh_within_share)

    def _looking(self, work: Callable[[], int]) -> None:
        if self.installation.paused:
            return
        with self.looking:
            moved = work()
        if moved:
            self.ticks.now("tick")

    def feed(self) -> None:
        """Read the recurring feed of products."""
        if self.read_feed():
            self.ticks.now("tick")

    def keep_house(self) -> None:
        """Forget what nobody needs any more: dates of firings long past."""
        before = calendar.local(self.clock.now() - _REMEMBERED, "UTC").date()
        firings.forget_before(self.database, before)
        self.installation.renew()
