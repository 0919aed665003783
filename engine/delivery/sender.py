"""The sender: claims what can be on its way, commits, and only then speaks to the outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from engine.channels.transport import Envelope, Transport
from engine.core.model import Instant
from engine.delivery import claims, confirmations, outcomes
from engine.delivery.claims import Claimed
from engine.delivery.composer import Composer
from engine.delivery.confirmations import Asked
from engine.delivery.handing_over import Back, HandingOver, Job
from engine.delivery.lanes import Held, LaneKey, Lanes, Wanted
from engine.delivery.ledger import Ledger, Position
from engine.delivery.making import Making, Threads
from engine.delivery.outcomes import Result, Untouched
from engine.delivery.progress import Progress
from engine.logs import logger
from engine.publishing.live import Live
from engine.store import gone_before, settings_rows
from engine.store.errors import StoreUnavailableError
from engine.store.intents import Key
from engine.store.writer import Transaction, Writer

_log = logger(__name__)

# How long an end waits for a mail server to answer, and then for a database that is away, in
# seconds: less than what supervisors grant.
GRACE = 2.0
PATIENCE_SECONDS: Final = 0.2
"""So long a running server waits for an outcome before it looks for its other work."""


class Sender:
    """Delivers what the ledger holds ready. `drain` may be called from any thread.

    Each transaction records what has come back and claims what there is room for. `progress` says
    whether deliveries come back; `told`, where there is one, is told the channel and the outcome
    of each; `came_back` that something is to be recorded.
    """

    def __init__(
        self,
        live: Live,
        writer: Writer,
        transports: Mapping[str, Transport],
        composer: Composer,
        ledger: Ledger,
        making: Making | None = None,
    ) -> None:
        self._live = live
        self._writer = writer
        self.composer = composer
        self._ledger = ledger
        self._turn = threading.Lock()
        self._lanes = Lanes(transports)
        self._outside = HandingOver(transports, ledger, making or Threads())
        self.progress = Progress(self._outside.gates, self._resting, live.clock.now)
        self.told: Callable[[str, str], None] | None = None
        self._stopping = False
        # What is on its way: where the ledger stood when it was claimed, and by name what it wants.
        self._out: dict[Key, int] = {}
        self._wanted: dict[str, Wanted] = {}
        # What the database could not take when it was away.
        self._unrecorded: list[Result] = []
        self._untouched: list[Untouched] = []
        self._ask_again: list[Asked] = []
        self._claims_lost = False
        self._resumed: frozenset[Key] = frozenset()

    def start(self, again: Collection[Key] = ()) -> None:
        """`again`: what a process before may have delivered, and can be asked for once more."""
        self._resumed = frozenset(again)
        self._outside.start()

    def call_when_back(self, told: Callable[[], object]) -> None:
        """Let `told` know, in any thread, that `drain` has something to record."""
        self._outside.came_back = told

    def begin_to_stop(self) -> None:
        """Begin no delivery any more; returns at once."""
        self._stopping = True
        self._outside.begin_to_stop()

    def stop(self) -> None:
        """Let what is out come back, for a moment only, then close the connections."""
        self.begin_to_stop()
        self._outside.stop(GRACE)
        with self._turn:
            self._settle()

    def _settle(self) -> None:
        """Tell a database that was away what only this process knows; it may just be coming back.

        What it is not told is `unknown` to the next process.
        """
        end = time.monotonic() + GRACE
        self._sort(self._outside.collect())
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

    def drain(self, patience: float | None = None) -> int:
        """Send until nothing is ready and all has come back; give how many were attempted.

        With `patience` not all: it returns where nothing has come back for so many seconds.

        Raises:
            UnusableLedgerError: the ledger cannot be written, so nothing goes out.
        """
        attempted = 0
        while not self._stopping:
            with self._turn:
                count, moved = self._round()
            attempted += count
            if moved:
                continue
            if not self._wanted or not self._outside.wait(patience, len(self._wanted)):
                break
        return attempted

    def next_moment(self) -> Instant | None:
        """When a channel that is left alone is tried again."""
        return self._lanes.next_moment(self._live.clock.now())

    def _resting(self) -> Mapping[LaneKey, Held]:
        return self._lanes.resting(self._live.clock.now())

    # --- one round -------------------------------------------------------------------------

    def _round(self) -> tuple[int, bool]:
        """Record what came back and claim more. Gives how many were claimed, and whether anything
        was recorded, claimed, skipped or held.
        """
        back = self._outside.collect()
        fault = self._sort(back)
        if self._resumed:
            return self._resume(), True
        if self._claims_lost:
            self._catch_up()
            return 0, True
        if self._wanted and not self._lanes.low:
            self._catch_up()
            return 0, bool(back)
        self._take_back_noted()
        self._claims_lost = True  # until it is known what was claimed
        claimed, decided, asked = self._writer.run(self._work)
        self._claims_lost = False
        self._forget_recorded()
        self._hand_over(claimed)
        self._ask(asked)
        if fault is not None:
            raise fault
        more = bool(back) or len(claimed) >= claims.GROUP or (decided and not claimed)
        return len(claimed) + len(asked), more

    def _work(
        self, transaction: Transaction
    ) -> tuple[list[Claimed], bool, list[tuple[Asked, Envelope]]]:
        self._record(transaction)
        if self._stopping:
            return [], False, []
        claimed, decided = self._claim(transaction)
        asked = [] if decided else self._questions(transaction)
        return claimed, decided, asked

    def _claim(self, transaction: Transaction) -> tuple[list[Claimed], bool]:
        claimed, decided = claims.claim(transaction, self._live, self._lanes)
        if claimed:
            self._keep_position(transaction)
        return claimed, decided

    def _keep_position(self, transaction: Transaction) -> None:
        """Where to look in the ledger for what is on its way."""
        position = self._ledger.position
        first = min(self._out.values(), default=position.size)
        settings_rows.keep(transaction, gone_before.POSITION, str(Position(position.ledger, first)))

    def _resume(self) -> int:
        keys = self._resumed
        claimed = self._writer.run(lambda tx: claims.again(tx, self._live, self._lanes, keys))
        self._resumed = frozenset()
        self._hand_over(claimed)
        return len(claimed)

    def _hand_over(self, claimed: list[Claimed]) -> None:
        at = self._ledger.position.size
        jobs = []
        for each in claimed:
            self._out[Key(*each.key)] = at
            self._wanted[each.name] = each.wanted
            make = partial(self._envelope, each)
            jobs.append(Job(each.name, each.wanted, make, each.key, each, again=each.again))
        self._outside.give(jobs)

    def _envelope(self, claimed: Claimed) -> Envelope:
        now = self._live.clock.now()
        intent = claimed.intent
        if claimed.call:
            return self.composer.call(intent, claimed.facts, now)
        folder = self._live.folders.get((intent.flow, intent.version), Path("flows"))
        return self.composer.envelope(intent, claimed.facts, folder / "messages", now)

    # --- what came back --------------------------------------------------------------------

    def _sort(self, back: list[Back]) -> Exception | None:
        """Put aside what is to be recorded of each; give why the ledger cannot be written."""
        fault: Exception | None = None
        now = self._live.clock.now()
        for one in back:
            fault = one.fault or fault
            self._lanes.end(self._wanted.pop(one.job.name))
            if isinstance(one.job.item, Asked):
                self._answered(one, one.job.item)
                continue
            claimed: Claimed = one.job.item
            self._out.pop(Key(*claimed.key), None)
            if one.outcome is None:
                self._untouched.append(Untouched(claimed, one.noted))
                if one.stuck is not None:
                    self._lanes.is_silent(one.stuck, now)
                continue
            self._unrecorded.append(Result(claimed, one.outcome))
            self._note_pace(one, now)
            if self.told is not None:
                self.told(one.job.wanted.channel, one.outcome.kind)
        return fault

    def _note_pace(self, back: Back, now: Instant) -> None:
        outcome, wanted = back.outcome, back.job.wanted
        if outcome is None or outcome.kind == "unknown":
            return
        if not outcome.rests:
            self._lanes.went_well(wanted)
            return
        key = LaneKey("channel", wanted.channel)
        if outcome.rests == "lane":
            key = LaneKey("lane", wanted.channel, wanted.lane)
        self._lanes.rest(key, now, outcome.reason, outcome.wait)

    def _record(self, transaction: Transaction) -> None:
        outcomes.record(transaction, self._live, self._unrecorded)
        outcomes.give_back(transaction, self._live, self._untouched)
        now = self._live.clock.now()
        for asked in self._ask_again:
            confirmations.try_again(transaction, asked, now)

    def _forget_recorded(self) -> None:
        self._unrecorded = []
        self._untouched = []
        self._ask_again = []

    def _take_back_noted(self) -> None:
        # Before the database is told: what it calls ready again is not to look gone.
        not_gone = [
            each.claimed.key
            for each in self._unrecorded
            if each.outcome.kind in ("not_taken", "refused")
        ]
        not_gone += [each.claimed.key for each in self._untouched if each.noted]
        self._ledger.take_back(not_gone)

    def _catch_up(self) -> None:
        """Record what came back, and give back what was claimed without anybody knowing."""
        if self._unrecorded or self._untouched or self._ask_again:
            self._take_back_noted()
            self._writer.run(self._record)
            self._forget_recorded()
        if self._claims_lost:
            known = {*self._out}
            self._writer.run(lambda tx: outcomes.take_back(tx, known))
            self._lanes.recount(self._wanted.values())
            self._claims_lost = False

    # --- questions of double opt-ins -------------------------------------------------------

    def _questions(self, transaction: Transaction) -> list[tuple[Asked, Envelope]]:
        closed, links = self._lanes.closed(self._live.clock.now()), self.composer.links
        return [
            each
            for channel in confirmations.CHANNELS
            if channel in self._outside.gates and channel not in closed
            for each in confirmations.claim(transaction, self._live, links, channel)
        ]

    def _ask(self, asked: list[tuple[Asked, Envelope]]) -> None:
        jobs = []
        for request, envelope in asked:
            lane = self._lanes.lane(envelope.channel, envelope.to)
            wanted = Wanted(-request.proof, envelope.channel, lane, envelope.message)
            self._lanes.begin(wanted)
            name = f"confirmation:{request.proof}"
            self._wanted[name] = wanted
            jobs.append(Job(name, wanted, lambda made=envelope: made, None, request))  # type: ignore[misc]
        self._outside.give(jobs)

    def _answered(self, back: Back, request: Asked) -> None:
        outcome = back.outcome
        if outcome is None or outcome.kind == "not_taken":
            self._ask_again.append(request)
        elif outcome.kind != "delivered":
            _log.warning("a confirmation failed", reason=outcome.reason)
