"""A process that works beside the one that holds the database: more processors, more machines.

It takes shards of customers, applies what is pending or due for them, and commits (decision 47).
Events come in, messages go out, and calendars and segments are looked at where the database is
held; a node needs nothing but the database's address and a folder for what it unpacks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.clock import Clock, FollowingClock
from engine.core.deployment import Deployment
from engine.delivery.progress import Progress
from engine.errors import PlainError
from engine.learning.models import load
from engine.publishing import going_live
from engine.publishing.live import Live
from engine.runtime.batches import Batches, Done
from engine.runtime.worker import Worker
from engine.service import telling
from engine.service.meters import Meters
from engine.service.readiness import Readiness
from engine.service.ticks import Ticks
from engine.settings import Settings
from engine.store import generations
from engine.store.customers import find_customer
from engine.store.database import Database
from engine.store.errors import (
    NewerDatabaseError,
    StoreUnavailableError,
    UnusableDatabaseError,
)
from engine.store.generations import Generation
from engine.store.secrets import secret_of
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

HEARD_EVERY: Final = 10_000
"""Milliseconds after which the time is asked for again."""


class BehindError(PlainError):
    """What this process keeps in memory is older than what the database says."""


class PausedError(PlainError):
    """Nothing moves until somebody confirms; the text says why."""


class Node:
    """`start` joins the database; with `background` it looks for work by itself, else `work` does.

    `ended`, where there is one, is called from a thread of the node's where it cannot go on: with
    the error, a sentence for people.
    """

    def __init__(
        self,
        name: str,
        data_dir: Path,
        settings: Settings,
        clock: Clock | None = None,
        *,
        ended: Callable[[PlainError], None] | None = None,
    ) -> None:
        self.name = name
        self.meters = Meters()
        self._published = data_dir / "published"
        self.settings = settings
        following = FollowingClock()
        self._following = following if clock is None else None
        self.clock: Clock = clock or following
        self.database: Database = settings.database(data_dir)
        self._ended = ended
        self._ticks = Ticks()
        self._turn = threading.Lock()
        self._stopping = False
        self._generation: Generation | None = None
        self._heard_at = 0
        self._live: Live
        self._batches: Batches
        self.readiness = Readiness(self.database, data_dir, self.clock, Progress())

    def start(self, *, background: bool = True) -> None:
        """Raises StoreError or RefusedError with a sentence for people."""
        writer = self.database.open_to_join(self.name)
        writer.committed = self.meters.commit
        try:
            self._warm_up()
            writer.run(self._wake_up)
            writer.restore = self._follow
            worker = Worker(self._live, find_customer)
            worker.passed = self.meters.steps
            self._batches = Batches(writer, worker, self._nodes, self._told, self._look)
        except BaseException:
            self.database.close()
            raise
        if background:
            self._ticks.start({"tick": (self._tick, self.settings.tick)}, ("tick",))
            self.readiness.start()

    def stop(self) -> None:
        """Finish the batch that is under way; others take over the shards."""
        self._stopping = True
        self._ticks.stop()
        self.readiness.stop()
        with self._turn:
            self.database.close()

    def work(self) -> int:
        """Apply all that is pending or due, or what others leave of it; give how many batches."""
        with self._turn:
            while not self._stopping:
                try:
                    return self._batches.work(lambda: self._stopping)
                except PausedError:
                    return 0
                except BehindError:
                    self._warm_up()
                    self.database.writer.run(self._follow)
            return 0

    def catch_up(self, transaction: Transaction) -> None:
        """In a transaction that has the database for itself: know what it says."""
        now = generations.read(transaction)
        if self._generation is None or now[:2] != self._generation[:2]:
            self._follow(transaction)
        self._keep_time(transaction, now)

    def wake(self) -> None:
        """Look for work now instead of at the next tick."""
        self._ticks.now("tick")

    @property
    def paused(self) -> str:
        """Why nothing moves until a person confirms, "" where everything does."""
        return "" if self._generation is None else self._generation.paused

    @property
    def deployment(self) -> Deployment:
        """The published project. Read it anew each time: a publish replaces it."""
        return self._live.deployment

    def _tick(self) -> None:
        try:
            self.work()
        except (NewerDatabaseError, UnusableDatabaseError) as error:
            # An update, or an older version that was put back: nothing here heals that.
            if self._ended is None:
                raise
            self._stopping = True
            self._ended(error)

    def _nodes(self) -> int:
        return len(self.database.nodes())

    def _told(self, done: Done) -> None:
        self.readiness.tick()
        if not done.batch.idle:
            self.meters.batch(done.seconds, done.batch.events, done.batch.due)

    # --- what is kept in memory ------------------------------------------------------------

    def _wake_up(self, transaction: Transaction) -> None:
        secret = secret_of(transaction)
        self._live = Live(self.clock, Suppressions(bytes.fromhex(secret)))
        self._follow(transaction)

    def _warm_up(self) -> None:
        """Compile what is live: it takes seconds, in which nobody is to wait for us."""
        with self.database.reader() as reader:
            self.database.check_tables(reader)
            going_live.read_standing(reader, self._published, self.clock.now(), secret="")

    def _follow(self, transaction: Transaction) -> None:
        """Read what is live, held and learned, as the process that holds the database left it."""
        live = self._live
        self.database.check_tables(transaction)
        now = generations.read(transaction)
        self._hear(transaction, now)
        live.suppressions.forget()
        live.catalogue.forget()
        going_live.follow(transaction, live, self._published)
        model = load(transaction)
        if model is not None:
            live.learned.use(model)
        self._generation = now

    def _hear(self, transaction: Transaction, now: Generation) -> None:
        telling.hear(transaction, now.told, self._live, self._following)
        self._heard_at = self.clock.now()

    def _look(self, transaction: Transaction) -> None:
        """In each transaction: whether what is kept in memory still holds."""
        now, before = generations.read(transaction), self._generation
        if before is None or now[:2] != before[:2]:
            raise BehindError("the live flows are others by now")
        self._keep_time(transaction, now)
        if now.paused:
            raise PausedError(now.paused)

    def _keep_time(self, transaction: Transaction, now: Generation) -> None:
        if self._following is not None and not now.told:
            raise StoreUnavailableError("no `headrace run` holds this database yet")
        before, self._generation = self._generation, now
        late = not 0 <= self.clock.now() - self._heard_at < HEARD_EVERY
        if late or before is None or now.told != before.told:
            self._hear(transaction, now)
