"""A shop whose every moment is visited: what happens at a minute is worked on at that minute."""

from __future__ import annotations

from pathlib import Path

from engine.channels.transport import Envelope, Outcome, delivered
from engine.core.model import HOUR, MINUTE, Instant
from engine.service.service import Service
from engine.settings import Settings
from tests.simulation.shop import START, Post, Simulation


class Reliable(Post):
    """A post that delivers everything."""

    def _outcome(self, _envelope: Envelope) -> Outcome | None:
        return delivered(f"id-{len(self.sent)}")


class Exact(Simulation):
    """A life in which nothing waits for a server that works every so often only, and nothing is
    learned on the way: what was known at a moment of the past is known later.
    """

    def __init__(self, folder: Path, people: int, database_url: str | None = None) -> None:
        super().__init__(
            folder,
            seed=2,
            people=people,
            settings=Settings(database_url=database_url, segment_refresh=180),
            render=False,
            edits={},
        )
        self.post = Reliable(2, lambda: self.service)
        self.service.stop()
        self.service = self.watch.service = self._open()

    def _open(self) -> Service:
        service = super()._open()
        service.learning.stop()
        return service

    def spend(self, days: int) -> None:
        """So many days."""
        self._tell([(START, one) for one in self.world.opening()])
        self.service.run_until_idle()
        for hour in range(days * 24):
            began = START + hour * HOUR
            if hour % 24 == 0:
                self.world.day(began)
            self._spend_hour(began)

    def _spend_hour(self, began: Instant) -> None:
        for at in range(began + MINUTE, began + HOUR + 1, MINUTE):
            happening = self.world.until(at)
            if happening or at == began + HOUR:
                self.service.run_until_idle(at)
                self._tell(happening)
                self.service.run_until_idle()
                self._answers()
