"""The pages of reports beside the statements that they rest on, on a season that was lived through.

The statements are timed by asking for the same report alone, by turns with its page, both warm. So
what a page takes beyond them is everything else: the report's own arithmetic, its session, writing
it as HTML, and HTTP.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from editor.bench.site import signed_in, standing
from engine.bench import w1
from engine.channels.transport import Envelope, Outcome, delivered
from engine.clock import SettableClock
from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.reports.asked import Asked
from engine.reports.catalogue import REPORTS, make
from engine.reports.period import period
from engine.service.service import Service
from engine.settings import Settings
from engine.store import events, run_figures
from engine.store.connection import Row
from engine.store.rows import Rows
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
    """Rows, and how long they were waited for (s)."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.spent = 0.0

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[Row]:
        began = time.perf_counter()
        found = self._rows.rows(sql, values)
        self.spent += time.perf_counter() - began
        return found

    def row(self, sql: str, values: tuple[Any, ...] = ()) -> Row | None:
        return next(iter(self.rows(sql, values)), None)


def run(customers: int, rounds: int) -> dict[str, Any]:
    """By report the milliseconds of its page and of its statements, medians of so many rounds, on a
    month of so many customers.
    """
    with season(customers) as service:
        figures = {"workload": "reports", "unit": "ms", "customers": customers, "days": DAYS}
        newest = service.writer.run(events.newest)
        with (
            standing(service, service.flows_dir or Path()) as address,
            signed_in(address) as client,
        ):
            told = {}
            for name in REPORTS:
                path = "/reports/flow/offers" if name == "flow" else f"/reports/{name}"
                page, sql = [], []
                for number in range(rounds + 1):
                    began = time.perf_counter()
                    client.get(path).raise_for_status()
                    spent = time.perf_counter() - began
                    if number:  # the first round warms everything
                        page.append(spent * 1000)
                        sql.append(_statements(service, name) * 1000)
                middle, of_sql = median(page), median(sql)
                told[name] = {
                    "page": round(middle, 1),
                    "statements": round(of_sql, 1),
                    "ratio": round(middle / of_sql, 2),
                }
        return {**figures, "events": newest, "reports": told}


def _statements(service: Service, name: str) -> float:
    deployment = service.deployment
    when = period(service.clock.now(), deployment.zone, days=REPORTS[name].days)
    with service.database.reader() as reader:
        timed = _Timed(reader)
        rule = service.settings.credit_rule
        flow = "offers" if name == "flow" else ""
        make(name, Asked(timed, rule, when, deployment.currency, deployment.programs, flow))
        return timed.spent


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
