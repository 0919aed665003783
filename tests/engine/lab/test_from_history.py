"""The rates of a shop are those of what its people did, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from engine.lab.from_history import FEWEST_EVENTS, of_shop
from engine.lab.simulation import simulate
from engine.store import events
from engine.store.writer import Transaction
from tests.harness.workshop import DAY, HOUR, START, Workshop

FLOW = """\
flow offers "Offers":
  enter when ordered where note is "yes"
  send email one as first
"""
PEOPLE, DAYS = 60, 30


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Iterator[Workshop]:
    made = Workshop(tmp_path, FLOW, database_url=database_url)
    yield made
    made.service.stop()


def happened(shop: Workshop, told: list[tuple[int, str, int, dict[str, object]]]) -> None:
    def work(transaction: Transaction) -> None:
        new = [
            events.NewEvent(f"e{number}", customer, name, at, properties)
            for number, (customer, name, at, properties) in enumerate(told)
        ]
        events.append(transaction, new, max(at for _, _, at, _ in told))

    shop.service.writer.run(work)


def test_a_shop_without_a_past_has_no_rates(shop: Workshop) -> None:
    """With fewer events than are worth a rate the usual ones have to do."""
    one = shop.customer()
    happened(shop, [(one, "view_item", START, {}) for _ in range(FEWEST_EVENTS - 1)])
    with shop.service.database.reader() as reader:
        assert of_shop(reader, START, frozenset()) is None


def test_rates_are_those_that_were_planted(shop: Workshop) -> None:
    """Everybody comes each day; every second day goes to a cart, every fourth to an order. They
    order once a month, say "yes" in one of two, and open the message after two hours.
    """
    people = [shop.customer(f"c{n}", tier="gold" if n % 2 else "iron") for n in range(PEOPLE)]
    told: list[tuple[int, str, int, dict[str, object]]] = []
    for n, one in enumerate(people):
        for day in range(DAYS):
            at = START + day * DAY + HOUR
            told.append((one, "page_view", at, {}))
            told.append((one, "view_item", at + 1, {"item": "x"}))
            if (n + day) % 2 == 0:
                told.append((one, "add_to_cart", at + 2, {"item": "x"}))
            if (n + day) % 4 == 0:
                told.append((one, "begin_checkout", at + 3, {}))
                told.append((one, "purchase", at + 4, {"order_id": f"{n}-{day}", "value": 100}))
        told.append((one, "ordered", START + 3 * HOUR, {"note": "yes" if n % 3 else "no"}))
    told.sort(key=lambda it: it[2])
    shop.clock.turn(START + DAYS * DAY)
    happened(shop, told)
    with shop.service.database.reader() as reader:
        found = of_shop(reader, shop.clock.now(), frozenset({"ordered"}))
    assert found is not None
    assert found.visits == pytest.approx(30, rel=0.1)
    assert (found.viewed, found.carted, found.checkout, found.bought) == (1.0, 0.5, 0.5, 1.0)
    assert found.views == 1.0
    assert found.events["ordered"] == pytest.approx(1.0, rel=0.1)
    assert {one["note"] for one in found.says["ordered"]} == {"yes", "no"}
    assert {one.properties["tier"] for one in found.people} == {"gold", "iron"}
    assert all(one.consent == {"email": True} for one in found.people)
    assert f"{len(told):,} events" in found.source
    *_, season = simulate(shop.service.deployment, "offers", 300, 30, 1, found)
    # 300 people, once each on average, two of three say yes: 200, give or take five sigma.
    assert 130 < season.entered < 270


def test_a_message_is_answered_as_often_as_it_was(shop: Workshop) -> None:
    """Of 60 who got it half opened after two hours, and half of those clicked."""
    people = [shop.customer(f"c{n}") for n in range(PEOPLE)]
    for one in people:
        shop.happen(one, "ordered", note="yes", total=1)
    shop.forward(0)
    runs = dict(shop.rows("select customer, run from intent"))
    assert len(runs) == PEOPLE
    shop.forward(2 * HOUR)
    for n, one in enumerate(people):
        about = {"flow": "offers", "run": runs[one], "step": "first", "message": "one"}
        if n % 2 == 0:
            shop.happen(one, "open_email", **about)
        if n % 4 == 0:
            shop.happen(one, "click_email", **about)
    for _ in range(FEWEST_EVENTS // PEOPLE + 1):
        for one in people[:PEOPLE]:
            shop.happen(one, "page_view")
    shop.forward(HOUR)
    with shop.service.database.reader() as reader:
        found = of_shop(reader, shop.clock.now(), frozenset())
    assert found is not None
    assert found.answer("one") == (0.5, 0.5, 0.0)
    assert orjson.dumps(found.source).startswith(b'"from the shop')
