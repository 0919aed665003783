"""Ingest: calls of the tracking API over HTTP, until each is on the disk and applied.

The server stands in this process, who sends in another, so that this process's own processor time
is what an event costs: reading, checking, finding whose it is, storing with full sync in group
commits, and the worker that applies it. Where a machine does other work beside, that is the figure
that says something, and its ratio to the same of the bound (`engine/bench/ingest_bound.py`).
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from pydantic import SecretStr

from engine.bench.ingest_bound import Bound
from engine.bench.lean import Peer, serving
from engine.bench.serving import served
from engine.bench.w1 import FLOW
from engine.collecting import sparing
from engine.intake import keys
from engine.public.app import create_public_app
from engine.service.service import Service
from engine.settings import Settings
from engine.store.database import address_of

_KEY: Final = "bench-ingest-key"
_PATIENCE_S: Final = 20


class Cost(NamedTuple):
    """Seconds until the last answer, and seconds of this process's processor time until all was
    applied.
    """

    seconds: float
    processor: float


def run(
    events: int, batch: int, url: str | None = None, rounds: int = 0, lean: str = ""
) -> dict[str, Any]:
    """Send `events` in batches of `batch` (1: each alone) to a fresh store; the figures.

    With `rounds` the same is done so many times by turns with the bound; medians count. `lean` is
    a command that serves a bound of one's own at `{port}` (`engine.bench.lean`): with it there is a
    round at least, and a figure of its own.

    Raises:
        StoreError: the database at `url` cannot be used.
        RuntimeError: an answer was not 200.
    """
    ours: list[Cost] = []
    bound: list[Cost] = []
    leaner: list[Cost] = []
    rounds = max(rounds, 1) if lean else rounds
    kind = "sqlite"
    for _ in range(max(rounds, 1)):
        with tempfile.TemporaryDirectory(prefix="headrace-ingest-") as folder:
            if url is None:
                ours.append(_ours(events, batch, Path(folder), None))
            else:
                from engine.store.postgres.scratch import scratch

                kind = "postgresql"
                with scratch(address_of(url)) as own:
                    ours.append(_ours(events, batch, Path(folder), own))
        if rounds and url is None:
            with tempfile.TemporaryDirectory(prefix="headrace-bound-") as folder:
                bound.append(_bound(events, batch, Path(folder)))
        if lean:
            with serving(lean, _PATIENCE_S) as peer:
                now = datetime.now(UTC).isoformat()  # noqa: TID251 - of no consequence
                leaner.append(_cost(events, batch, peer.port, "/", now, _nothing, peer))
    figures = {
        "workload": "ingest",
        "events": events,
        "batch": batch,
        "requests": -(-events // batch),
        **_figures(events, ours),
        "database": kind,
    }
    for before, costs in (("", bound), ("lean_", leaner)):
        if not costs:
            continue
        told = _figures(events, costs)
        figures |= {f"{before or 'bound_'}{name}": value for name, value in told.items()}
        pairs = list(zip(ours, costs, strict=True))
        figures[f"{before}ratio"] = round(median(b.seconds / a.seconds for a, b in pairs), 3)
        figures[f"{before}processor_ratio"] = round(
            median(b.processor / a.processor for a, b in pairs), 3
        )
    return figures


def _nothing() -> None:
    """There is nothing left to do."""


def _figures(events: int, costs: list[Cost]) -> dict[str, Any]:
    seconds = median(cost.seconds for cost in costs)
    return {
        "seconds": round(seconds, 3),
        "events_per_second": round(events / seconds),
        "processor_us": round(median(cost.processor for cost in costs) * 1e6 / events, 1),
    }


def once(events: int, batch: int, shape: str) -> Cost:
    """What it costs to send `events` of a shape of `engine.bench.load` to a fresh store."""
    with tempfile.TemporaryDirectory(prefix="headrace-ingest-") as folder:
        return _ours(events, batch, Path(folder), None, shape)


def _ours(events: int, batch: int, folder: Path, url: str | None, shape: str = "segment") -> Cost:
    flows = folder / "flows"
    flows.mkdir()
    (flows / "ingest.flow").write_text(FLOW, encoding="utf-8")
    (flows / "messages").mkdir()
    for name in ("first", "second"):
        (flows / "messages" / f"{name}.email.txt").write_text("Hello\n", encoding="utf-8")
    address = None if url is None else SecretStr(url)
    settings = Settings(database_url=address, events_per_second=10**9)
    service = Service(folder / "data", flows, settings, transports={})
    service.start()
    try:
        now = service.clock.now()
        service.writer.run(lambda tx: keys.create(tx, "bench", "server", now, _KEY))
        path = "/v1/track" if batch == 1 else "/v1/batch"
        at = datetime.fromtimestamp(now / 1000, UTC).isoformat()
        with _served(create_public_app(service)) as port:
            return _cost(events, batch, port, path, at, service.tick, shape=shape)
    finally:
        service.stop()


def _bound(events: int, batch: int, folder: Path) -> Cost:
    bound = Bound(folder)
    try:
        with _served(bound) as port:
            now = datetime.fromtimestamp(0, UTC).isoformat()
            return _cost(events, batch, port, "/", now, _nothing)
    finally:
        bound.stop()


def _cost(
    events: int,
    batch: int,
    port: int,
    path: str,
    now: str,
    finish: Callable[[], object],
    peer: Peer | None = None,
    shape: str = "segment",
) -> Cost:
    """Let the other process send everything, then `finish` what is left to do; to this process, or
    to `peer`.
    """
    spent = time.process_time if peer is None else peer.processor
    words = [sys.executable, "-m", "engine.bench.load"]
    words += [str(port), path, _KEY, str(events), str(batch), now]
    words += [shape if peer is None else "lean"]
    with subprocess.Popen(  # noqa: S603 - a module of ours
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as sender:
        assert sender.stdin is not None
        assert sender.stdout is not None
        sender.stdout.readline()
        with sparing():
            begun = spent()
            told, said = sender.communicate("go\n")
            if sender.returncode:
                raise RuntimeError(said.strip().rpartition("\n")[2])
            finish()
            return Cost(float(told), spent() - begun)


@contextmanager
def _served(app: Any) -> Iterator[int]:
    """The application on a port of this machine, until the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    with served(app, listener, _PATIENCE_S):
        yield listener.getsockname()[1]
