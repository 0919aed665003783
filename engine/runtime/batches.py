"""Batch after batch, alone or beside the processes that work on the same database."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from engine.runtime.worker import Batch, Pace, Worker
from engine.store import shards
from engine.store.errors import StoreUnavailableError
from engine.store.writer import Transaction, Writer

LOOK_SECONDS: Final = 1.0
"""How often it is asked who else works here."""

NOTHING: Final = Batch(0, 0, full=False)
Look = Callable[[Transaction], None]


class Done(NamedTuple):
    """A batch, how many seconds it took, and whether others waited for it."""

    batch: Batch
    seconds: float
    others_waited: bool


class Batches:
    """Takes what is due, piece by piece, until none is left. One thread at a time."""

    def __init__(
        self,
        writer: Writer,
        worker: Worker,
        nodes: Callable[[], int],
        told: Callable[[Done], None],
        first: Look | None = None,
    ) -> None:
        """`nodes` tells how many processes work here, this one included, at most once a second.

        `told` is told of each batch, the idle one at the end included. `first` looks, in each
        transaction beside others, whether what is kept in memory still holds; it raises if not.
        """
        self._writer = writer
        self._worker = worker
        self._nodes = nodes
        self._told = told
        self._first = first
        self._pace = Pace()
        self._known = 1
        self._asked = -math.inf

    def work(self, stopping: Callable[[], bool]) -> int:
        """Apply all that is pending or due, or what is left of it by others; how many batches."""
        batches = 0
        while not stopping():
            done = self._one()
            self._told(done)
            if done.batch.idle:
                break
            batches += 1
        return batches

    def _one(self) -> Done:
        size, started = self._pace.size, time.perf_counter()
        share = math.ceil(shards.SHARDS / self._others())
        together = share < shards.SHARDS or self._first is not None

        def work(transaction: Transaction) -> tuple[Batch, bool]:
            with transaction.few_of_many():
                return take(transaction)

        def take(transaction: Transaction) -> tuple[Batch, bool]:
            if not together:
                return self._worker.batch(transaction, size), False
            if self._first is not None:
                self._first(transaction)
            if not self._worker.anything(transaction):
                return NOTHING, False
            batch = NOTHING
            # What there is to do may lie in shards that are not of the first share.
            for _ in range(math.ceil(shards.SHARDS / share)):
                taken = shards.take(transaction, share)
                batch = self._worker.batch(transaction, size, taken)
                if not taken or not batch.idle:
                    break
            return batch, transaction.somebody_waits()

        try:
            batch, waited = self._writer.run(work, together=together)
        except StoreUnavailableError:
            # It may have been ended because it took too long.
            self._pace.lost()
            raise
        seconds = time.perf_counter() - started
        waited = waited or self._writer.waiting > 0
        if not batch.idle:
            self._pace.after(seconds, full=batch.full, others_waited=waited)
        return Done(batch, seconds, waited)

    def _others(self) -> int:
        now = time.monotonic()
        if now - self._asked >= LOOK_SECONDS:
            self._asked, self._known = now, max(1, self._nodes())
        return self._known
