"""The pages of reports beside the statements that they rest on, on a season that was lived through.

The statements are those that a page makes while it is asked for, also that which finds who is
signed in, timed where they are made. So what a page takes beyond them is everything else: the
report's own arithmetic, its session, writing it as HTML, and HTTP, with that of whoever asks. Pages
are asked for by turns, all warm.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any, Final, Self
from urllib.parse import urlsplit

from editor.bench.site import signed_in, standing
from engine.bench import w1
from engine.channels.transport import Envelope, Outcome, delivered
from engine.clock import SettableClock
from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.reports.catalogue import REPORTS
from engine.service.service import Service
from engine.settings import Settings
from engine.store import events, run_figures
from engine.store.connection import Reader, Row
from engine.store.states import flow_number

DAYS: Final = 30
SHOP: Final = """\
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@shop.example>"

event ordered:
  total money

flow offers "Offers":
  enter when ordered
  goal purchase within 5 days
  exit when purchase
  holdout 10%
  experiment words:
    50% as short:
      send email one as first
    50% as long:
      send email two as other
  wait 1 day
  send email three as last

flow thanks "Thanks":
  enter when purchase
  wait 2 hours
  send email one as thank
"""


class _Taken:
    """A transport that takes everything."""

    async def deliver(self, _key: str, _envelope: Envelope) -> Outcome:
        return delivered("ok")

    async def close(self) -> None:
        """Nothing is held."""


class _Timed:
    """A reader, and how long its statements took (s), on the clock and of the processor."""

    def __init__(self, reader: Reader, spent: list[tuple[float, float]]) -> None:
        self._reader = reader
        self._spent = spent

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[Row]:
        began, worked = time.perf_counter(), time.thread_time()
        found = self._reader.rows(sql, values)
        worked = time.thread_time() - worked
        self._spent.append((time.perf_counter() - began, worked))
        return found

    def row(self, sql: str, values: tuple[Any, ...] = ()) -> Row | None:
        return next(iter(self.rows(sql, values)), None)

    def close(self) -> None:
        self._reader.close()

    def __enter__(self) -> Self:
        self._reader.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._reader.__exit__(*exception)


PAGES: Final = {
    **{name: f"/reports/{name}" for name in REPORTS},
    "flow": "/reports/flow/offers",
    "flow page": "/flows/offers",
    "list of flows": "/flows",
}


def run(customers: int, rounds: int) -> dict[str, Any]:
    """By page the milliseconds that it takes and those of its statements, medians of so many
    rounds, on a month of so many customers.
    """
    with season(customers) as service:
        figures = {"workload": "reports", "unit": "ms", "customers": customers, "days": DAYS}
        newest = service.writer.run(events.newest)
        spent: list[tuple[float, float]] = []
        database = service.database
        reader = database.reader
        database.reader = lambda: _Timed(reader(), spent)  # type: ignore[method-assign]
        with standing(service, service.flows_dir or Path()) as address:
            with signed_in(address) as client:
                cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            asked = HTTPConnection(urlsplit(address).netloc)
            told: dict[str, list[tuple[float, ...]]] = {name: [] for name in PAGES}
            for number in range(rounds + 1):
                for name, path in PAGES.items():
                    spent.clear()
                    began, worked = time.perf_counter(), time.process_time()
                    asked.request("GET", path, headers={"cookie": cookie})
                    answer = asked.getresponse()
                    answer.read()
                    taken = time.perf_counter() - began, time.process_time() - worked
                    if answer.status != HTTPStatus.OK:
                        raise RuntimeError(f"{path} was answered with {answer.status}")
                    if number:  # the first round warms everything
                        told[name].append((*taken, *map(sum, zip(*spent, strict=True))))
            asked.close()
        pages = {}
        for name, rows in told.items():
            page, worked, sql, of_sql = (median(one) * 1000 for one in zip(*rows, strict=True))
            pages[name] = {
                "page": round(page, 2),
                "statements": round(sql, 2),
                "ratio": round(page / sql, 2),
                "page_processor": round(worked, 2),
                "statements_processor": round(of_sql, 2),
                "processor_ratio": round(worked / of_sql, 2),
            }
        return {**figures, "events": newest, "reports": pages}


@contextmanager
def season(customers: int) -> Iterator[Service]:
    """A month in virtual time: visits, orders, mails that are opened and clicked, purchases."""
    with tempfile.TemporaryDirectory(prefix="headrace-reports-") as place:
        flows = Path(place) / "flows"
        (flows / "messages").mkdir(parents=True)
        (flows / "shop.flow").write_text(SHOP, encoding="utf-8")
        for name in ("one", "two", "three"):
            text = f"---\nsubject: {name}\n---\nHello\n"
            (flows / "messages" / f"{name}.email.txt").write_text(text, encoding="utf-8")
        clock = SettableClock(w1.START)
        settings = Settings()
        service = Service(
            Path(place) / "data", flows, settings, clock, transports={"email": _Taken()}
        )
        service.start(background=False)
        try:
            service.writer.run(lambda tx: w1.customers(tx, customers))
            for day in range(DAYS):
                _day(service, customers, day)
            service.rounds.figures.round()
            yield service
        finally:
            service.stop()


def _day(service: Service, customers: int, day: int) -> None:
    """Each person has days of their own, by their number."""
    now = service.clock.now()
    told: list[events.NewEvent] = []

    def happens(who: int, name: str, at: Instant, **properties: Any) -> None:
        told.append(events.NewEvent(f"{day} {name} {who} {at}", who, name, at, properties))

    for who in range(1, customers + 1):
        if (who + day) % 4 == 0:
            for number in range(3):
                happens(who, "page_view", now + number)
            happens(who, "view_item", now, item=f"sku-{who % 50}")
        if (who + day) % 11 == 0:
            happens(who, "search", now, search_term="tent")
        if who % DAYS == day:
            happens(who, "ordered", now, total=1)
    _tell(service, told)
    service.run_until_idle(now + 2 * HOUR)
    told.clear()
    at = service.clock.now()
    with service.database.reader() as reader:
        flow = flow_number(reader, "offers") or 0
        for who in range(1, customers + 1):
            if who % DAYS == day:
                for run in run_figures.begun(reader, who, flow, 0):
                    place = {"flow": "offers", "run": run, "step": "first", "message": "one"}
                    if who % 2:
                        happens(who, "open_email", at, **place)
                    if who % 3 == 0:
                        happens(who, "click_email", at + MINUTE, **place)
                    if who % 5 == 0:
                        items = [{"id": f"sku-{who % 50}", "quantity": 1, "price": 1_990}]
                        order = {"order_id": f"{day} {who}", "value": 1_990, "items": items}
                        happens(who, "purchase", at + HOUR, **order)
    _tell(service, told)
    service.run_until_idle(now + DAY)


def _tell(service: Service, told: list[events.NewEvent]) -> None:
    at = service.clock.now()
    for first in range(0, len(told), 1_000):
        part = told[first : first + 1_000]
        service.writer.run(lambda tx, part=part: events.append(tx, part, at))  # type: ignore[misc]
