"""Everything of one data folder that runs: database, worker, schedules, sender."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from pathlib import Path

from engine.channels.transport import Transport
from engine.clock import Clock, SteadyClock
from engine.core.deployment import Deployment
from engine.core.model import HOUR, MINUTE, Instant
from engine.delivery import outcomes
from engine.delivery.alarms import Alarms
from engine.delivery.composer import Composer
from engine.delivery.sender import Sender
from engine.delivery.shortening import Shortening
from engine.errors import NothingPublishedError, RefusedError
from engine.imports.target import LocalTarget
from engine.learning.models import Model
from engine.logs import keep_above, logger
from engine.messages.links import LinkMaker
from engine.publishing import pausing as holding
from engine.publishing import publish as publishing
from engine.publishing.live import Live
from engine.publishing.recovery import Recovering, move_on
from engine.runtime import manual as starting
from engine.runtime.learning import Learning
from engine.runtime.product_changes import Spreading
from engine.runtime.schedules import Schedules
from engine.runtime.segments import Refreshing
from engine.runtime.worker import Worker
from engine.service.client import announce
from engine.service.house import house_of, transports_of
from engine.service.installation import Installation
from engine.service.meters import Meters
from engine.service.readiness import Readiness
from engine.service.returning import Returning
from engine.service.rounds import Rounds
from engine.service.ticks import Ticks
from engine.service.virtual import VirtualTime
from engine.settings import Settings, read_settings
from engine.shops.fetching import Fetching
from engine.store import gone_before
from engine.store.customers import find_customer
from engine.store.database import SERVER
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction, Writer

_log = logger(__name__)


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
        paused: bool = False,
    ) -> None:
        """`paused` moves nothing until somebody confirms.

        Raises SettingsError where `settings` come from the environment and make no sense.
        """
        self.data_dir = data_dir
        self._published = data_dir / "published"
        self.flows_dir = flows_dir
        self.settings = settings or read_settings()
        keep_above(self.settings.log_level)
        self.clock: Clock = clock or SteadyClock(self.settings.clock_offset)
        self.database = self.settings.database(data_dir)
        self.installation = Installation(self.database, self.settings.ledger)
        self.token = secrets.token_urlsafe(24)
        self.live: Live
        self.links: LinkMaker
        self.sender: Sender
        self.schedules: Schedules
        self.segments: Refreshing
        self.fetching: Fetching
        self.learning: Learning
        self.spreading: Spreading
        self._worker: Worker
        self._recovering: Recovering
        self.rounds: Rounds
        self._virtual: VirtualTime
        self._transports = dict(transports) if transports is not None else None
        self.readiness: Readiness
        self.meters, self._ticks = Meters(), Ticks()
        self._moving, self._looking = threading.Lock(), threading.Lock()
        self._publishing = threading.Lock()
        """One publish at a time, and none while a flow is being paused or stopped."""
        self._first_publish: publishing.Published | None = None
        self._quiet, self._start_paused = False, paused
        self._expected: str | None = None

    def start(self, *, background: bool = True) -> None:
        """Raises StoreError or RefusedError with a sentence for people."""
        writer = self.database.open_to_write(make=self.flows_dir is not None)
        try:
            self._assemble(writer)
        except BaseException:
            self.database.close()
            raise
        self.sender.start(self._again)
        if not self.paused:
            self.segments.settle()
        self.learning.wake_up()
        if background:
            self.rounds.start()
            self.readiness.start()

    def start_quietly(self, expected: str | None = None) -> None:
        """Start with nothing moving, for one command. With `expected` (the hash of a plan) an
        empty folder gets only what that plan said.
        """
        self._expected = expected
        self.start(background=False)
        self._quiet = True

    def take_first_publish(self) -> publishing.Published | None:
        """What a quiet start published into an empty folder: told once, None where nothing was.

        A server that runs on has published it to serve it, which answers nobody's question.
        """
        first, self._first_publish = self._first_publish, None
        return first if self._quiet else None

    def begin_to_stop(self) -> None:
        """Say that the end has come, and return at once: nothing more is begun. `stop` follows."""
        self.rounds.stop()
        self.sender.begin_to_stop()

    def stop(self) -> None:
        """Finish what is being written or sent, then let go of the folder."""
        self.begin_to_stop()
        self._ticks.stop()
        self.readiness.stop()
        self.sender.stop()
        with self._looking, self._moving:
            (self.data_dir / SERVER).unlink(missing_ok=True)
            self.database.close()
            self.installation.leave()

    def _assemble(self, writer: Writer) -> None:
        if writer.run(publishing.is_empty):
            if self.flows_dir is None:
                raise NothingPublishedError(
                    f"{self.data_dir} is new, so it needs a folder of flows to publish (--flows)"
                )
            first = publishing.prepare(self.flows_dir, self._published)
            self._first_publish = writer.run(
                lambda tx: publishing.publish(
                    tx, None, first, self.clock.now(), author="first start", expected=self._expected
                )
            )
        if why := self.installation.arrive(paused=self._start_paused):
            _log.warning("paused until somebody confirms", why=why)
        self.live = writer.run(self._wake_up)
        self._recovering = Recovering(self.live, writer, self._published, self._publishing)
        self._recovering.go_on()
        base = self.settings.public_url or "http://127.0.0.1:8400"
        self.links = LinkMaker(base.rstrip("/"), bytes.fromhex(writer.run(publishing.secret_of)))
        self.house = house_of(self.live, writer, self.links.base_url)
        transports = transports_of(self._transports, self.settings, self.house)
        self.live.providers = frozenset(transports) - {"call"}
        now, noted = self.clock.now(), self.installation.noted
        self._again = writer.run(lambda tx: outcomes.settle_interrupted(tx, now, noted, transports))
        self._worker = Worker(self.live, find_customer)
        self._worker.passed = self.meters.steps
        self.spreading = Spreading(self.live, writer, self._worker)
        self.schedules = Schedules(self.live, self.database, self._worker)
        interval = round(self.settings.segment_refresh * MINUTE)
        self.segments = Refreshing(self.live, self.database, self._worker, interval)
        self.learning = Learning(self.live, self.database, round(self.settings.learn_every * HOUR))
        self.fetching = Fetching(
            self.clock, lambda: self.deployment.types, writer, self.settings, self.wake
        )
        ledger, composer = self.installation.ledger, self._composer(base)
        self.sender = Sender(self.live, writer, transports, composer, ledger)
        self.sender.told, writer.committed = self.meters.delivery, self.meters.commit
        self.readiness = Readiness(self.database, self.data_dir, self.clock, self.sender.progress)
        self.rounds = Rounds(
            clock=self.clock,
            settings=self.settings,
            database=self.database,
            live=self.live,
            installation=self.installation,
            worker=self._worker,
            recovering=self._recovering,
            spreading=self.spreading,
            schedules=self.schedules,
            segments=self.segments,
            learning=self.learning,
            fetching=self.fetching,
            sender=self.sender,
            read_feed=self.read_feed,
            alarms=Alarms(self.settings, self.live, self.database),
            returning=Returning(self.settings, self.live, self.links.secret, writer, self.wake),
            ticks=self._ticks,
            readiness=self.readiness,
            meters=self.meters,
            moving=self._moving,
            looking=self._looking,
        )
        self._virtual = VirtualTime(
            clock=self.clock,
            live=self.live,
            writer=writer,
            work=self.rounds.work,
            stopping=lambda: self.rounds.stopping,
            recovering=self._recovering,
            judging=self.rounds.judging,
            segments=self.segments,
            spreading=self.spreading,
            schedules=self.schedules,
            fetching=self.fetching,
            learning=self.learning,
            sender=self.sender,
        )

    def _wake_up(self, transaction: Transaction) -> Live:
        secret = publishing.secret_of(transaction)
        live = Live(self.clock, Suppressions(bytes.fromhex(secret)))
        live.max_lateness = round(self.settings.max_lateness * HOUR)
        live.soft_bounces = self.settings.soft_bounces
        live.gone_before = gone_before.all_of(transaction)
        publishing.go_live(transaction, live, self._published)
        return live

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

    def set_public_url(self, url: str) -> None:
        """Where links in messages lead, once the server knows its address."""
        self.links = LinkMaker(url.rstrip("/"), self.links.secret)
        self.sender.composer = self._composer(url)

    def _composer(self, base: str) -> Composer:
        home, writer = self.settings.store_url or "", self.database.writer
        short, source = Shortening(self.links, home, writer), self.settings.utm_source
        return Composer(self.live, self.links, home or base, source, short, writer)

    def announce(self, address: str) -> None:
        """Tell command-line verbs where this server answers, and with which token."""
        announce(self.data_dir, address, self.token)

    def plan(self, folder: Path, *, in_flight: publishing.InFlight = "follow") -> publishing.Plan:
        """What publishing `folder` would do. Changes nothing.

        Raises:
            RefusedError: it could not be published.
        """
        prepared = publishing.prepare(folder, self._published)
        now, live = self.clock.now(), self.live
        with self.database.reader() as reader:
            return publishing.plan(
                reader,
                prepared,
                self._published,
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
        message: str = "",
    ) -> publishing.Published:
        """Publish `folder` and run it from now on, with its segments. `message` is kept with it.
        With `expected` (the hash of a plan) only what that plan said is done.

        Raises:
            RefusedError: it was not published; nothing has changed.
        """
        with self._publishing:
            prepared = publishing.prepare(folder, self._published)

            def work(transaction: Transaction) -> publishing.Published:
                done = publishing.publish(
                    transaction, self.live, prepared, self.clock.now(),
                    in_flight=in_flight, author=author, expected=expected, message=message,
                )  # fmt: skip
                publishing.go_live(transaction, self.live, self._published)
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
            RefusedError: there is no such flow, or it cannot be done.
        """
        with self._publishing:
            held = holding.hold(self.writer, self.live, flow, act, who)
        self.wake()
        return held

    def by_hand(self, told: starting.Request) -> starting.Byhand:
        """Start or stop a flow for one customer.

        Raises:
            RefusedError: there is no such flow or customer, or nobody enters it by hand.
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
        self._ticks.now("tick")

    # --- work -----------------------------------------------------------------------------

    def tick(self) -> int:
        """Apply all that is pending or due; give the number of batches."""
        return self.rounds.tick()

    def run_until_idle(self, to: Instant | None = None) -> None:
        """Apply and send all that is due, visiting each due moment in order up to `to`.

        With `to` the clock must be settable; it ends up at `to`. Ticks stand still meanwhile.
        """
        if self.paused:
            self._virtual.stand_still(to)
            return
        with self._looking, self._moving:
            self._virtual.run_until_idle(to)
