"""W1: six-step journeys through the real path, in virtual time.

One event starts a run; wait an hour; a condition on three customer fields; send; wait a day; send;
end. Events are stored, the worker claims them in batches, lanes apply them, and state, history,
consent, limits and intents are what they are in production, with full sync. Customers and due
moments are scattered over the tables, as in life: nothing is processed in the order of its row.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from engine.bench.beside import Beside
from engine.clock import SettableClock
from engine.core.model import DAY, HOUR, MINUTE, SECOND, Instant
from engine.publishing import publish as publishing
from engine.publishing.live import Live
from engine.runtime.batches import Batches
from engine.runtime.worker import Worker
from engine.store import events
from engine.store.customers import find_customer
from engine.store.database import Database, address_of
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction, Writer

FLOW = """\
store "Bench":
  timezone "UTC"
  currency EUR
  limit 5 messages per day
  limit 20 messages per week

event ordered:
  total money
  country text

flow w1 "Six steps":
  enter when ordered
  wait 1 hour
  if customer.total_spent > 500 and customer.country in ["PL", "DE"] and customer has tag "vip":
    send email first
    wait 1 day
    send email second
"""
STEPS = 6
START: Instant = 1_767_600_000_000  # 2026-01-05 08:00 UTC
_PRIME_CUSTOMER, _PRIME_DUE = 7_919, 104_729
_SLICE = 20_000


@dataclass(frozen=True, slots=True)
class Figures:
    """`seconds` is the time to run all journeys; storing their events is timed apart."""

    workload: str
    runs: int
    steps: int
    seconds: float
    steps_per_second: int
    events_per_second: int
    peak_rss_mb: float
    database: str
    synchronous: str
    workers: int

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def run(runs: int, url: str | None = None, workers: int = 1) -> Figures:
    """Run the workload on SQLite in a temporary folder, or in a schema of its own at `url`, there
    by as many processes as `workers` says.

    Raises:
        StoreError: the database at `url` cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="headrace-w1-") as folder:
        if url is None:
            return _run_in(runs, Path(folder), None, 1)
        address = address_of(url)
        from engine.store.postgres.scratch import scratch

        with scratch(address) as own:
            return _run_in(runs, Path(folder), own, workers)


def _run_in(runs: int, folder: Path, url: str | None, workers: int) -> Figures:
    flows = flows_in(folder)
    database = Database(folder / "data", url)
    database.open_to_write()
    try:
        return _run(runs, database, flows, folder, workers)
    finally:
        database.close()


def flows_in(folder: Path) -> Path:
    """The flow of W1 and its messages, in a folder of this one."""
    flows = folder / "flows"
    flows.mkdir()
    (flows / "w1.flow").write_text(FLOW, encoding="utf-8")
    (flows / "messages").mkdir()
    for name in ("first", "second"):
        (flows / "messages" / f"{name}.email.txt").write_text("Hello\n", encoding="utf-8")
    return flows


def _run(runs: int, database: Database, flows: Path, folder: Path, workers: int) -> Figures:
    writer, kind = database.writer, database.kind
    clock = SettableClock(START)
    batches, seconds_to_store = prepare(runs, database, flows, folder, clock)
    with Beside.started(workers - 1, database.url or "", folder, START) as beside:
        began = time.perf_counter()
        work(runs, clock, batches, beside)
        seconds = time.perf_counter() - began
    _check(writer, runs)
    if kind == "sqlite":
        level = writer.run(lambda tx: tx.rows("pragma synchronous"))[0][0]
        synchronous = {0: "off", 1: "normal", 2: "full"}[level]
    else:
        synchronous = writer.run(lambda tx: tx.rows("show synchronous_commit"))[0][0]
    return Figures(
        "w1",
        runs,
        STEPS * runs,
        round(seconds, 3),
        round(STEPS * runs / seconds),
        round(runs / seconds_to_store),
        round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        kind,
        synchronous,
        workers,
    )


def prepare(
    runs: int,
    database: Database,
    flows: Path,
    folder: Path,
    clock: SettableClock,
    name: Callable[[int], str] = lambda _: "ordered",
) -> tuple[Batches, float]:
    """Publish the flows and store an event for each of as many customers, named by their number:
    who takes them, and the seconds that storing them took.
    """
    writer, published = database.writer, folder / "data" / "published"
    live = Live(clock, Suppressions(b"bench"))

    def begin(transaction: Transaction) -> None:
        publishing.publish(transaction, None, publishing.prepare(flows, published), START)
        publishing.go_live(transaction, live, published)
        customers(transaction, runs)

    writer.run(begin)
    started = time.perf_counter()
    for first in range(0, runs, 1_000):
        writer.run(lambda tx, first=first: _events(tx, first, min(first + 1_000, runs), runs, name))  # type: ignore[misc]
    stored = time.perf_counter()
    batches = Batches(
        writer, Worker(live, find_customer), lambda: len(database.nodes()), lambda _: None
    )
    return batches, stored - started


def work(runs: int, clock: SettableClock, batches: Batches, beside: Beside) -> None:
    """Let everybody go through, until all journeys have ended."""

    def settle(at: Instant) -> None:
        clock.turn(at)
        while True:
            beside.begin(at)
            done = batches.work(lambda: False)
            if not done + beside.end():
                return

    settle(START)
    for wait in (HOUR, HOUR + DAY):
        # The clock goes on in slices, so that second waits end as scattered as first ones.
        slices = max(5, runs // _SLICE)
        for turn in range(1, slices + 1):
            settle(START + wait + HOUR * turn // slices)
    settle(START + 2 * DAY)


def customers(transaction: Transaction, count: int) -> None:
    transaction.executemany(
        "insert into customer (id, created_at, properties, tags) values (?, ?, ?, ?)",
        (
            (
                number,
                START - DAY,
                orjson.dumps({
                    "email": f"c{number}@example.com",
                    "country": "PL",
                    "total_spent": 60_000 + number % 100,
                }),
                b'["vip"]',
            )
            for number in range(1, count + 1)
        ),
    )  # fmt: skip
    transaction.executemany(
        "insert into consent (customer, what, allowed, at) values (?, 'email', true, ?)",
        ((number, START - DAY) for number in range(1, count + 1)),
    )


def _events(
    transaction: Transaction, first: int, last: int, count: int, name: Callable[[int], str]
) -> None:
    """Store events of scattered customers whose times of receipt are scattered, too."""
    for number in range(first, last):
        received_at = START - HOUR + number * _PRIME_DUE % (HOUR // SECOND) * SECOND + MINUTE
        event = events.NewEvent(
            f"w1-{number}",
            number * _PRIME_CUSTOMER % count + 1,
            name(number),
            received_at,
            {"product": "sku-123", "total": 12_990, "country": "PL"},
        )
        events.append(transaction, [event], received_at)


def _check(writer: Writer, runs: int) -> None:
    """A figure of a run that did not do its work is worth nothing."""
    intents, ended, steps = writer.run(
        lambda tx: tx.rows(
            "select (select count(*) from intent), (select count(*) from run where ended_at"
            " is not null), (select count(*) from step_history)"
        )
    )[0]
    if intents != 2 * runs or ended != runs or steps < STEPS * runs:
        raise RuntimeError(f"w1 went wrong: {intents} intents, {ended} ended, {steps} steps")
