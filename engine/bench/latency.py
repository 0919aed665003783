"""From an event to the first message that answers it, while events come at a steady rate.

`headrace run` serves in a process of its own, who sends in another, and this one looks every few
milliseconds which intents can be read. The latency of an event counts from the moment that the
rate gives it, so a server that answers late is not spared what waits behind it.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from engine.bench.lean import Peer
from engine.bench.sink import sink
from engine.bench.steady import VIEWERS, is_order
from engine.intake import keys
from engine.store.database import Database, Reader, address_of
from engine.store.writer import Transaction

KEY: Final = "bench-latency-key"
_LOOK_S: Final = 0.005
_PAUSE: Final = threading.Event()
_PATIENCE_S: Final = 30
_RUN: Final = "import sys; from editor.cli import main; sys.argv[0] = 'headrace'; main()"
_HELD: Final = re.compile(r'headrace_write_seconds_bucket\{le="([^"]+)"\} (\S+)')
_FLOW: Final = """\
store "Bench":
  timezone "UTC"
  currency EUR
  sender email "Bench <shop@bench.example>"

event ordered:
  total money

flow thanks "Thanks":
  enter when ordered
  send email thanks

flow looked "Looked at something":
  enter when view_item
  exit when ordered
  wait 3 days
"""
_MAIL: Final = """\
---
subject: Thank you, {{ customer.first_name }}
---
Your order over {{ entry.total | money }} is on its way.
"""


def run(
    seconds: float, rate: float, percent: int, slices: int, url: str | None = None
) -> dict[str, Any]:
    """Send events for so many seconds, `percent` of them such that a message answers; the figures,
    for all and for each of `slices` equal spans of time. On SQLite, or in a schema at `url`.

    Raises:
        StoreError: the database at `url` cannot be used.
        RuntimeError: the server does not start, refuses an event, or leaves one unanswered.
    """
    orders = sum(is_order(number, percent) for number in range(round(rate * seconds)))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="headrace-latency-")))
        own = url
        if url is not None:
            from engine.store.postgres.scratch import scratch

            own = stack.enter_context(scratch(address_of(url)))
        _prepare(folder, own, orders)
        mails = stack.enter_context(sink())
        server = stack.enter_context(running(folder, own, mails))
        reader = Database(folder / "data", own).reader()
        stack.callback(reader.close)
        return _measure(reader, server, seconds, rate, percent, slices) | {
            "database": "sqlite" if url is None else "postgresql"
        }


def _prepare(folder: Path, url: str | None, orders: int) -> None:
    flows = folder / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "bench.flow").write_text(_FLOW, encoding="utf-8")
    (flows / "messages" / "thanks.email.txt").write_text(_MAIL, encoding="utf-8")
    database = Database(folder / "data", url)
    writer = database.open_to_write()
    try:
        now = int(time.time() * 1000)  # noqa: TID251 - the server's clock is the machine's, too
        writer.run(lambda tx: keys.create(tx, "bench", "server", now, KEY))
        writer.run(lambda tx: _customers(tx, VIEWERS + orders, now))
    finally:
        database.close()


def _customers(transaction: Transaction, count: int, now: int) -> None:
    """The customer of user-N has the number N + 1."""
    properties = orjson.dumps({"email": "c%d@example.com", "first_name": "Ada"}).decode()
    numbers = range(1, count + 1)
    transaction.executemany(
        "insert into customer (id, created_at, properties) values (?, ?, ?)",
        [(number, now, (properties % number).encode()) for number in numbers],
    )
    transaction.executemany(
        "insert into identity (kind, value, customer, at) values ('user', ?, ?, ?)",
        [(f"user-{number - 1}", number, now) for number in numbers],
    )
    transaction.executemany(
        "insert into consent (customer, what, allowed, at) values (?, 'email', true, ?)",
        [(number, now) for number in numbers],
    )


@contextmanager
def running(folder: Path, url: str | None, mails: int) -> Iterator[Peer]:
    """`headrace run`, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")
    }
    environment["HEADRACE_METRICS_TOKEN"] = KEY
    environment["HEADRACE_SMTP_URL"] = f"smtp://127.0.0.1:{mails}"
    if url is not None:
        environment["HEADRACE_DATABASE_URL"] = url
    words = [sys.executable, "-c", _RUN, "run", str(folder / "flows")]
    words += ["--data", str(folder / "data"), "--port", str(port)]
    said = folder / "said"
    with said.open("wb") as log, subprocess.Popen(  # noqa: S603 - ours
        words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    ) as server:  # fmt: skip
        try:
            until = time.monotonic() + _PATIENCE_S
            while not page(port, "/readyz"):
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(
                        f"the server did not start: {said.read_text('utf-8')[-400:]}"
                    )
                _PAUSE.wait(0.1)
            yield Peer(server.pid, port)
        finally:
            server.terminate()
            server.wait(_PATIENCE_S)


