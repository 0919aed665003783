"""A larger shop with planted truths: every report finds the counts exactly, on both databases.

Each person's fate follows from their number, so what is expected is counted here, from the plan,
and not from what the shop wrote down. `HEADRACE_PLANTED=2000` plants so many people; without it
there are few.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.core import draws
from engine.core.figures import Rule
from engine.customers.erasure import erase
from engine.customers.merging import merge
from engine.reports.asked import Asked
from engine.reports.catalogue import make
from engine.reports.period import period
from engine.store import feedback
from engine.store.writer import Transaction
from tests.engine.reports.test_figures import Shop, late
from tests.harness.workshop import DAY, HOUR, START

PEOPLE = int(os.environ.get("HEADRACE_PLANTED", "48"))
PAIRS = 3
"""Visitors who turn out to be somebody who is known."""

FLOW = """\
flow offers "Offers":
  enter when ordered
  goal purchase within 5 days
  exit when purchase
  experiment words "Which words?":
    50% as short:
      send email one as first
    50% as long:
      send email two as second
  wait 1 day
  send email three as third
"""


@dataclass
class Fate:
    """What one person does. `known`: not erased since."""

    number: int
    customer: int = 0
    known: bool = True
    late: bool = False

    @property
    def opens(self) -> bool:
        return self.number % 2 == 0

    @property
    def clicks(self) -> bool:
        return self.number % 4 == 0

    @property
    def buys(self) -> bool:
        return self.number % 3 == 0

    @property
    def searches(self) -> bool:
        return self.number % 5 < 2

    @property
    def value(self) -> int:
        return 1_000 + 7 * self.number

    @property
    def returns(self) -> int:
        """What is sent back of it, minor units."""
        return self.value // 2 if self.buys and self.number % 9 == 0 else 0

    @property
    def bounces(self) -> bool:
        return self.number % 10 == 7

    @property
    def complains(self) -> bool:
        return self.number % 15 == 4

    @property
    def tells_late(self) -> bool:
        """They clicked in time, and we learned of it after the order."""
        return self.number % 12 == 6

    @property
    def credited(self) -> bool:
        return self.known and self.buys and (self.clicks or (self.tells_late and self.late))

    @property
    def arm(self) -> str:
        return "short" if draws.of_experiment("words", self.customer) < 0.5 else "long"


@dataclass
class Plan:
    shop: Shop
    people: list[Fate] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    merged: bool = False

    def report(self, name: str, flow: str = "", day: str = "") -> dict[str, Any]:
        service, days = self.shop.service, (day or "2026-01-05", day or "2026-01-31")
        deployment = service.deployment
        with service.database.reader() as reader:
            now = self.shop.clock.now()
            asked = Asked(
                reader, Rule(), period(now, deployment.zone, *days, 30), deployment.currency,
                deployment.programs, flow, None, 0.003, frozenset(),
            )  # fmt: skip
            told: dict[str, Any] = make(name, asked).as_json()
            return told

    def run_of(self, customer: int) -> tuple[int, str, str]:
        """The run of somebody, the step and the message that they got first."""
        ((run, step, message),) = self.shop.rows(
            "select run, step, message from intent where customer = ? and step <> 'third'", customer
        )
        return run, step, message

    def act(self, customer: int, name: str) -> None:
        run, step, message = self.run_of(customer)
        self.shop.happen(customer, name, flow="offers", run=run, step=step, message=message)

    def came_back(self, fate: Fate, kind: Any) -> None:
        run, step, message = self.run_of(fate.customer)
        came = feedback.Came(
            f"{kind} {fate.number}", self.shop.clock.now(), kind, "email", None, fate.customer,
            "offers", message, run, step,
        )  # fmt: skip
        self.shop.service.writer.run(lambda tx: feedback.add(tx, came))

    def live(self) -> None:
        """Four days: orders on the first, what comes back on the fourth."""
        shop = self.shop
        for number in range(PEOPLE):
            self.people.append(Fate(number, shop.customer(f"c{number}")))
        self.pairs = [(shop.customer(f"v{n}"), shop.customer(f"k{n}")) for n in range(PAIRS)]
        for customer in [*(one.customer for one in self.people), *(one for one, _ in self.pairs)]:
            shop.happen(customer, "ordered", total=1)
        shop.forward(HOUR)
        for one in self.people:
            shop.happen(one.customer, "search" if one.searches else "page_view")
            if one.opens:
                self.act(one.customer, "open_email")
            if one.clicks:
                self.act(one.customer, "click_email")
            if one.bounces:
                self.came_back(one, "hard_bounce")
            if one.complains:
                self.came_back(one, "complained")
        for visitor, _ in self.pairs:
            self.act(visitor, "click_email")
        shop.forward(HOUR)
        for one in self.people:
            if one.buys:
                shop.buy(one.customer, f"o{one.number}", one.value)
        for number, (_, known) in enumerate(self.pairs):
            shop.buy(known, f"k{number}", 900)
        shop.forward(3 * DAY)
        for one in self.people:
            if one.returns:
                shop.happen(one.customer, "refund", order_id=f"o{one.number}", value=one.returns)
        shop.forward(HOUR)

    # --- what has to be found -------------------------------------------------------------

    @property
    def buyers(self) -> list[Fate]:
        return [one for one in self.people if one.buys and one.known]

    @property
    def revenue(self) -> int:
        """Of the flow by the last click, less what came back."""
        own = sum(one.value - one.returns for one in self.people if one.credited)
        return own + (900 * PAIRS if self.merged else 0)

    @property
    def credited(self) -> int:
        return sum(one.credited for one in self.people) + (PAIRS if self.merged else 0)

    def agree(self) -> None:
        """All reports say what the plan says."""
        people, known = self.people, [one for one in self.people if one.known]
        third = sum(not one.buys for one in people) + PAIRS
        sent = len(people) + PAIRS + third
        clicked = sum(one.clicks or (one.tells_late and one.late) for one in known)
        flow = self.report("flow", "offers")
        wanted = {
            "entered": len(people) + PAIRS,
            "sent": sent,
            "bounced": sum(one.bounces for one in people),
            "complained": sum(one.complains for one in people),
            "opened": sum(one.opens for one in known),
            "clicked": clicked + PAIRS,
            "orders": self.credited,
            "revenue": self.revenue,
        }
        assert {name: flow["numbers"][name] for name in wanted} == wanted
        arms = Counter(one.arm for one in people)
        arms.update(
            "short" if draws.of_experiment("words", visitor) < 0.5 else "long"
            for visitor, _ in self.pairs
        )
        messages = {row["step"]: row["sent"] for row in flow["tables"]["messages"]}
        assert messages == {"first": arms["short"], "second": arms["long"], "third": third}
        shop = self.report("shop")["numbers"]
        orders = len(self.buyers) + PAIRS
        whole = sum(one.value - one.returns for one in self.buyers) + 900 * PAIRS
        assert (shop["shop_orders"], shop["shop_revenue"]) == (orders, whole)
        assert shop["earned"] == self.revenue
        assert self.report("deliverability")["numbers"]["sent"] == sent
        domains = self.report("deliverability")["tables"]["domains"]
        assert sum(row["sent"] for row in domains) == sent
        groups = {row["arm"]: row for row in self.report("experiments")["tables"]["experiments"]}
        for arm in ("short", "long"):
            inside = [one for one in people if one.arm == arm and one.known]
            visitors = [
                1
                for visitor, _ in self.pairs
                if (draws.of_experiment("words", visitor) < 0.5) == (arm == "short")
            ]
            assert groups[arm]["people"] == len(inside) + len(visitors)
        (cohort,) = self.report("cohorts")["tables"]["cohorts"]
        assert (cohort["buyers"], cohort["bought_once"]) == (orders, orders)
        acts = {row["behaviour"]: row for row in self.report("behaviour")["tables"]["behaviour"]}
        searched = acts["Searched"]
        assert searched["people"] == sum(one.searches for one in known)
        assert searched["buyers"] == sum(one.searches for one in self.buyers)


@pytest.fixture
def plan(tmp_path: Path, database_url: str | None) -> Iterator[Plan]:
    made = Plan(Shop(tmp_path, FLOW, database_url=database_url))
    made.live()
    yield made
    made.shop.service.stop()


@pytest.mark.timeout(1_200 if PEOPLE > 100 else 120)
def test_every_report_finds_what_was_planted(plan: Plan) -> None:
    """Also after each of what changes figures later: a refund on its own day, a click that is told
    late, a merge, an erasure; from the rows, and from the table once it is rolled up.
    """
    plan.agree()
    plan.shop.roll()
    plan.agree()

    back = refunded(plan)
    assert plan.report("shop", day="2026-01-08")["numbers"]["shop_revenue"] == -back < 0

    for one in plan.people:
        if one.tells_late:
            run, step, message = plan.run_of(one.customer)
            about = {"flow": "offers", "run": run, "step": step, "message": message}
            late(plan.shop, one.customer, "click_email", START + HOUR, about)
            one.late = True
    plan.shop.forward(0)
    plan.agree()
    plan.shop.roll()
    plan.agree()

    for visitor, known in plan.pairs:
        joined(plan.shop, known, visitor)
    plan.merged = True
    plan.shop.forward(0)
    plan.agree()
    plan.shop.roll()
    plan.agree()

    for one in plan.people:
        if one.number % 12 == 0:
            erased(plan.shop, one.customer)
            one.known = False
    plan.agree()
    plan.shop.roll()
    plan.agree()


def joined(shop: Shop, known: int, visitor: int) -> None:
    def work(transaction: Transaction) -> None:
        merge(transaction, known, visitor, shop.clock.now())

    shop.service.writer.run(work)


def erased(shop: Shop, customer: int) -> None:
    def work(transaction: Transaction) -> None:
        erase(transaction, customer, shop.service.suppressions, shop.clock.now(), "test")

    shop.service.writer.run(work)


def refunded(plan: Plan) -> int:
    """What was sent back, on the fourth day."""
    return sum(one.returns for one in plan.people)
