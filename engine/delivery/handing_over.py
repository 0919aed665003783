"""Makes messages and hands them to the outside, many side by side, each at its own pace.

One event loop in one thread. A message is made by threads or processes of their own, waits for a
place of its channel, is noted in the ledger, and only then is spoken of to anybody. Each comes back
by itself: with an outcome, or untouched where nobody may have heard of it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from engine.channels.transport import (
    Envelope,
    Outcome,
    Transport,
    connections_of,
    refused,
    remembered_by,
    unknown,
)
from engine.delivery.composer import NoEnvelopeError
from engine.delivery.gate import Gate, StuckError
from engine.delivery.lanes import LaneKey, Wanted
from engine.delivery.ledger import Key, Ledger, UnusableLedgerError
from engine.delivery.making import Make, Making
from engine.logs import logger
from engine.messages.errors import MessageError

MAKING: Final = "making"
_GATHER_SECONDS: Final = 0.005
"""So long outcomes are waited for that can be recorded together with the first."""
_TOGETHER: Final = 32
_TRIES: Final = 3
"""So often it is asked for under one key where the other side knows it again."""

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One message to hand over. `name` is its idempotency key. `key`: what the ledger knows it by,
    None for what no ledger knows. `make` makes the envelope, in any thread; `item` is the caller's
    own. `again`: it may have gone out before, under the same name.
    """

    name: str
    wanted: Wanted
    make: Make
    key: Key | None
    item: Any
    again: bool = False


class Back(NamedTuple):
    """A job that came back. `outcome` None: nobody has heard of it, because `stuck` takes nobody
    in, because of `fault`, or because the end has come. `noted`: the ledger says otherwise.
    """

    job: Job
    outcome: Outcome | None
    stuck: LaneKey | None = None
    fault: Exception | None = None
    noted: bool = False


