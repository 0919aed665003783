"""A backtest of a made-up shop beside a simulation of the same flow, in the same run.

People visit as `engine.lab.simulation` has them, and their events stand in a database. Each size is
played in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from engine.backtest.backtest import backtest
from engine.clock import SettableClock
from engine.core.model import DAY, MINUTE, Instant
from engine.publishing import publish as publishing
from engine.store import events as stored
from engine.store.database import Database
from engine.store.writer import Transaction

START: Final[Instant] = 1_767_603_600_000  # Monday 2026-01-05 10:00 in Berlin
DAYS: Final = 30
_VISITS: Final = 10
"""So many visits everybody makes; of a visit about two and a half events are kept."""
_TOGETHER: Final = 5_000
_FUNNEL: Final = (
    ("page_view", 1.0),
    ("view_item", 0.7),
    ("add_to_cart", 0.6),
    ("begin_checkout", 0.5),
    ("purchase", 0.5),
)
FLOW: Final = """\
store "Bench":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Bench <bench@shop.example>"
  limit 3 email per week
  quiet hours 22:00 to 07:00

flow carts "Carts":
  enter when add_to_cart
  exit when purchase
  goal purchase within 5 days
  wait 1 hour
  if customer.country is "PL":
    send email first
  wait 1 day
  send email second
"""


def run(sizes: Sequence[int], simulated: Callable[[Path, int, int], int]) -> dict[str, Any]:
    """Make shops of so many events and play each. `simulated` gives the steps a second of a
    simulation: flows, people, days.
    """
    found = []
    with tempfile.TemporaryDirectory(prefix="headrace-backtest-") as made:
        for size in sizes:
            folder = Path(made) / str(size)
            people = _make(folder, size)
            found.append({"stored_events": size, "people": people, **_in_a_process(folder)})
        flows = Path(made) / str(sizes[-1]) / "flows"
        beside = simulated(flows, min(found[-1]["people"], 5_000), DAYS)
    rates = [one["steps_per_second"] for one in found]
    return {
        "workload": "backtest",
        "sizes": found,
        "simulate_steps_per_second": beside,
        "ratio": round(min(rates) / beside, 3),
        "memory": round(found[-1]["peak_rss_mb"] / found[0]["peak_rss_mb"], 3),
    }


# --- the shop ------------------------------------------------------------------------------


def _make(folder: Path, size: int) -> int:
    """A shop with about so many events; how many people it has."""
    flows = folder / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "shop.flow").write_text(FLOW, encoding="utf-8")
    for name in ("first", "second"):
        (flows / "messages" / f"{name}.email.txt").write_text(
            "---\nsubject: Hello\n---\nHello\n", encoding="utf-8"
        )
    people = max(1, round(size / (_VISITS * sum(_kept()))))
    database = Database(folder / "data")
    writer = database.open_to_write()
    try:
        writer.run(
            lambda tx: publishing.publish(
                tx, None, publishing.prepare(flows, folder / "published"), START
            )
        )
        for first in range(1, people + 1, _TOGETHER):
            last = min(first + _TOGETHER, people + 1)
            writer.run(lambda tx, first=first, last=last: _people(tx, first, last))  # type: ignore[misc]
    finally:
        database.close()
    return people


def _kept() -> Iterator[float]:
    """How many of a visit's events come about, by their place."""
    share = 1.0
    for _, going_on in _FUNNEL:
        share *= going_on
        yield share


def _people(transaction: Transaction, first: int, last: int) -> None:
    draws = np.random.default_rng(first)
    transaction.executemany(
        "insert into customer (id, created_at, properties) values (?, ?, ?)",
        (
            (number, START - DAY, orjson.dumps({"email": f"c{number}@x.example", "country": "PL"}))
            for number in range(first, last)
        ),
    )
    transaction.executemany(
        "insert into consent (customer, what, allowed, at) values (?, 'email', true, ?)",
        ((number, START - DAY) for number in range(first, last)),
    )
    told = sorted(
        (at, number, name) for number in range(first, last) for at, name in _visits(draws)
    )
    ids = transaction.numbers("event", len(told))
    stored.record_applied(
        transaction,
        [
            (
                seq, f"e{seq}", number, name, at, at, True,
                b'{"item": "p1", "quantity": 1, "order_id": "%d"}' % seq,
            )
            for seq, (at, number, name) in zip(ids, told, strict=True)
        ],
    )  # fmt: skip


def _visits(draws: np.random.Generator) -> Iterator[tuple[Instant, str]]:
    for begin in draws.integers(0, DAYS * DAY, _VISITS):
        chances = draws.random(len(_FUNNEL))
        for place, (name, share) in enumerate(_FUNNEL):
            if chances[place] >= share:
                break
            yield START + int(begin) + place * MINUTE, name


# --- a process of its own ------------------------------------------------------------------


def _in_a_process(folder: Path) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "engine.bench.backtest", str(folder)],
        check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


def play(folder: Path) -> dict[str, Any]:
    """Play the shop in a folder; the figures."""
    clock = SettableClock(START + DAYS * DAY)
    began = time.perf_counter()
    with Database(folder / "data").reader() as rows:
        found = backtest(rows, folder / "flows", folder / "work", START, clock.now())
    told = found.as_json()
    return {
        "events": told["events"],
        "steps": told["steps"],
        "messages": sum(one["messages"] for one in told["messages"]),
        "seconds": round(time.perf_counter() - began, 2),
        "steps_per_second": told["steps_per_second"],
        "events_per_second": round(told["events"] / found.seconds),
        "peak_rss_mb": round(_peak() / 1024, 1),
    }


def _peak() -> int:
    """The most memory this process has had, in kB. What `getrusage` says begins, after a fork, with
    what the parent had.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(play(Path(sys.argv[1]))))
