"""Kills a server again and again while journeys run, then counts what arrived and what is known."""

from __future__ import annotations

import random
import re
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aiosmtpd.controller import Controller

from engine.channels.mail import message_id
from engine.clock import SystemClock
from engine.store.database import Database
from engine.store.states import RECIPIENTS
from tests.crash.shop import seed, write_project

SERVER = Path(__file__).with_name("server.py")
HOUR_SECONDS = 3_700


class Postbox:
    """An SMTP server that counts every message it took, by Message-ID."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.contents: dict[str, bytes] = {}
        self.bell = threading.Condition()
        self._port = _free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port)

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: ARG002, N802
        found = re.search(rb"^Message-ID:\s*(\S+)", envelope.content, re.MULTILINE | re.IGNORECASE)
        with self.bell:
            self.taken[found[1].decode()] += 1
            self.contents[found[1].decode()] = envelope.content
            self.bell.notify_all()
        return "250 taken"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._port}"

    def wait_for(self, more: int, seconds: float) -> None:
        """Until `more` messages have come, or the time is up."""
        with self.bell:
            goal = self.taken.total() + more
            self.bell.wait_for(lambda: self.taken.total() >= goal, seconds)


@dataclass(frozen=True)
class Ledger:
    """What the store says after everything: Message-IDs by state, and how runs ended."""

    ids: dict[str, set[str]]
    runs: int
    ended: int
    pending: int
    failures: int


def storm(
    folder: Path,
    journeys: int,
    kills: int,
    chance: random.Random,
    database_url: str | None = None,
) -> tuple[Postbox, Ledger]:
    """Run `journeys` with `kills` kills at random points, then let the rest finish."""
    flows = write_project(folder / "flows")
    data = folder / "data"
    seed(data, flows, journeys, SystemClock(0).now(), database_url)
    with Postbox() as postbox:
        for turn in range(kills):
            # Every few lives the clock is an hour on, so that waits fall due between kills.
            offset = HOUR_SECONDS * (turn * 3 // kills)
            server = start(data, postbox.url, offset, database_url)
            most = max(2, 2 * journeys // kills)
            postbox.wait_for(chance.randrange(1, most), chance.uniform(0.1, 3.0))
            server.kill()
            server.wait()
            server.stdout.close()
        for hours in range(4):
            drain(data, postbox.url, HOUR_SECONDS * (2 + hours), database_url)
        return postbox, ledger_of(data, database_url)


def drain(data: Path, smtp: str, offset: int, database_url: str | None = None) -> None:
    """Let a server do all that is due at a moment, then end."""
    subprocess.run(
        [sys.executable, SERVER, data, smtp, str(offset), "drain"],
        check=True,
        cwd=Path(__file__).parents[2],
        env=_environment(database_url),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(database_url: str | None) -> dict[str, str]:
    import os

    set_ = {} if database_url is None else {"HEADRACE_DATABASE_URL": database_url}
    return {**os.environ, **set_, "PYTHONPATH": str(Path(__file__).parents[2])}


def start(
    data: Path, smtp: str, offset: int, database_url: str | None = None, *mode: str
) -> subprocess.Popen[str]:
    """A server that runs until it is killed."""
    return _started([SERVER, data, smtp, str(offset), *mode], database_url)


def start_node(
    name: str, folder: Path, database_url: str, within: Sequence[str] = ()
) -> subprocess.Popen[str]:
    """A worker beside the server, which runs until it is killed; behind the words `within`."""
    return _started([SERVER.with_name("node.py"), name, folder / name], database_url, within)


def _started(
    arguments: list[object], database_url: str | None, within: Sequence[str] = ()
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*within, sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=_environment(database_url),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ledger_of(data: Path, database_url: str | None = None) -> Ledger:
    """Everything that the store says."""
    ids: dict[str, set[str]] = {}
    with Database(data, database_url).reader() as reader:
        for run, step, visit, recipient, state in reader.rows(
            "select run, step, visit, recipient, state from intent"
        ):
            key = f"{run}:{step}:{visit}:{RECIPIENTS[recipient]}"
            ids.setdefault(state, set()).add(message_id(key, "shop@crash.example"))
        (runs, ended, pending, failures) = reader.rows(
            "select (select count(*) from run),"
            " (select count(*) from run where ended_at is not null),"
            " (select count(*) from pending), (select count(*) from failure)"
        )[0]
    return Ledger(ids, runs, ended, pending, failures)
