"""An order is one purchase, by whatever way and however often it is told; refunds take it back."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from engine.core.calendar import iso
from engine.intake import calls
from engine.intake.ingest import take
from tests.harness.workshop import DAY, HOUR, Workshop

FLOW = """\
score buyer:
  +10 on purchase

flow thanks:
  enter when purchase for each item
  transactional
  send email one

flow carts:
  enter when add_to_cart
  exit when purchase
  goal purchase within 5 days
  wait 1 day
  send email two

flow sorry:
  enter when refund
  transactional
  send email three
"""
_numbers = itertools.count()


@pytest.fixture
def shop(workshop: Callable[..., Workshop]) -> Workshop:
    made: Workshop = workshop(FLOW)
    made.customer("ada")
    return made


def tell(
    shop: Workshop,
    event: str,
    *,
    imported: bool = False,
    webhook: bool = False,
    ref: str = "",
    **told: Any,
) -> None:
    now = shop.clock.now()
    frame = calls.Frame(now, browser=False, source="key shop", enters=not imported)
    call = {"userId": "ada", "event": event, "properties": told, "messageId": f"m{next(_numbers)}"}
    if imported:
        call["timestamp"] = iso(now - HOUR)
    incoming = calls.read_call(call, frame, "track")
    incoming.shop, incoming.order_ref = webhook, ref
    types = shop.service.deployment.types
    (taken,) = shop.service.writer.run(lambda tx: take(tx, [incoming], types, now))
    assert not taken.error, taken


def known(shop: Workshop) -> dict[str, Any]:
    ((about, scores),) = shop.rows("select properties, scores from customer")
    told = orjson.loads(about)
    found = {name: told.get(name) for name in ("orders", "total_spent")}
    return {**found, "buyer": orjson.loads(scores)["buyer"][0] if scores else 0}


def purchases(shop: Workshop) -> list[dict[str, Any]]:
    rows = shop.rows("select properties from event where name = 'purchase'")
    return [orjson.loads(told) for (told,) in rows]


BOOTS = [{"id": "boots", "price": 100, "quantity": 1}]


@pytest.mark.parametrize("again", ["1001", "#1001", 1001])
@pytest.mark.parametrize("between", [0, HOUR])
def test_an_order_is_one_purchase(shop: Workshop, again: Any, between: int) -> None:
    """One order that is told twice, at once or later, thanks once and counts once."""
    tell(shop, "Order Completed", order_id="1001", revenue=100, products=BOOTS)
    if between:
        shop.forward(between)
    tell(shop, "purchase", order_id=again, value=100, items=BOOTS, coupon="X", tax=19)
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one"]
    assert known(shop) == {"orders": 1, "total_spent": 10_000, "buyer": 10}
    (kept,) = purchases(shop)
    assert (kept["tax"], kept["coupon"]) == (1_900, "X"), "the later telling filled in"


@pytest.mark.parametrize("between", [0, HOUR])
def test_the_shop_system_has_the_last_word(shop: Workshop, between: int) -> None:
    """The value of the shop's own webhook replaces what the page's server said, and counts."""
    tell(shop, "purchase", order_id="7", value=100)
    if between:
        shop.forward(between)
    tell(shop, "purchase", webhook=True, order_id="7", value=80, items=BOOTS)
    tell(shop, "purchase", order_id="7", value=100)
    shop.forward(HOUR)
    assert known(shop) == {"orders": 1, "total_spent": 8_000, "buyer": 10}
    assert purchases(shop)[0]["value"] == 8_000


@pytest.mark.parametrize("between", [0, HOUR])
def test_an_import_before_the_webhook_swallows_nothing(shop: Workshop, between: int) -> None:
    """The order's file came first: the webhook still thanks and leaves the cart, once."""
    tell(shop, "purchase", imported=True, order_id="7", value=100, items=BOOTS, tax=19)
    if between:
        shop.forward(between)
    assert shop.notebook.messages == []
    tell(shop, "add_to_cart", item="boots")
    shop.forward(HOUR)
    tell(shop, "purchase", webhook=True, order_id="#7", value=100, items=BOOTS)
    shop.forward(2 * DAY)
    tell(shop, "purchase", order_id="7", value=100, items=BOOTS)
    tell(shop, "purchase", imported=True, order_id="7", value=100, items=BOOTS)
    shop.forward(2 * DAY)
    assert shop.notebook.messages == ["one"]
    assert known(shop) | {"buyer": 10} == {"orders": 1, "total_spent": 10_000, "buyer": 10}
    assert round(known(shop)["buyer"]) == 10
    (kept,) = purchases(shop)
    assert kept["tax"] == 1_900


