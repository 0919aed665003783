"""Everything of one data folder that runs: database, worker, schedules, sender."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.channels.transport import Transport
from engine.clock import Clock
from engine.model import Instant
from engine.settings import Settings
from engine.shop import Shop
from engine.store.database import Database


class Service:
    """The engine of one data folder.

    `start` takes the folder, brings its tables up to date, publishes the flows of `flows_dir`
    into an empty folder (and only there), and with `background=True` starts the ticks. With
    `background=False` nothing moves until `run_until_idle` is called: tests and the demo's clock.
    """

    database: Database
    clock: Clock
    settings: Settings
    shop: Shop

    def __init__(
        self,
        data_dir: Path,
        flows_dir: Path | None = None,
        settings: Settings | None = None,
        clock: Clock | None = None,
        *,
        transports: Mapping[str, Transport] | None = None,
    ) -> None:
        raise NotImplementedError

    def start(self, *, background: bool = True) -> None:
        """Raises StoreError or RuntimeRefusalError with a sentence for people."""
        raise NotImplementedError

    def stop(self) -> None:
        """Finish what is being written or sent, then let go of the folder."""
        raise NotImplementedError

    def wake(self) -> None:
        """Say that there is something new (events were stored); returns at once."""
        raise NotImplementedError

    def run_until_idle(self, to: Instant | None = None) -> None:
        """Apply and send all that is due, visiting each due moment in order up to `to`.

        With `to` the clock must be settable; it ends up at `to`. Ticks stand still meanwhile.
        """
        raise NotImplementedError
