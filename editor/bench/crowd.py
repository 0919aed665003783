"""What the numbers on a drawing cost while many people are inside, and whether they are right.

People enter by the real path; then the page is served with them. What is counted is compared with
the history itself, also right after a publish that moves people.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from editor.bench.site import EMAIL, Site, standing
from editor.bench.spread import spread
from engine.bench.w1 import START, prepare
from engine.clock import SettableClock
from engine.core.model import HOUR
from engine.service.service import Service
from engine.settings import Settings
from engine.store.database import Database
from engine.store.run_figures import stood_and_passed

NAME: Final = "crowd"
_FLOW: Final = """\
store "Bench":
  timezone "UTC"
  currency EUR

event ordered:
  total money

event looked:
  total money

flow crowd "Is crowded":
  enter when ordered or looked

  wait 30 minutes
  if did looked:
    add tag "looks"
    wait 3000 days as looking
  else:
    wait 3000 days as ordering
  add tag "late"
"""
_MOVED: Final = (
    "    wait 3000 days as ordering\n",
    '    add tag "orders"\n    wait 2000 days as buying\n',
)
_HEADER: Final = "  enter when ordered or looked\n"
_LOOKS: Final = 30
_PATIENCE_S: Final = 60.0


class WrongError(RuntimeError):
    """The page says other numbers than the history."""


def run(people: int) -> dict[str, Any]:
    """The figures with so many people inside, in milliseconds of processor time: `page` of a
    whole answer, `count` of counting for all who look, `look_us` (microseconds) of one look at
    what was counted; and the numbers before and after a publish that moved `moved` people.

    Raises:
        WrongError: a number differs from the history.
    """
    with tempfile.TemporaryDirectory(prefix="headrace-crowd-") as place:
        folder, data = Path(place) / "flows", Path(place) / "data"
        folder.mkdir()
        (folder / "crowd.flow").write_text(_FLOW, encoding="utf-8")
        clock = SettableClock(START)
        database = Database(data)
        database.open_to_write()
        try:
            batches, _ = prepare(
                people, database, folder, Path(place), clock,
                lambda number: "ordered" if number % 3 else "looked",
            )  # fmt: skip
            for at in (START, START + HOUR):
                clock.turn(at)
                while batches.work(lambda: False):
                    pass
        finally:
            database.close()
        service = Service(data, folder, Settings(), clock, transports={})
        service.start(background=False)
        try:
            with standing(service, folder) as address:
                here = Site(address, folder, folder / "crowd.flow", service, NAME)
                with here.client() as client:
                    return _measured(client, here, people)
        finally:
            service.stop()


def _measured(client: httpx.Client, here: Site, people: int) -> dict[str, Any]:
    before = _compared(client, here)
    page: list[float] = []
    for _ in range(_LOOKS):
        process, own = time.process_time(), time.thread_time()
        client.get(here.path).raise_for_status()
        page.append(1000 * (time.process_time() - process - (time.thread_time() - own)))
    looks, counts = _looked(here)
    changed = _FLOW.replace(*_MOVED).replace(_HEADER, f"{_HEADER}  moved ordering to buying\n")
    here.file.write_text(changed, encoding="utf-8")
    here.service.publish(here.folder, author=EMAIL)
    while here.service.tick():
        pass
    after = _compared(client, here)
    return {
        "people": people,
        "page": spread(page),
        "look_us": spread(looks),
        "count": spread(counts),
        "before": before,
        "after": after,
        "moved": after.get("buying", 0),
    }


def _looked(here: Site) -> tuple[list[float], list[float]]:
    """Microseconds of a look at what was counted, and milliseconds of counting."""
    from engine.reports.crowds import Crowds

    crowds = Crowds(here.service.database, here.service.live)
    crowds.of(NAME)
    looks, counts = [], []
    for _ in range(_LOOKS):
        began = time.thread_time()
        crowds.of(NAME, at_once=True)
        looks.append(1_000_000 * (time.thread_time() - began))
    for _ in range(5):
        fresh = Crowds(here.service.database, here.service.live)
        began = time.thread_time()
        fresh.of(NAME)
        counts.append(1000 * (time.thread_time() - began))
    return looks, counts


def _compared(client: httpx.Client, here: Site) -> dict[str, int]:
    """How many wait where by the page's stream, which must come to what the history says; the same
    of the ways.
    """
    waiting, passed = _by_history(here)
    told: dict[str, Any] = {}
    deadline = time.monotonic() + _PATIENCE_S
    with client.stream("GET", f"/api{here.path}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                told = orjson.loads(line.removeprefix("data: "))
                ways = {key: times for key, times in told["ways"].items() if key in passed}
                if told["waiting"] == waiting and ways == passed:
                    return dict(waiting)
            if time.monotonic() > deadline:
                break
    raise WrongError(f"{told} instead of {waiting} and {passed}")


def _by_history(here: Site) -> tuple[dict[str, int], dict[str, int]]:
    """Where people stand (the last row of each run) and which way each took, row by row."""
    last: dict[int, tuple[str, str]] = {}
    ways: Counter[str] = Counter()
    arms = {"yes": "0", "no": "else"}
    with here.service.database.reader() as reader:
        for run, node, outcome, detail in stood_and_passed(reader, NAME):
            last[run] = node, outcome
            if detail in arms:
                ways[f"{node}/{arms[detail]}"] += 1
    waiting = Counter(node for node, outcome in last.values() if outcome != "ended")
    return dict(waiting), dict(ways)
