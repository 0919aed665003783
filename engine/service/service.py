"""Everything of one data folder that runs: database, worker, schedules, sender."""

from __future__ import annotations

import secrets
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from engine.channels.transport import Transport
from engine.clock import Clock, SettableClock, SystemClock
from engine.core import calendar
from engine.core.deployment import Deployment
from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.delivery import claims
from engine.delivery.composer import Composer
from engine.delivery.sender import Sender
from engine.errors import NothingPublishedError, RefusedError
from engine.imports.target import LocalTarget
from engine.learning.models import Model
from engine.logs import logger
from engine.messages.links import LinkMaker
from engine.publishing import pausing as holding
from engine.publishing import publish as publishing
from engine.publishing.live import Live
from engine.publishing.recovery import Recovering, move_on
from engine.runtime import manual as starting
from engine.runtime.learning import Learning
from engine.runtime.outlook import Outlook
from engine.runtime.product_changes import Spreading
from engine.runtime.schedules import Schedules
from engine.runtime.segments import Refreshing
from engine.runtime.worker import Pace, Worker
from engine.service.installation import Installation
from engine.settings import Settings, read_settings
from engine.shops.fetching import Fetching, next_due
from engine.store import firings, run_figures
from engine.store.customers import find_customer
from engine.store.database import SERVER
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction, Writer

_log = logger(__name__)

_REMEMBERED: Final = 800 * DAY
"""So long it is known what the calendar fired: no line looks further back than two years."""


