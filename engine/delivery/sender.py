"""The sender: claims intents in small groups, commits, and only then speaks to the outside."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from engine.channels.transport import Outcome, Transport, not_taken, refused, unknown
from engine.delivery import claims, confirmations
from engine.delivery.claims import Claimed, Result
from engine.delivery.composer import Composer, NoEnvelopeError
from engine.delivery.ledger import Ledger
from engine.delivery.progress import Progress
from engine.logs import logger
from engine.messages.errors import MessageError
from engine.publishing.live import Live
from engine.store import gone_before, settings_rows
from engine.store.errors import StoreUnavailableError
from engine.store.writer import Transaction, Writer

T = TypeVar("T")

_log = logger(__name__)

# How long an end waits for a mail server to answer, and then for a database that is away, in
# seconds: less than what supervisors grant.
GRACE = 2.0


class Sender:
    """Delivers what the ledger holds ready. `round` and `drain` may be called from any thread.

    One event loop in one thread keeps the connections; deliveries of a group go out side by
    side, as many as the transport has connections. `progress` says whether they come back; `told`,
    where there is one, is told the channel and the outcome of each.
    """

    def __init__(
        self,
        live: Live,
        writer: Writer,
        transports: Mapping[str, Transport],
        composer: Composer,
        ledger: Ledger,
    ) -> None:
        self._live = live
        self._writer = writer
        self._transports = transports
        self.composer = composer
        self._ledger = ledger
        self._turn = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="headrace-sender", daemon=True
        )
        self.progress = Progress()
        self.told: Callable[[str, str], None] | None = None
        self._stopping = False
        self._out: set[asyncio.Task[Outcome]] = set()
        # What the database could not take when it was away.
        self._unrecorded: list[Result] = []
        self._claims_lost = False

    def start(self) -> None:
        self._thread.start()

    def begin_to_stop(self) -> None:
        """Begin no delivery any more; returns at once."""
        self._stopping = True

    def stop(self) -> None:
        """Let the group that is out come back, for a moment only, then close the connections."""
        self._stopping = True
        if self._turn.acquire(timeout=GRACE):
            self._turn.release()
        else:
            self._loop.call_soon_threadsafe(self._give_up)
        with self._turn:
            self._settle()
            if self._thread.is_alive():
                self._await(self._close())
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
                self._loop.close()

    def _settle(self) -> None:
        """Tell a database that was away what only this process knows; it may just be coming back.

        What it is not told is `unknown` to the next process.
        """
        end = time.monotonic() + GRACE
        while True:
            try:
                self._catch_up()
            except StoreUnavailableError as error:
                if time.monotonic() < end:
                    threading.Event().wait(0.1)
                    continue
                _log.error(
                    "the outcome of deliveries could not be stored",
                    deliveries=len(self._unrecorded),
                    error=str(error),
                )
            return

    def _give_up(self) -> None:
        for delivery in self._out:
            delivery.cancel()

    async def _close(self) -> None:
        transports = {id(one): one for one in self._transports.values()}.values()
        closing = [asyncio.ensure_future(one.close()) for one in transports]
        if closing:
            _, slow = await asyncio.wait(closing, timeout=GRACE)
            for one in slow:
                one.cancel()

    def drain(self) -> int:
        """Send until nothing is ready; give the number of deliveries attempted."""
        attempted = 0
        while not self._stopping:
            count, decided = self.round()
            attempted += count
            if not decided:
                break
        return attempted if self._stopping else attempted + self._confirm()

    def _confirm(self) -> int:
        """Mail the questions of double opt-ins; give how many."""
        transport = self._transports.get("email")
        if transport is None:
            return 0
        with self._turn:
            asked = self._writer.run(
                lambda tx: confirmations.claim(tx, self._live, self.composer.links)
            )
            for request, envelope in asked:
                outcome = self._await(transport.deliver(f"confirmation:{request.proof}", envelope))
                if outcome.kind == "not_taken":
                    self._ask_again(request)
                elif outcome.kind != "delivered":
                    _log.warning("a confirmation mail failed", reason=outcome.reason)
        return len(asked)

    def _ask_again(self, request: confirmations.Asked) -> None:
        now = self._live.clock.now()
        self._writer.run(lambda tx: confirmations.try_again(tx, request, now))

    def round(self) -> tuple[int, bool]:
        """One group: claim, deliver, record. Gives how many were tried, and whether any moved."""
        with self._turn:
            self._catch_up()
            self._claims_lost = True  # until it is known what was claimed
            claimed, decided = self._writer.run(self._claim)
            if claimed:
                # Should this fail nothing has gone out, and the claims are taken back.
                self._ledger.note(each.key for each in claimed)
            self._claims_lost = False
            if claimed:
                self.progress.begin()
                try:
                    self._unrecorded = self._await(self._deliver(claimed))
                finally:
                    self.progress.end()
                self._count(self._unrecorded)
                self._record()
            return len(claimed), decided

    def _count(self, results: list[Result]) -> None:
        if self.told is not None:
            for each in results:
                channel = "call" if each.claimed.call else each.claimed.intent.channel
                self.told(channel, each.outcome.kind)

    def _claim(self, transaction: Transaction) -> tuple[list[Claimed], bool]:
        claimed, decided = claims.claim(transaction, self._live)
        if claimed:
            position = str(self._ledger.position)
            settings_rows.keep(transaction, gone_before.POSITION, position)
        return claimed, decided

    def _record(self) -> None:
        results = self._unrecorded
        # Before the database is told: what it calls ready again is not to look gone.
        self._ledger.take_back(
            each.claimed.key for each in results if each.outcome.kind in ("not_taken", "refused")
        )
        self._writer.run(lambda tx: claims.record(tx, self._live, results))
        self._unrecorded = []

    def _catch_up(self) -> None:
        """Record what went out while the database was away, and give back what never went out."""
        if self._unrecorded:
            self._record()
        if self._claims_lost:
            self._writer.run(claims.take_back)
            self._claims_lost = False

    async def _deliver(self, claimed: list[Claimed]) -> list[Result]:
        tasks = [asyncio.ensure_future(self._one(each)) for each in claimed]
        for task in tasks:
            task.add_done_callback(lambda _: self.progress.begin())  # one of them has come back
        self._out = set(tasks)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        self._out = set()
        return [
            # What was given up may have gone out all the same.
            Result(each, unknown("the server stopped before the outcome was known"))
            if isinstance(outcome, BaseException)
            else Result(each, outcome)
            for each, outcome in zip(claimed, outcomes, strict=True)
        ]

    async def _one(self, claimed: Claimed) -> Outcome:
        try:
            envelope = self._envelope(claimed)
        except (MessageError, NoEnvelopeError) as error:
            return refused(f"the message could not be made: {error}")
        except Exception as error:  # noqa: BLE001 - its neighbours go on
            _log.error(
                "a message could not be made", intent=claimed.name, error=type(error).__name__
            )
            return refused(f"the message could not be made: {type(error).__name__}: {error}")
        if self._stopping:
            return not_taken("Headrace stopped before it was this message's turn.")
        channel = "call" if claimed.call else envelope.channel
        transport = self._transports.get(channel)
        if transport is None:
            return refused(f"there is no transport for {channel}")
        try:
            return await transport.deliver(claimed.name, envelope)
        except Exception as error:  # noqa: BLE001
            # A transport promises not to raise; where one does, nobody knows how far it came.
            _log.error("a transport raised", intent=claimed.name, error=type(error).__name__)
            return unknown(f"{type(error).__name__}: {error}")

    def _envelope(self, claimed: Claimed) -> Any:
        now = self._live.clock.now()
        intent = claimed.intent
        if claimed.call:
            return self.composer.call(intent, claimed.facts, now)
        folder = self._live.folders.get((intent.flow, intent.version), Path("flows"))
        return self.composer.envelope(intent, claimed.facts, folder / "messages", now)

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
