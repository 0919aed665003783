"""A data folder that no server owns, opened for one operation, with as much as that needs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.clock import SystemClock
from engine.core.model import HOUR
from engine.learning.models import Model, learn, save
from engine.publishing import publish as publishing
from engine.reports.recommendations import moment, store_zone
from engine.service.installation import Installation
from engine.settings import Settings, read_settings
from engine.store.database import Database
from engine.store.errors import NoDatabaseError
from engine.store.rows import NoRows, Rows
from engine.store.suppression import Suppressions
from engine.store.writer import Writer

if TYPE_CHECKING:
    from engine.service.operations import Needs


@contextmanager
def opened(
    data: Path, needs: Needs, flows: Path | None = None, expected: str | None = None
) -> Iterator[object]:
    """What an operation's work takes as its first argument, closed again at the end.

    `flows` is what a new data folder begins with, where `expected` (the hash of a plan) says no
    otherwise; without `flows` a folder must hold a database.

    Raises:
        PlainError: it cannot be opened.
    """
    if needs == "files":
        yield Files(data, read_settings())
    elif needs == "database":
        yield from _database(data)
    else:
        from engine.service.service import Service

        service = Service(data, flows)
        service.start_quietly(expected)
        try:
            yield service
        finally:
            service.stop()


def _database(data: Path) -> Iterator[object]:
    settings = read_settings()
    database = settings.database(data)
    database.open_to_write(make=False)
    try:
        yield OpenDatabase(data, settings, database)
    finally:
        database.close()


class Files:
    """A data folder in which nothing is written; it need not hold a database."""

    def __init__(self, data: Path, settings: Settings) -> None:
        self._data = data
        self._settings = settings

    def plan(self, folder: Path, *, in_flight: publishing.InFlight = "follow") -> publishing.Plan:
        """What publishing `folder` would do.

        Raises:
            RefusedError: it could not be published.
        """
        now = SystemClock(self._settings.clock_offset).now()
        lateness = round(self._settings.max_lateness * HOUR)
        with tempfile.TemporaryDirectory(prefix="headrace-plan-") as made:
            published = Path(made)
            prepared = publishing.prepare(folder, published)

            def plan(rows: Rows) -> publishing.Plan:
                return publishing.plan(
                    rows, prepared, published, now, in_flight=in_flight, max_lateness=lateness
                )

            try:
                reader = self._settings.database(self._data).reader()
            except NoDatabaseError:
                return plan(NoRows())
            with reader:
                return plan(reader)


class OpenDatabase:
    """The database of a data folder, owned by this process; nothing runs on it."""

    def __init__(self, data: Path, settings: Settings, database: Database) -> None:
        self.clock = SystemClock(settings.clock_offset)
        self._data = data
        self._database = database
        self._installation = Installation(database, settings.ledger)
        self._arrived = False

    @property
    def writer(self) -> Writer:
        return self._database.writer

    @property
    def suppressions(self) -> Suppressions:
        return Suppressions(bytes.fromhex(self.writer.run(publishing.secret_of)))

    @property
    def paused(self) -> str:
        """Why nothing may move until a person confirms, "" where everything may."""
        if not self._arrived:
            self._arrived = True
            self._installation.arrive()
        return self._installation.paused

    def confirm(self, who: str) -> bool:
        """Let a restored or copied database run here; False where it does already."""
        return bool(self.paused) and self._installation.confirm(who, self.clock.now())

    def learn(self) -> Model:
        """Learn from everything that is stored, and store what was learned."""
        reader = self._database.reader()
        try:
            now = moment(reader, self.clock.now())
            model = learn(reader, now, store_zone(reader, self._data / "published"))
        finally:
            reader.close()
        self.writer.run(lambda tx: save(tx, model))
        return model

    def wake(self) -> None:
        """Nothing runs here; the next start sees what is new."""