class Service:
    """The engine of one data folder.

    `start` takes the folder, which must hold a database where there is no `flows_dir`, brings its
    tables up to date, publishes those flows into an empty folder (and only there), and with
    `background=True` starts the ticks. With `background=False` nothing moves until `run_until_idle`
    is called: tests and the demo's clock.
    """

    def __init__(
        self,
        data_dir: Path,
        flows_dir: Path | None = None,
        settings: Settings | None = None,
        clock: Clock | None = None,
        *,
        transports: Mapping[str, Transport] | None = None,
    ) -> None:
        """Raises SettingsError where `settings` come from the environment and make no sense."""
        self.data_dir = data_dir
        self.flows_dir = flows_dir
        self.settings = settings or read_settings()
        self.clock: Clock = clock or SystemClock(self.settings.clock_offset)
        self.database = self.settings.database(data_dir)
        self.installation = Installation(self.database)
        self.token = secrets.token_urlsafe(24)
        self.live: Live
        self.links: LinkMaker
        self.sender: Sender
        self.schedules: Schedules
        self.segments: Refreshing
        self.fetching: Fetching
        self.learning: Learning
        self._worker: Worker
        self._transports = dict(transports) if transports is not None else None
        self._pace = Pace()
        self._scheduler: Any = None
        # One hand on the wheel: a tick, or a demo clock that visits moments, never both. Looking
        # through all customers has a lock of its own: events are not to wait for it.
        self._moving = threading.Lock()
        self._looking = threading.Lock()
        # One publish at a time, and none while a flow is being paused or stopped.
        self._publishing = threading.Lock()
        self._last_tick: Instant = 0
        self._first_publish: publishing.Published | None = None
        self._quiet = False

    # --- life -----------------------------------------------------------------------------

    def start(self, *, background: bool = True) -> None:
        """Raises StoreError or RuntimeRefusalError with a sentence for people."""
        writer = self.database.open_to_write(make=self.flows_dir is not None)
        try:
            self._assemble(writer)
        except BaseException:
            self.database.close()
            raise
        self.sender.start()
        if not self.paused:
            self.segments.settle()
        self.learning.wake_up()
        if background:
            self._start_ticks()

    def start_quietly(self) -> None:
        """Start with nothing moving, for one command."""
        self.start(background=False)
        self._quiet = True

    def take_first_publish(self) -> publishing.Published | None:
        """What a quiet start published into an empty folder: told once, None where nothing was.

        A server that runs on has published it to serve it, which answers nobody's question.
        """
        first = self._first_publish if self._quiet else None
        self._first_publish = None
        return first

    def stop(self) -> None:
        """Finish what is being written or sent, then let go of the folder."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        self.sender.stop()
        self.segments.stop()
        self.learning.stop()
        with self._looking, self._moving:
            (self.data_dir / SERVER).unlink(missing_ok=True)
            self.database.close()

    def _assemble(self, writer: Writer) -> None:
        published = self.data_dir / "published"
        if writer.run(publishing.is_empty):
            if self.flows_dir is None:
                raise NothingPublishedError(
                    f"{self.data_dir} is new, so it needs a folder of flows to publish (--flows)"
                )
            first = publishing.prepare(self.flows_dir, published)
            self._first_publish = writer.run(
                lambda tx: publishing.publish(
                    tx, None, first, self.clock.now(), author="first start"
                )
            )
        if why := self.installation.arrive():
            _log.warning("paused until somebody confirms", why=why)
        self.live = writer.run(self._wake_up)
        self._recovering = Recovering(self.live, writer, published, self._publishing)
        self._recovering.go_on()
        secret = writer.run(publishing.secret_of)
        base = self.settings.public_url or "http://127.0.0.1:8400"
        self.links = LinkMaker(base.rstrip("/"), bytes.fromhex(secret))
        if self._transports is None:
            self._transports = default_transports(self.settings)
        self._worker = Worker(self.live, find_customer)
        self.spreading = Spreading(self.live, writer, self._worker)
        self.schedules = Schedules(self.live, self.database, self._worker)
        interval = round(self.settings.segment_refresh * MINUTE)
        self.segments = Refreshing(self.live, self.database, self._worker, interval)
        self.learning = Learning(self.live, self.database, round(self.settings.learn_every * HOUR))
        live = self.live
        self.fetching = Fetching(
            self.clock, lambda: live.deployment.types, writer, self.settings, self.wake
        )
        composer = Composer(self.live, self.links, self.settings.store_url or base)
        self.sender = Sender(self.live, writer, self._transports, composer)

    def _wake_up(self, transaction: Transaction) -> Live:
        secret = publishing.secret_of(transaction)
        live = Live(self.clock, Suppressions(bytes.fromhex(secret)))
        live.max_lateness = round(self.settings.max_lateness * HOUR)
        publishing.go_live(transaction, live, self.data_dir / "published")
        interrupted = claims.settle_interrupted(transaction, self.clock.now())
        if interrupted:
            _log.warning("sends without a known outcome", count=interrupted)
        return live

    # --- what others use ------------------------------------------------------------------

    @property
    def writer(self) -> Writer:
        return self.database.writer

    @property
    def deployment(self) -> Deployment:
        """The published project. Read it anew each time: a publish replaces it."""
        return self.live.deployment

    @property
    def holds(self) -> Mapping[str, str]:
        """The flows that somebody paused or stopped: "paused" or "stopped" by name."""
        return self.live.holds

    @property
    def paused(self) -> str:
        """Why nothing moves until a person confirms, "" where everything does."""
        return self.installation.paused

    @property
    def suppressions(self) -> Suppressions:
        """The addresses that get nothing any more."""
        return self.live.suppressions

    def learn(self) -> Model | None:
        """Learn now from everything that is stored; None where the service is stopping."""
        return self.learning.learn()

    def import_target(self) -> LocalTarget:
        """Where an import is stored, with the types that are published."""
        return LocalTarget(self.writer, self.clock, lambda: self.deployment.types)

    def read_feed(self) -> bool:
        """Read the recurring feed of products once; True when something was written."""
        from engine.imports.recurring import read_feed

        rejected = self.data_dir / "product-feed.rejected.csv"
        return read_feed(self.import_target(), self.writer, self.clock, self.settings, rejected)

    def confirm(self, who: str) -> bool:
        """Let a restored or copied database run here; False where it does already."""
        with self._publishing:
            confirmed = self.installation.confirm(who, self.clock.now())
        if confirmed:
            with self._looking:
                self.segments.settle()
            self.wake()
        return confirmed

    @property
    def last_tick(self) -> Instant:
        """When the worker last looked for work, 0 before the first time."""
        return self._last_tick

    def set_public_url(self, url: str) -> None:
        """Where links in messages lead, once the server knows its address."""
        self.links = LinkMaker(url.rstrip("/"), self.links.secret)
        self.sender.composer = Composer(self.live, self.links, self.settings.store_url or url)

    def announce(self, address: str) -> None:
        """Tell command-line verbs where this server answers, and with which token."""
        # Written aside and renamed, so that nobody reads half of it.
        aside = self.data_dir / f"{SERVER}.new"
        aside.unlink(missing_ok=True)
        aside.touch(mode=0o600)
        aside.write_bytes(orjson.dumps({"address": address, "token": self.token}))
        aside.replace(self.data_dir / SERVER)

    def plan(self, folder: Path, *, in_flight: publishing.InFlight = "follow") -> publishing.Plan:
        """What publishing `folder` would do. Changes nothing.

        Raises:
            RuntimeRefusalError: it could not be published.
        """
        published = self.data_dir / "published"
        prepared = publishing.prepare(folder, published)
        now, live = self.clock.now(), self.live
        with self.database.reader() as reader:
            return publishing.plan(
                reader,
                prepared,
                published,
                now,
                in_flight=in_flight,
                max_lateness=live.max_lateness,
            )

    def publish(
        self,
        folder: Path,
        *,
        in_flight: publishing.InFlight = "follow",
        author: str = "",
        expected: str | None = None,
    ) -> publishing.Published:
        """Publish `folder` and run it from now on, its segments included.

        With `expected` (the hash of a plan) only what that plan said is done.

        Raises:
            RuntimeRefusalError: it was not published; nothing has changed.
        """
        published = self.data_dir / "published"
        with self._publishing:
            prepared = publishing.prepare(folder, published)

            def work(transaction: Transaction) -> publishing.Published:
                done = publishing.publish(
                    transaction,
                    self.live,
                    prepared,
                    self.clock.now(),
                    in_flight=in_flight,
                    author=author,
                    expected=expected,
                )
                publishing.go_live(transaction, self.live, published)
                return done

            done = self.writer.run(work)
            done.moved.extend(move_on(self.writer, self.live))
        with self._looking:
            self.segments.settle()
        self.wake()
        return done

    def hold(self, flow: str, act: holding.Act, who: str) -> holding.Held:
        """Pause, resume or stop a flow.

        Raises:
            RuntimeRefusalError: there is no such flow, or it cannot be done.
        """
        with self._publishing:
            held = holding.hold(self.writer, self.live, flow, act, who)
        self.wake()
        return held

    def by_hand(self, told: starting.Request) -> starting.Byhand:
        """Start or stop a flow for one customer.

        Raises:
            RuntimeRefusalError: there is no such flow or customer, or nobody enters it by hand.
        """
        if self.paused:
            raise RefusedError(f"nothing moves until somebody confirms: {self.paused}")
        done = self.writer.run(
            lambda tx: starting.do(tx, self.live, self._worker, told, self.clock.now())
        )
        self.wake()
        return done

    def wake(self) -> None:
        """Say that there is something new (events were stored); returns at once."""
        scheduler = self._scheduler
        if scheduler is not None:
            _run_now(scheduler, "tick")

    # --- work -----------------------------------------------------------------------------

    def _start_ticks(self) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        # APScheduler holds these few jobs and no customer's timer: those are rows.
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(6)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        jobs: dict[str, tuple[Callable[[], object], float]] = {
            "tick": (self.tick, self.settings.tick),
            "send": (self._send, self.settings.tick),
            "schedules": (self._fire, max(self.settings.tick, 5.0)),
            "shops": (self.fetching.round, self.settings.tick),
            "segments": (self._look, self.settings.segment_refresh * 60),
            "learning": (self.learning.refresh_if_due, 60.0),
            "housekeeping": (self._keep_house, 3600.0),
        }
        if self.settings.product_feed:
            jobs["product feed"] = (self._read_feed, self.settings.product_feed_minutes * 60)
        for name, (job, seconds) in jobs.items():
            scheduler.add_job(_unbroken(name, job), "interval", seconds=seconds, id=name)
        self._scheduler = scheduler
        scheduler.start()
        _run_now(scheduler, "schedules")
        _run_now(scheduler, "segments")
        _run_now(scheduler, "learning")
        _run_now(scheduler, "tick")
        _run_now(scheduler, "product feed")

    def tick(self) -> int:
        """Apply all that is pending or due; give the number of batches."""
        if self.paused:
            self._last_tick = self.clock.now()
            return 0
        self._recovering.go_on()
        with self._moving:
            batches = self._work() + self.spreading.tick()
        scheduler = self._scheduler
        if batches and scheduler is not None:
            _run_now(scheduler, "send")
        return batches

    def _work(self) -> int:
        batches = 0
        writer, pace = self.writer, self._pace
        while True:
            size = pace.size
            started = time.perf_counter()
            batch = writer.run(lambda tx: self._worker.batch(tx, size))  # noqa: B023 - run waits
            self._last_tick = self.clock.now()
            if batch.idle:
                return batches
            batches += 1
            pace.after(
                time.perf_counter() - started, full=batch.full, others_waited=writer.waiting > 0
            )

    def _send(self) -> None:
        if not self.paused and self.sender.drain():
            self.wake()

    def _fire(self) -> None:
        if self.paused:
            return
        with self._looking:
            fired = self.schedules.tick()
        if fired:
            self.wake()

    def _look(self) -> None:
        if self.paused:
            return
        with self._looking:
            moved = self.segments.refresh_within_share()
        if moved:
            self.wake()

    def _read_feed(self) -> None:
        if self.read_feed():
            self.wake()

    def _keep_house(self) -> None:
        """Forget what nobody needs any more: dates of firings long past."""
        before = calendar.local(self.clock.now() - _REMEMBERED, "UTC").date()
        firings.forget_before(self.database, before)
        self.installation.renew()

    def run_until_idle(self, to: Instant | None = None) -> None:
        """Apply and send all that is due, visiting each due moment in order up to `to`.

        With `to` the clock must be settable; it ends up at `to`. Ticks stand still meanwhile.
        """
        if self.paused:
            if to is not None and isinstance(self.clock, SettableClock):
                self.clock.turn(max(to, self.clock.now()))
            return
        with self._looking, self._moving:
            self.learning.refresh_if_due()
            self._settle(self.segments.refresh_if_due)
            if to is None:
                return
            clock = self.clock
            if not isinstance(clock, SettableClock):
                raise TypeError("only a clock that can be set can be moved forward")
            outlook = Outlook(self.live, self.segments.interval, to)
            while True:
                at = self.writer.run(self._next_moment)
                look = self.writer.run(outlook.next_moment)
                at = look if at is None else at if look is None else min(at, look)
                if at is None or at > to:
                    break
                clock.turn(max(at, clock.now()))
                if at == look:
                    segments = outlook.look(at)
                    self._settle(lambda: self.segments.look(segments))  # noqa: B023 - called now
                else:
                    self._settle()
            clock.turn(max(to, clock.now()))
            self._settle(self.segments.refresh_if_due)

    def _settle(self, look: Callable[[], int] | None = None) -> None:
        """Until nothing is left to do at this moment. `look` looks at segments, after events."""
        self._recovering.go_on()
        self.segments.settle()
        while True:
            moved = self._work() + self.spreading.tick()
            if look is not None:
                moved += look()
                look = None
            moved += self.schedules.tick()
            moved += self.fetching.round()
            moved += self.sender.drain()
            if not moved:
                return

    def _next_moment(self, transaction: Transaction) -> Instant | None:
        now = self.clock.now()
        moments = run_figures.moments(transaction, now)
        others = (self.schedules.next_moment(transaction), next_due(transaction))
        moments += [other for other in others if other is not None]
        return min(moments, default=None)


def default_transports(settings: Settings) -> dict[str, Transport]:
    """What `headrace run` delivers with."""
    from engine.channels.absent import Absent
    from engine.channels.smtp import Smtp
    from engine.channels.webhook import Webhook

    return {
        "email": Smtp(settings.smtp_url, connections=settings.smtp_connections),
        "call": Webhook(),
        **{channel: Absent(channel) for channel in ("sms", "push", "whatsapp")},
    }


def _unbroken(name: str, job: Callable[[], object]) -> Callable[[], None]:
    """A job whose error is logged and that runs again at its next time."""

    def run() -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001 - a job that ends would never run again
            places = "".join(traceback.format_tb(error.__traceback__))
            _log.error("a job failed, it runs again", job=name, error=str(error), places=places)

    return run


def _run_now(scheduler: Any, name: str) -> None:
    from datetime import UTC, datetime

    from apscheduler.jobstores.base import JobLookupError

    try:
        # The machine's own now, without the offset: the scheduler counts every run that was missed
        # since the moment that it is given, one by one.
        now = SystemClock(0).now() / 1000
        scheduler.modify_job(name, next_run_time=datetime.fromtimestamp(now, UTC))
    except (JobLookupError, KeyError):
        return
