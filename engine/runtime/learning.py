"""Learning while the shop runs: in its own thread, out of a reader, swapped in when it is done.

A young shop learns as it grows: whenever a tenth more has happened, at most once a minute. Besides,
whenever `HEADRACE_LEARN_EVERY` has passed and anything is new. What was learned is stored, so that
a restart has it at once.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from engine.core.model import MINUTE, Instant
from engine.learning.models import (
    InterruptedLearning,
    Model,
    learn,
    load,
    newest_change,
    newest_event,
    save,
)
from engine.logs import logger
from engine.publishing.live import Live
from engine.store.database import Database
from engine.store.errors import StoreError

_log = logger(__name__)

GROWTH: Final = 0.1
PAUSE: Final[Instant] = MINUTE
AT_ONCE: Final = 20_000
"""So many events are learned before a fresh start goes on; more in the background."""


class Learning:
    """Trains, stores and swaps. Any one thread at a time."""

    def __init__(self, live: Live, database: Database, every: Instant) -> None:
        self._live = live
        self._database = database
        self._every = every
        self._stopping = threading.Event()
        self._turn = threading.Lock()

    def stop(self) -> None:
        """Let a training that is under way end without a result."""
        self._stopping.set()

    def wake_up(self) -> None:
        """Use what was learned before; in a small shop that never learned, learn now."""
        with self._database.reader() as reader:
            model = load(reader)
            small = newest_event(reader) <= AT_ONCE
        if model is not None:
            self._live.learned.use(model)
        elif small:
            self.learn()

    def refresh_if_due(self) -> bool:
        """Learn anew if enough is new."""
        if not self._is_due():
            return False
        self.learn(gently=True)
        return True

    def learn(self, *, gently: bool = False) -> Model | None:
        """Learn now from everything; None where the service is stopping.

        `gently` takes at most half of the time, so that others get their turn.
        """
        with self._turn:
            began = time.perf_counter()

            def rest() -> bool:
                nonlocal began
                spent = time.perf_counter() - began if gently else 0.0
                stopping = self._stopping.wait(spent) if spent else self._stopping.is_set()
                began = time.perf_counter()
                return not stopping

            # No context: pages are read one by one, without holding one moment of the database.
            reader = self._database.reader()
            try:
                model = learn(reader, self._live.clock.now(), self._live.deployment.zone, rest=rest)
            except InterruptedLearning:
                return None
            finally:
                reader.close()
            self._database.writer.run(lambda tx: save(tx, model))
            self._live.learned.use(model)
            return model

    def _is_due(self) -> bool:
        model = self._live.learned.model
        if model is None:
            return True
        since = self._live.clock.now() - model.trained_at
        if 0 <= since < PAUSE:
            return False
        try:
            with self._database.reader() as reader:
                new = newest_event(reader) - model.newest
                changed = newest_change(reader) != model.changes
        except StoreError as error:
            _log.warning("what is new could not be read", error=str(error))
            return False
        grown = new > GROWTH * max(model.tastes.events, 1)
        return grown or ((new > 0 or changed) and since >= self._every)