class HandingOver:
    """`give` jobs and `collect` what came back, from any thread; `stop` once."""

    def __init__(self, transports: Mapping[str, Transport], ledger: Ledger, making: Making) -> None:
        self._transports = transports
        self._making = making
        self._ledger = ledger
        self._notes = _Notes(ledger)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="headrace-sender", daemon=True
        )
        self.gates: dict[str, Gate] = {MAKING: Gate(making.places, 1)}
        for channel, transport in transports.items():
            places = connections_of(transport)
            self.gates[channel] = Gate(places, max(2, (places + 1) // 2))
        self._stopping = False
        self._out: set[asyncio.Task[None]] = set()
        self._back: deque[Back] = deque()
        self._given = 0  # and not collected yet
        self._bell = threading.Condition()
        self.came_back: Callable[[], object] | None = None
        """Told, in the loop's thread, that something is to be collected."""

    def start(self) -> None:
        self._thread.start()

    def begin_to_stop(self) -> None:
        """What no transport has heard of comes back untouched; returns at once."""
        self._stopping = True
        with self._bell:
            self._bell.notify_all()

    def stop(self, grace: float) -> None:
        """Let what is under way come back, for so many seconds; what does not is given up."""
        self.begin_to_stop()
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(grace), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
        self._making.close()
        self._notes.close()

    def give(self, jobs: Iterable[Job]) -> None:
        """Begin to hand them over; returns at once."""
        given = list(jobs)
        if given:
            with self._bell:
                self._given += len(given)
            self._loop.call_soon_threadsafe(self._begin, given)

    def collect(self) -> list[Back]:
        """What has come back since it was asked last."""
        found: list[Back] = []
        while self._back:
            found.append(self._back.popleft())
        if found:
            with self._bell:
                self._given -= len(found)
                self._bell.notify_all()
        return found

    def wait(self, seconds: float | None, most: int) -> bool:
        """Until there is something to collect or somebody else has collected the last (True), the
        time is up or the end has come. What follows at once is waited for, too, up to `most`.
        """
        with self._bell:
            self._bell.wait_for(lambda: self._back or not self._given or self._stopping, seconds)
            if self._back and not self._stopping:
                enough = min(most, _TOGETHER)
                self._bell.wait_for(
                    lambda: len(self._back) >= enough or self._stopping, _GATHER_SECONDS
                )
            return bool(self._back) or not self._given

    def _begin(self, jobs: list[Job]) -> None:
        for job in jobs:
            task = self._loop.create_task(self._one(job))
            self._out.add(task)
            task.add_done_callback(self._out.discard)

    async def _end(self, grace: float) -> None:
        if self._out:
            _, late = await asyncio.wait(self._out, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        closing = [
            asyncio.ensure_future(one.close())
            for one in {id(one): one for one in self._transports.values()}.values()
        ]
        if closing:
            _, slow = await asyncio.wait(closing, timeout=grace)
            for each in slow:
                each.cancel()

    async def _one(self, job: Job) -> None:
        try:
            back = await self._handed_over(job)
        except asyncio.CancelledError:
            back = Back(job, None)
        with self._bell:
            self._back.append(back)
            self._bell.notify_all()
        if self.came_back is not None:
            self.came_back()

    async def _handed_over(self, job: Job) -> Back:
        wanted = job.wanted
        transport = self._transports.get(wanted.channel)
        if transport is None:
            return Back(job, refused(f"there is no transport for {wanted.channel}"))
        try:
            async with self.gates[MAKING].passing(f"{wanted.channel} {wanted.template}"):
                envelope = None if self._stopping else await self._made(job, transport)
        except StuckError:
            return Back(job, None, LaneKey("template", wanted.channel, wanted.template))
        if envelope is None:
            return Back(job, None)
        if isinstance(envelope, Outcome):
            return Back(job, envelope)
        try:
            async with self.gates[wanted.channel].passing(wanted.lane) as one:
                if self._stopping:
                    return Back(job, None)
                back = await self._delivered(job, transport, envelope)
                outcome = back.outcome
                one.well = outcome is not None and outcome.kind in ("delivered", "refused")
                return back
        except StuckError as error:
            if error.lane is None:
                return Back(job, None, LaneKey("channel", wanted.channel))
            return Back(job, None, LaneKey("lane", wanted.channel, wanted.lane))

    async def _made(self, job: Job, transport: Transport) -> Envelope | Outcome:
        try:
            return await self._making.make(job.name, job.make, transport)
        except (MessageError, NoEnvelopeError) as error:
            return refused(f"the message could not be made: {error}")
        except ValueError as error:
            return refused(str(error))
        except Exception as error:  # noqa: BLE001 - its neighbours go on
            _log.error("a message could not be made", intent=job.name, error=type(error).__name__)
            return refused(f"the message could not be made: {type(error).__name__}: {error}")

    async def _delivered(self, job: Job, transport: Transport, envelope: Envelope) -> Back:
        """From here on somebody may hear of it."""
        if job.key is not None:
            try:
                await self._notes.note(job.key)
            except UnusableLedgerError as error:
                return Back(job, None, fault=error)
        if self._stopping and not job.again:
            return Back(job, None, noted=job.key is not None)
        may_have_left = job.again
        for number in range(_TRIES):
            try:
                if number:
                    await asyncio.sleep(number)
                outcome = await transport.deliver(job.name, envelope)
            except asyncio.CancelledError:
                # What was given up may have gone out all the same.
                return Back(job, unknown("the server stopped before the outcome was known"))
            except Exception as error:  # noqa: BLE001
                # A transport promises not to raise; where one does, nobody knows how far it came.
                _log.error("a transport raised", intent=job.name, error=type(error).__name__)
                outcome = unknown(f"{type(error).__name__}: {error}")
            if outcome.kind == "not_taken" and may_have_left:
                outcome = unknown(outcome.reason)
            if outcome.kind != "unknown" or not remembered_by(transport):
                break
            may_have_left = True
        if outcome.kind == "delivered" and job.key is not None:
            self._ledger.taken(job.key)
        return Back(job, outcome)


class _Notes:
    """Writes into the ledger what is about to go out; what waits together is flushed together."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[tuple[Key, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "headrace-ledger")

    async def note(self, key: Key) -> None:
        """It is on the disk when this returns. A cancellation waits until then, too.

        Raises:
            UnusableLedgerError: it is not.
        """
        loop = asyncio.get_running_loop()
        noted: asyncio.Future[None] = loop.create_future()
        self._waiting.append((key, noted))
        if self._writing is None:
            self._writing = loop.create_task(self._write())
        while not noted.done():
            try:
                await asyncio.shield(noted)
            except asyncio.CancelledError:
                if noted.cancelled():
                    raise
        noted.result()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            keys = [key for key, _ in waiting]
            try:
                await loop.run_in_executor(self._thread, self._ledger.note, keys)
            except UnusableLedgerError as error:
                for _, noted in waiting:
                    noted.set_exception(error)
            else:
                for _, noted in waiting:
                    noted.set_result(None)
        self._writing = None

    def close(self) -> None:
        self._thread.shutdown()
