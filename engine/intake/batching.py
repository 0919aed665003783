"""Requests that wait together are stored together.

Each request waits until what it brought is durable. While one transaction is being written, more
requests come in; they are handled by the next one as a single list, with one query per kind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypedDict

from engine.clock import Clock
from engine.core.bounces import SOFT_BOUNCES
from engine.core.values import Types
from engine.intake.incoming import Incoming, Taken
from engine.intake.ingest import take
from engine.logs import logger
from engine.store import pending
from engine.store.writer import Transaction, Writer

_log = logger(__name__)

MOST_AT_ONCE = 2_000
"""Calls in one piece of the writer's work, so that it gives the connection back soon."""


class _Rules(TypedDict):
    by_address: bool
    soft_bounces: int


class _Request:
    __slots__ = ("answer", "incoming", "loop")

    def __init__(self, incoming: Sequence[Incoming]) -> None:
        self.incoming = incoming
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[list[Taken]] = self.loop.create_future()

    def settle(self, outcome: list[Taken] | BaseException) -> None:
        if self.answer.done():  # the client went away
            return
        if isinstance(outcome, BaseException):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class Gathering:
    """Stores what requests bring. `types` gives the published project's, `waited_for` the events
    that its flows are told of (`Deployment.waited_for`); `stored` is called after each commit with
    which something waits for the worker.
    """

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        types: Callable[[], Types],
        stored: Callable[[], None] = lambda: None,
        *,
        by_address: bool = True,
        soft_bounces: int = SOFT_BOUNCES,
        first: Callable[[Transaction], None] = lambda _: None,
        waited_for: Callable[[], frozenset[str] | None] = lambda: None,
    ) -> None:
        """`first` is done in each transaction before anything is stored."""
        self._first = first
        self._rules: _Rules = {"by_address": by_address, "soft_bounces": soft_bounces}
        self._waited_for = waited_for
        self._writer = writer
        self._clock = clock
        self._types = types
        self._stored = stored
        self._lock = threading.Lock()
        self._waiting: list[_Request] = []
        self._scheduled = False

    async def put(self, incoming: Sequence[Incoming]) -> list[Taken]:
        """Store these; returns when they are durable, with what became of each.

        Raises StoreError when the database does not take them.
        """
        if not incoming:
            return []
        request = _Request(incoming)
        with self._lock:
            self._waiting.append(request)
            first = not self._scheduled
            self._scheduled = True
        if first:
            self._schedule()
        return await request.answer

    def _schedule(self) -> None:
        requests: list[_Request] = []
        outcomes: list[list[Taken] | BaseException] = []
        anything_waits = False

        def work(transaction: Transaction) -> None:
            nonlocal anything_waits
            with self._lock:
                count = size = 0
                for request in self._waiting:
                    if count and size + len(request.incoming) > MOST_AT_ONCE:
                        break
                    count += 1
                    size += len(request.incoming)
                requests.extend(self._waiting[:count])
                del self._waiting[:count]
                self._scheduled = again = bool(self._waiting)
            if again:
                self._schedule()
            outcomes.extend(self._store(transaction, requests))
            anything_waits = pending.any_there(transaction)

        def committed(piece: Future[None]) -> None:
            error = piece.exception()
            settled = outcomes if error is None else [error] * len(requests)
            _settle(requests, settled)
            if error is None and anything_waits:
                self._stored()

        try:
            piece = self._writer.submit(work)
        except Exception as error:  # noqa: BLE001 -- it is handed to everybody who waits
            with self._lock:
                requests.extend(self._waiting)
                self._waiting.clear()
                self._scheduled = False
            _settle(requests, [error] * len(requests))
        else:
            piece.add_done_callback(committed)

    def _store(
        self, transaction: Transaction, requests: Sequence[_Request]
    ) -> list[list[Taken] | BaseException]:
        self._first(transaction)
        types, waited_for, now = self._types(), self._waited_for(), self._clock.now()
        everything = [each for request in requests for each in request.incoming]

        def taken_of(incoming: Sequence[Incoming]) -> list[Taken]:
            return take(transaction, incoming, types, now, waited_for=waited_for, **self._rules)

        def all_at_once() -> list[list[Taken]]:
            taken = iter(taken_of(everything))
            return [[next(taken) for _ in request.incoming] for request in requests]

        found = transaction.attempt(all_at_once)
        if not isinstance(found, Exception):
            return list(found)
        # Somebody's call breaks us. Each request alone, so that only that one is refused.
        outcomes: list[list[Taken] | BaseException] = []
        for request in requests:
            outcome = transaction.attempt(
                lambda: taken_of(request.incoming)  # noqa: B023 - done now
            )
            if isinstance(outcome, Exception):  # its sender is told, the others live
                _log.error(
                    "a request could not be stored", calls=len(request.incoming), exc_info=outcome
                )
            outcomes.append(outcome)
        return outcomes


def _settle(requests: Sequence[_Request], outcomes: Sequence[list[Taken] | BaseException]) -> None:
    """Wake everybody who waits, with one call into their loop."""

    def tell(pairs: list[tuple[_Request, list[Taken] | BaseException]]) -> None:
        for request, outcome in pairs:
            request.settle(outcome)

    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Request, list[Taken] | BaseException]]]
    by_loop = {}
    for request, outcome in zip(requests, outcomes, strict=True):
        by_loop.setdefault(request.loop, []).append((request, outcome))
    for loop, pairs in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, pairs)
