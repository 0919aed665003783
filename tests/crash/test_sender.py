"""A sender is killed with `kill -9` wherever it can be, and nobody has a message twice."""

from __future__ import annotations

import os
import random
import socketserver
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.core.model import DAY
from engine.service.service import Service
from engine.settings import Settings
from engine.store.database import Database
from engine.store.states import RECIPIENTS
from tests.crash import sender
from tests.crash.shop import seed, write_project

SCRIPT = Path(sender.__file__)
FLOW = """\
store "Crash":
  timezone "UTC"
  sender email "Crash <shop@crash.example>"

event ordered:
  total number

flow journey "Journey":
  enter when ordered
  send email one
"""
STORM = "HEADRACE_STORM" in os.environ
POINTS = 200 if STORM else 8


class Provider:
    """Counts what it takes, by key. With a memory it takes each once, however often it is told."""

    def __init__(self, *, remembers: bool) -> None:
        self.taken: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._remembers = remembers

    def take(self, key: str) -> None:
        with self._lock:
            if not (self._remembers and key in self.taken):
                self.taken[key] += 1

    @contextmanager
    def serving(self) -> Iterator[int]:
        """The port at which it is told."""
        provider = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                line = self.rfile.readline()
                if line.endswith(b"\n"):
                    provider.take(line.decode().strip())
                    self.wfile.write(b"taken\n")

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request, client_address) -> None:
                """Who asked is dead."""

        with Server(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield server.server_address[1]
            server.shutdown()


class Lives:
    """One sender after another on the same data."""

    def __init__(self, data: Path, port: int, memory: int) -> None:
        self._data = data
        self._process = subprocess.Popen(
            [sys.executable, SCRIPT, str(data), str(port), str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=SCRIPT.parents[2],
            env={**os.environ, "PYTHONPATH": str(SCRIPT.parents[2])},
        )

    def live(self, *words: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ended\n"

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def states(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        with Database(self._data).reader() as reader:
            for run, step, visit, recipient, state in reader.rows(
                "select run, step, visit, recipient, state from intent"
            ):
                found.setdefault(state, set()).add(f"{run}:{step}:{visit}:{RECIPIENTS[recipient]}")
        return found


def _ready(folder: Path, messages: int) -> Path:
    """A data folder with so many messages that are due."""
    flows = write_project(folder / "flows")
    (flows / "shop.flow").write_text(FLOW, encoding="utf-8")
    data = folder / "data"
    seed(data, flows, messages, SystemClock(0).now())
    service = Service(data, None, Settings(), SystemClock(0), transports={"email": Nobody()})
    service.start(background=False)
    service.tick()
    service.stop()
    return data


class Nobody(sender.Postman):
    """Is never asked."""

    def __init__(self) -> None:
        super().__init__(0, 0)


def _check(provider: Provider, lives: Lives, messages: int, deaths: int, *, remembers: bool) -> int:
    for _ in range(20):
        lives.live("drain")
        # On a busy machine anybody may look as if they hung, and rest; the next life asks anew.
        if not lives.states().keys() & {"ready", "claimed"}:
            break
    lives.end()
    states = lives.states()
    assert not states.keys() & {"ready", "claimed"}
    everything = set().union(*states.values())
    assert len(everything) == messages
    assert [key for key, count in provider.taken.items() if count > 1] == []
    missing = everything - provider.taken.keys()
    lost = states.get("unknown", set())
    if remembers:
        assert missing == set()
        assert states.keys() == {"sent"}
    else:
        assert states.keys() <= {"sent", "unknown"}
        assert missing <= lost
        assert len(lost) <= sender.CONNECTIONS * deaths
    return len(missing)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("remembers", [True, False], ids=["idempotent", "not idempotent"])
def test_killed_at_every_boundary(tmp_path: Path, *, remembers: bool) -> None:
    """With a provider that knows a key again nothing is lost; without, what is missing is known to
    be unknown, and no more than had a connection.
    """
    nths = (1, 5)
    messages = 40 * len(sender.BOUNDARIES) * len(nths)
    data = _ready(tmp_path, messages)
    provider = Provider(remembers=remembers)
    with provider.serving() as port:
        lives = Lives(data, port, DAY if remembers else 0)
        for boundary in sender.BOUNDARIES:
            for nth in nths:
                before = len(lives.states().get("unknown", ()))
                lives.live(boundary, nth)
                states = lives.states()
                assert len(states["ready"]) > 0, "it lived to the end"
                assert len(states.get("unknown", ())) - before <= sender.CONNECTIONS
        deaths = len(sender.BOUNDARIES) * len(nths)
        _check(provider, lives, messages, deaths, remembers=remembers)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("remembers", [True, False], ids=["idempotent", "not idempotent"])
def test_killed_at_random_points(tmp_path: Path, *, remembers: bool) -> None:
    """The same at any moment (200 of them with HEADRACE_STORM=1)."""
    messages = 40 * POINTS
    data = _ready(tmp_path, messages)
    chance = random.Random(5)
    provider = Provider(remembers=remembers)
    with provider.serving() as port:
        lives = Lives(data, port, DAY if remembers else 0)
        for _ in range(POINTS):
            lives.live("random", chance.uniform(0.0, 0.3))
        _check(provider, lives, messages, POINTS, remembers=remembers)