def test_a_refund_takes_back_what_was_paid(shop: Workshop) -> None:
    """Each refund counts once, by its id or by order and amount; what is gone is no order."""
    tell(shop, "add_to_cart", item="boots")
    shop.forward(HOUR)
    for order in ("1", "2"):
        tell(shop, "purchase", order_id=order, value=100)
    shop.forward(HOUR)
    assert known(shop)["total_spent"] == 20_000
    tell(shop, "Order Refunded", order_id="1", value=30, refund_id="r1")
    tell(shop, "refund", order_id="#1", value=30)
    shop.forward(HOUR)
    tell(shop, "refund", order_id="1", value=30, refund_id="r1")
    shop.forward(HOUR)
    assert (known(shop)["orders"], known(shop)["total_spent"]) == (2, 17_000)
    assert shop.notebook.messages == ["three"]
    assert shop.rows("select sum(revenue) from goal") == [(7_000,)]
    tell(shop, "refund", order_id="1", value=90, refund_id="r2")
    shop.forward(HOUR)
    assert (known(shop)["orders"], known(shop)["total_spent"]) == (1, 10_000)
    tell(shop, "order_cancelled", order_id="1")
    tell(shop, "order_cancelled", order_id="2")
    tell(shop, "refund", order_id="2", value=500)
    shop.forward(HOUR)
    assert (known(shop)["orders"], known(shop)["total_spent"]) == (0, 0)
    assert shop.rows("select sum(revenue) from goal") == [(0,)]
    assert shop.rows("select count(*) from event where name = 'purchase'") == [(2,)]


def test_a_retry_of_a_filled_order_is_a_duplicate(shop: Workshop) -> None:
    """The same call again is known, also after another telling added to what it said."""
    call = {"userId": "ada", "event": "purchase", "messageId": "mine",
            "properties": {"order_id": "7", "value": 100}}  # fmt: skip

    def send() -> Any:
        frame = calls.Frame(shop.clock.now(), browser=False, source="key shop")
        incoming = calls.read_call(dict(call), frame, "track")
        types, now = shop.service.deployment.types, shop.clock.now()
        return shop.service.writer.run(lambda tx: take(tx, [incoming], types, now))[0]

    send()
    tell(shop, "purchase", webhook=True, order_id="7", value=90, tax=5)
    again = send()
    assert (again.duplicate, again.error) == (True, "")


WEBHOOK = {"order_id": "#1301", "value": 5, "ref": "51301"}
TELLINGS: list[dict[str, Any]] = [
    *({"order_id": told, "value": 5} for told in (51301, "51301", "#1301", 1301, "1301")),
    {"order_id": "gid-7", "order_number": 1301, "value": 5},
]


def tell_order(shop: Workshop, told: dict[str, Any], **more: Any) -> None:
    ref = told.get("ref", "")
    plain = {name: value for name, value in told.items() if name != "ref"}
    tell(shop, "purchase", webhook=bool(ref), ref=ref, **more, **plain)


@pytest.mark.parametrize("told", TELLINGS, ids=lambda told: repr(told["order_id"]))
@pytest.mark.parametrize("between", [0, HOUR])
def test_each_of_its_numbers_leads_to_an_order(
    shop: Workshop, told: dict[str, Any], between: int
) -> None:
    """The shop's own number and the printed one are one order, whichever is told first."""
    for each in (WEBHOOK, told, told, WEBHOOK):
        tell_order(shop, each)
        if between:
            shop.forward(between)
    shop.forward(HOUR)
    assert len(purchases(shop)) == 1
    assert known(shop) == {"orders": 1, "total_spent": 500, "buyer": 10}
    tell(shop, "refund", order_id=told["order_id"], value=2)
    tell(shop, "refund", order_id="#1301", value=2)
    shop.forward(HOUR)
    assert known(shop)["total_spent"] == 300


@pytest.mark.parametrize("told", TELLINGS, ids=lambda told: repr(told["order_id"]))
@pytest.mark.parametrize("imported", [True, False])
def test_the_server_before_the_webhook(
    shop: Workshop, told: dict[str, Any], imported: bool
) -> None:
    """What a server or a file told by one number is the same order when the webhook comes."""
    tell_order(shop, told, imported=imported)
    shop.forward(HOUR)
    tell_order(shop, WEBHOOK)
    shop.forward(HOUR)
    tell_order(shop, told)
    shop.forward(HOUR)
    assert len(purchases(shop)) == 1
    assert known(shop) == {"orders": 1, "total_spent": 500, "buyer": 10}
    tell(shop, "refund", order_id="#1301", value=5)
    shop.forward(HOUR)
    assert (known(shop)["orders"], known(shop)["total_spent"]) == (0, 0)


def test_the_number_of_one_order_may_be_printed_on_another(shop: Workshop) -> None:
    """Two orders of a shop stay two, also where one's own number is the other's printed one."""
    tell_order(shop, {"order_id": "#300", "value": 3, "ref": "1301"})
    tell_order(shop, {"order_id": "#1301", "value": 5, "ref": "5000"})
    shop.forward(HOUR)
    assert len(purchases(shop)) == 2
    assert known(shop)["total_spent"] == 800
