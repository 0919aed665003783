"""What figures cost those who do the work: W1 beside rolling up, and what is noted for later.

Everything is done by turns, and the order changes each round: a machine that does other work beside
is as unfair to the one as to the other. `with` and `without` are told in steps or events a second
of the clock and in processor time of this process.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from engine.bench import ingest, w1
from engine.bench.beside import Beside
from engine.clock import SettableClock
from engine.core.figures import Rule
from engine.reports.rolling import Rolling
from engine.store import figure_marks, past_properties
from engine.store.database import Database

_KEPT: Final = ("mark", "late", "of_event", "of_merge", "of_customers", "of_intents")


class Cost(NamedTuple):
    """Of one run: seconds on the clock, of this process's processor time but for the rolling, of
    the rolling thread's, and how often that came round.
    """

    seconds: float
    processor: float
    rolled: float = 0.0
    rounds: int = 0


def beside(runs: int, rounds: int, every: float) -> dict[str, Any]:
    """W1 alone and with figures rolled up each `every` seconds, as `headrace run` does it each 60.
    What was not rolled up when the journeys end is rolled up then: it counts as processor time of
    the rolling, not as time of W1.
    """
    alone: list[Cost] = []
    rolling: list[Cost] = []
    for number in range(rounds):
        for each in (None, every) if number % 2 == 0 else (every, None):
            (alone if each is None else rolling).append(_w1(runs, each))
    steps = w1.STEPS * runs
    pairs = list(zip(alone, rolling, strict=True))
    return {
        "workload": "figures",
        "runs": runs,
        "every_seconds": every,
        "steps_per_second_alone": round(steps / median(one.seconds for one in alone)),
        "steps_per_second_beside": round(steps / median(one.seconds for one in rolling)),
        "clock_ratio": round(median(one.seconds / two.seconds for one, two in pairs), 3),
        "clock_ratios": [round(one.seconds / two.seconds, 3) for one, two in pairs],
        "processor_ratio": round(median(one.processor / two.processor for one, two in pairs), 3),
        "processor_of_w1_alone": round(median(one.processor for one in alone), 3),
        "processor_of_w1_beside": round(median(one.processor for one in rolling), 3),
        "processor_of_rolling": round(median(one.rolled for one in rolling), 3),
        "rounds_of_rolling": round(median(one.rounds for one in rolling)),
    }


def noted(runs: int, events: int, rounds: int) -> dict[str, Any]:
    """W1 and ingest with and without what is noted for figures and backtests: hours that are to be
    counted again, and what customers were. Of twenty events three change properties of their
    customer, one is an order, one the same order told with more, one a refund: more than in life.
    """
    found: dict[str, Any] = {"workload": "noted", "runs": runs, "events": events}
    works: dict[str, Callable[[], Cost]] = {
        "w1": lambda: _w1(runs, None),
        "ingest": lambda: Cost(*ingest.once(events, 100, "lively")),
        "ingest_singly": lambda: Cost(*ingest.once(events // 4, 1, "lively")),
    }
    for name, work in works.items():
        costs: dict[bool, list[Cost]] = {True: [], False: []}
        for number in range(rounds):
            for noting in (True, False) if number % 2 == 0 else (False, True):
                with _noting(on=noting):
                    costs[noting].append(work())
        pairs = list(zip(costs[True], costs[False], strict=True))
        found[name] = {
            "processor_with": round(median(one.processor for one in costs[True]), 3),
            "processor_without": round(median(one.processor for one in costs[False]), 3),
            "processor_ratio": round(median(a.processor / b.processor for a, b in pairs), 3),
            "processor_ratios": [round(a.processor / b.processor, 3) for a, b in pairs],
            "clock_ratio": round(median(a.seconds / b.seconds for a, b in pairs), 3),
        }
    return found


@contextmanager
def _noting(*, on: bool) -> Iterator[None]:
    """Note what is noted, or nothing, until the end of the block."""
    kept = {name: getattr(figure_marks, name) for name in _KEPT}
    keep = past_properties.keep
    if not on:
        for name in _KEPT:
            setattr(figure_marks, name, _nothing)
        past_properties.keep = _nothing
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(figure_marks, name, function)
        past_properties.keep = keep


def _nothing(*_: object, **__: object) -> None:
    """What is not noted."""


def _w1(runs: int, every: float | None) -> Cost:
    """W1 in this process, beside a thread that rolls up where `every` (s) is given."""
    with tempfile.TemporaryDirectory(prefix="headrace-figures-") as place:
        folder = Path(place)
        flows = w1.flows_in(folder)
        database = Database(folder / "data")
        database.open_to_write()
        try:
            clock = SettableClock(w1.START)
            batches, _ = w1.prepare(runs, database, flows, folder, clock)
            rolling = Rolling(database, clock, Rule())
            rolling.round()
            thread = _Thread(rolling, every)
            began, spent = time.perf_counter(), time.process_time()
            with Beside.started(0, "", folder, w1.START) as nobody:
                if every is not None:
                    thread.start()
                w1.work(runs, clock, batches, nobody)
                seconds, processor = time.perf_counter() - began, time.process_time() - spent
            processor -= thread.spent
            if every is not None:
                thread.end()
            return Cost(seconds, processor, thread.spent, thread.rounds)
        finally:
            database.close()


class _Thread(threading.Thread):
    """Rolls up each so many seconds, and once more at the end."""

    def __init__(self, rolling: Rolling, every: float | None) -> None:
        super().__init__(daemon=True)
        self._rolling = rolling
        self._every = every or 0.0
        self._over = threading.Event()
        self.spent = 0.0
        self.rounds = 0

    def run(self) -> None:
        while not self._over.wait(self._every):
            self._round()
            self.rounds += 1
        self._round()

    def _round(self) -> None:
        began = time.thread_time()
        self._rolling.round()
        self.spent += time.thread_time() - began

    def end(self) -> None:
        self._over.set()
        self.join()