def page(port: int, path: str) -> str:
    """What a page of the server says; nothing where it does not answer."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"authorization": f"Bearer {KEY}"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return str(answer.read().decode())
    except OSError:
        return ""


def _measure(
    reader: Reader, server: Peer, seconds: float, rate: float, percent: int, slices: int
) -> dict[str, Any]:
    words = [sys.executable, "-m", "engine.bench.steady", str(server.port), KEY]
    words += [str(rate), str(seconds), str(percent)]
    moments = [n / rate for n in range(round(rate * seconds)) if is_order(n, percent)]
    with subprocess.Popen(  # noqa: S603 - a module of ours
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as sender:
        assert sender.stdout is not None
        first = sender.stdout.readline()
        if not first:
            raise RuntimeError(sender.communicate()[1].strip().rpartition("\n")[2])
        begin, spent = float(first), server.processor()
        look = _Look(reader, server.port, begin, seconds / slices)
        while len(look.seen) < len(moments):
            look.once()
            if sender.poll():
                raise RuntimeError(sender.communicate()[1].strip().rpartition("\n")[2])
            if time.time() > begin + seconds + _PATIENCE_S:  # noqa: TID251 - as above
                raise RuntimeError(f"{len(moments) - len(look.seen)} events got no intent")
            _PAUSE.wait(_LOOK_S)
        spent = server.processor() - spent
        told, _ = sender.communicate()
    answers = orjson.loads(told)
    look.held.append(_held(server.port))
    until = time.monotonic() + _PATIENCE_S
    while reader.rows("select 1 from intent where state <> 'sent' limit 1"):
        if time.monotonic() > until:
            break
        _PAUSE.wait(0.2)
    done = {
        customer - 1 - VIEWERS: at / 1000 - begin
        for customer, at in reader.rows("select customer, done_at from intent")
        if at is not None
    }
    intents = [look.seen[order] - at for order, at in enumerate(moments)]
    sent = [done[order] - at for order, at in enumerate(moments) if order in done]
    spans = []
    for number in range(slices):
        low, high = number * seconds / slices, (number + 1) * seconds / slices
        within = [order for order, at in enumerate(moments) if low <= at < high]
        spans.append(
            {
                "from_s": round(low, 1),
                "longest_write_s": _longest(look.held[number : number + 2]),
                **_percentiles("intent", [intents[order] for order in within]),
                **_percentiles(
                    "sent", [done[order] - moments[order] for order in within if order in done]
                ),
            }
        )
    half = sorted(span["intent_p99_ms"] for span in spans[: slices // 2] or spans)
    rest = sorted(span["intent_p99_ms"] for span in spans[-(slices // 2) :] or spans)
    return {
        "workload": "latency",
        "seconds": seconds,
        "events_per_second": rate,
        "orders_percent": percent,
        **_percentiles("intent", intents),
        **_percentiles("sent", sent),
        "unsent": len(moments) - len(sent),
        "growth": round(rest[len(rest) // 2] / half[len(half) // 2], 2),
        "longest_write_s": _longest([look.held[0], look.held[-1]]),
        "server_processor_share": round(spent / seconds, 2),
        **answers,
        "slices": spans,
    }


class _Look:
    """Which intents can be read, and since when; by the number of their order."""

    def __init__(self, reader: Reader, port: int, begin: float, span: float) -> None:
        self.seen: dict[int, float] = {}
        self.held = [_held(port)]
        self._reader, self._port, self._begin, self._span = reader, port, begin, span
        self._last = 0

    def once(self) -> None:
        rows = self._reader.rows("select run, customer from intent where run > ?", (self._last,))
        now = time.time() - self._begin  # noqa: TID251 - the clock that the sender goes by
        for number, customer in rows:
            self._last = max(self._last, number)
            self.seen.setdefault(customer - 1 - VIEWERS, now)
        if now > len(self.held) * self._span:
            self.held.append(_held(self._port))


def _held(port: int) -> dict[float, float]:
    """How many groups of writes took at most so many seconds."""
    found = _HELD.findall(page(port, "/metrics"))
    return {float(bound.replace("+Inf", "inf")): float(count) for bound, count in found}


def _longest(held: list[dict[float, float]]) -> float | None:
    """The bound in seconds within which all writes between two looks stayed; None beyond the
    largest.
    """
    before, after = held[0], held[-1]
    rise = {bound: after[bound] - before.get(bound, 0) for bound in sorted(after)}
    all_of_them = rise.get(float("inf"), 0)
    for bound, count in rise.items():
        if count == all_of_them:
            return bound if bound != float("inf") else None
    return None


def _percentiles(what: str, seconds: list[float]) -> dict[str, Any]:
    values = sorted(seconds)
    if not values:
        return {}
    return {
        f"{what}_p50_ms": round(values[len(values) // 2] * 1000),
        f"{what}_p99_ms": round(values[len(values) * 99 // 100] * 1000),
        f"{what}_max_ms": round(values[-1] * 1000),
    }
