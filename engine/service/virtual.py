"""Time that is turned instead of waited for: tests, and the demo's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.clock import Clock, SettableClock
from engine.core.model import Instant
from engine.delivery.sender import Sender
from engine.publishing.live import Live
from engine.publishing.recovery import Recovering
from engine.runtime.judging import Judging
from engine.runtime.learning import Learning
from engine.runtime.outlook import Outlook
from engine.runtime.product_changes import Spreading
from engine.runtime.schedules import Schedules
from engine.runtime.segments import Refreshing
from engine.shops.fetching import Fetching
from engine.store import run_figures, shop_deliveries
from engine.store.writer import Transaction, Writer


@dataclass(slots=True)
class VirtualTime:
    """The parts of a service that move, driven from one due moment to the next.

    Whoever drives holds the locks that keep ticks away meanwhile.
    """

    clock: Clock
    live: Live
    writer: Writer
    work: Callable[[], int]
    stopping: Callable[[], bool]
    recovering: Recovering
    judging: Judging
    segments: Refreshing
    spreading: Spreading
    schedules: Schedules
    fetching: Fetching
    learning: Learning
    sender: Sender

    def run_until_idle(self, to: Instant | None) -> None:
        """Apply and send all that is due, visiting each due moment in order up to `to`."""
        self.learning.refresh_if_due()
        self._settle(self.segments.refresh_if_due)
        if to is None:
            return
        clock = self.clock
        if not isinstance(clock, SettableClock):
            raise TypeError("only a clock that can be set can be moved forward")
        outlook = Outlook(self.live, self.segments.interval, to)
        while not self.stopping():
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

    def stand_still(self, to: Instant | None) -> None:
        """Turn the clock to `to`, and move nothing."""
        if to is not None and isinstance(self.clock, SettableClock):
            self.clock.turn(max(to, self.clock.now()))

    def _settle(self, look: Callable[[], int] | None = None) -> None:
        """Until nothing is left to do at this moment. `look` looks at segments, after events."""
        self.recovering.go_on()
        self.segments.settle()
        while True:
            moved = self.judging.round() + self.work() + self.spreading.tick()
            if look is not None:
                moved += look()
                look = None
            moved += self.schedules.tick()
            moved += self.fetching.round()
            moved += self.sender.drain()
            if not moved or self.stopping():
                return

    def _next_moment(self, transaction: Transaction) -> Instant | None:
        moments = run_figures.moments(transaction, self.clock.now())
        others = (
            self.schedules.next_moment(transaction),
            self.judging.next_moment(transaction),
            self.spreading.next_moment(transaction),
            shop_deliveries.next_due(transaction),
            self.sender.next_moment(),
        )
        moments += [other for other in others if other is not None]
        return min(moments, default=None)
