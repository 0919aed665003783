"""`/readyz` tells the truth: it goes red where a server cannot do its work, and green by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest

from engine.clock import SettableClock
from engine.delivery.gate import Gate
from engine.delivery.progress import Progress
from engine.service import readiness as room
from engine.service.readiness import LATE, TICK_LATE, Readiness
from engine.store.database import FILE, Database

NOW = 1_767_603_600_000


class House:
    """A server's database, tried at moments of one's own."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.seconds = 100.0
        self.gate = Gate(2, 2, self.steady)
        self.sending = Progress({"email": self.gate})
        self.database = Database(folder, url)
        self.database.open_to_write()
        self.readiness = Readiness(
            self.database, folder, SettableClock(NOW), self.sending, self.steady
        )

    def steady(self) -> float:
        return self.seconds

    def tried(self) -> list[str]:
        self.readiness.look()
        self.readiness.write()
        return self.readiness.problems()


@pytest.fixture
def house(tmp_path: Path, database_url: str | None) -> Iterator[House]:
    house = House(tmp_path / "data", database_url)
    yield house
    house.database.close()


def test_a_server_that_works_is_ready(house: House) -> None:
    """Both databases can be read and written, again and again."""
    for _ in range(3):
        house.seconds += 3600
        assert house.tried() == []


def test_what_does_not_answer_is_told(house: House) -> None:
    """A try that hangs says nothing; that nothing was heard is told after a while."""
    assert house.tried() == []
    house.seconds += LATE + 1
    assert house.readiness.problems() == [
        "the database cannot be read: it has not answered for 11 seconds",
        "nothing can be stored: it has not answered for 11 seconds",
    ]
    assert house.tried() == []


def test_a_worker_that_does_not_look(house: House) -> None:
    """It is told when it has not looked for a minute, and no longer once it does."""
    house.readiness.tick()
    house.seconds += TICK_LATE + 1
    assert house.tried() == ["the worker has not looked for work for 61 seconds"]
    house.readiness.tick()
    assert house.tried() == []


def test_a_sender_that_is_stuck(house: House) -> None:
    """A delivery that does not come back is told; others that do show that it goes on."""

    async def deliver() -> None:
        async with house.gate.passing("a.example"):
            house.seconds += LATE + 2
            assert house.tried() == [
                "sending is stuck: nothing has come back from email for 12 seconds"
            ]
            async with house.gate.passing("b.example"):
                pass
            assert house.tried() == []
        house.seconds += 3600
        assert house.tried() == []

    asyncio.run(deliver())


def test_a_full_disk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told before the first write fails."""
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    assert [one.partition(" of ")[0] for one in house.tried()] == ["the disk"]


def test_a_database_that_takes_no_writes(house: House, database_url: str | None) -> None:
    """It is read-only for a while; the reason is told, and it is ready again by itself."""
    if database_url is None:
        house.database.writer.run(lambda tx: tx.execute("pragma query_only = on"))
    else:
        house.database.writer.run(
            lambda tx: tx.execute("set session characteristics as transaction read only")
        )
    (problem,) = house.tried()
    assert problem.startswith("nothing can be stored: ")
    assert "read" in problem
    if database_url is None:
        return
    _end_connections(house)
    house.tried()
    assert house.tried() == []


def _end_connections(house: House) -> None:
    """What an administrator does who sets a database right."""
    with house.database.reader() as reader:
        reader.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


def test_a_file_that_is_locked_by_another(tmp_path: Path) -> None:
    """Somebody holds the file: writing is told to fail, and goes on when it is let go."""
    house = House(tmp_path / "data", None)
    other = apsw.Connection(str(tmp_path / "data" / FILE))
    try:
        other.execute("begin immediate")
        (problem,) = house.tried()
        assert "locked" in problem
        other.execute("rollback")
        assert house.tried() == []
    finally:
        other.close()
        house.database.close()
