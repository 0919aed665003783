"""What a service does in each round of its timetable: apply, send, fire, look, forget."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from engine.clock import Clock
from engine.core import calendar
from engine.core.model import DAY
from engine.delivery.alarms import EVERY_SECONDS, Alarms
from engine.delivery.copies import KEPT
from engine.delivery.sender import PATIENCE_SECONDS, Sender
from engine.publishing.live import Live
from engine.publishing.recovery import Recovering
from engine.reports.rolling import Rolling
from engine.runtime.batches import Batches, Done
from engine.runtime.judging import Judging
from engine.runtime.learning import Learning
from engine.runtime.product_changes import Spreading
from engine.runtime.schedules import Schedules
from engine.runtime.segments import Refreshing
from engine.runtime.worker import Worker
from engine.service import telling
from engine.service.installation import Installation
from engine.service.meters import Meters
from engine.service.readiness import Readiness
from engine.service.returning import Returning
from engine.service.ticks import Ticks
from engine.settings import Settings
from engine.shops.fetching import Fetching
from engine.store import firings, mail_copies, past_properties, short_links
from engine.store.database import Database

_REMEMBERED: Final = 800 * DAY
_LINKS_WORK: Final = 400 * DAY
"""So long it is known what the calendar fired and what customers were: no line looks further back
than two years, and no backtest either."""
FIGURE_SECONDS: Final = 60.0
"""How often figures are rolled up. Pages do not wait for it: they count what is not."""
MAILBOX_SECONDS: Final = 60.0
"""How often we look for what came back by mail."""
TELL_SECONDS: Final = 5.0
"""How often the time is told to those who work beside us, where it is to be told."""
_AT_ONCE: Final = ("telling", "schedules", "segments", "learning", "tick", "product feed")


@dataclass(slots=True, kw_only=True)
class Rounds:
    """The jobs of the timetable. While a database is paused, none of them moves anything."""

    clock: Clock
    settings: Settings
    database: Database
    live: Live
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
    returning: Returning
    alarms: Alarms
    ticks: Ticks
    readiness: Readiness
    meters: Meters
    # One hand on the wheel: a tick, or a demo clock that visits moments, never both. Looking
    # through all customers has a lock of its own: events are not to wait for it.
    moving: threading.Lock
    looking: threading.Lock
    _stopping: bool = False
    judging: Judging = field(init=False)
    figures: Rolling = field(init=False)
    _batches: Batches = field(init=False)

    def __post_init__(self) -> None:
        database = self.database
        self.judging = Judging(self.live, database.writer, self.settings.click_rule)
        self.figures = Rolling(database, self.clock, self.settings.credit_rule)
        self._batches = Batches(
            database.writer, self.worker, lambda: len(database.nodes()), self._told
        )

    def start(self) -> None:
        """Begin the timetable, and listen for what comes back.

        Raises:
            RefusedError: that port cannot be used.
        """
        settings = self.settings
        self.returning.start()
        jobs: dict[str, tuple[Callable[[], object], float]] = {
            "tick": (self.tick, settings.tick),
            "send": (self.send, settings.tick),
            "schedules": (self.fire, max(settings.tick, 5.0)),
            "shops": (self.fetching.round, settings.tick),
            "segments": (self.look, settings.segment_refresh * 60),
            "alarms": (self.alarms.round, EVERY_SECONDS),
            "learning": (self.learning.refresh_if_due, 60.0),
            "figures": (self.count, FIGURE_SECONDS),
            "housekeeping": (self.keep_house, 3600.0),
        }
        if self.database.dialect == "postgresql":
            jobs["telling"] = (self.tell, TELL_SECONDS)
        if settings.return_path is not None and settings.return_imap is not None:
            jobs["mailbox"] = (self.returning.look, MAILBOX_SECONDS)
        if settings.product_feed:
            jobs["product feed"] = (self.feed, settings.product_feed_minutes * 60)
        self.sender.call_when_back(lambda: self.ticks.now("send"))
        self.ticks.start(jobs, _AT_ONCE)

    @property
    def stopping(self) -> bool:
        """Whether the end has come: nothing more is begun."""
        return self._stopping

    def stop(self) -> None:
        """Begin no further piece of work, whatever is left: the next server finds it."""
        self._stopping = True
        self.returning.stop()
        for one in (
            *(self.spreading, self.schedules, self.segments, self.learning, self.fetching),
            self.figures,
        ):
            one.stop()

    def tick(self) -> int:
        """Apply all that is pending or due; give the number of batches."""
        if self.installation.paused:
            self.readiness.tick()
            return 0
        self.recovering.go_on()
        with self.moving:
            self.judging.round()
            batches = self.work() + self.spreading.tick()
        if batches:
            self.ticks.now("send")
        return batches

    def work(self) -> int:
        """Batch after batch until none is left or the server stops; the caller holds `moving`."""
        return self._batches.work(lambda: self._stopping)

    def _told(self, done: Done) -> None:
        self.readiness.tick()
        if not done.batch.idle:
            self.meters.batch(done.seconds, done.batch.events, done.batch.due)

    def send(self) -> None:
        """Hand over the messages that are due."""
        if self.installation.paused:
            return
        try:
            sent = self.sender.drain(PATIENCE_SECONDS)
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

    def tell(self) -> None:
        """Let those who work beside us know how late it is."""
        live = self.live
        self.database.writer.run(lambda tx: telling.tell(tx, live))

    def count(self) -> None:
        """Roll up what came of it."""
        if not self.installation.paused:
            self.figures.round()

    def keep_house(self) -> None:
        """Forget what is long past: firings, what customers were, links of texts, copies."""
        before = calendar.local(self.clock.now() - _REMEMBERED, "UTC").date()
        firings.forget_before(self.database, before)
        long_ago = self.clock.now() - _LINKS_WORK
        self.database.writer.run(lambda tx: short_links.forget_before(tx, long_ago))
        past_properties.forget_before(self.database, self.clock.now() - _REMEMBERED)
        before_that = self.clock.now() - KEPT
        self.database.writer.run(lambda tx: mail_copies.forget_before(tx, before_that))
        self.installation.renew()
