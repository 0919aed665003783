"""What somebody did before a channel could reach them is offered to the flows once more."""

from __future__ import annotations

from typing import Any

from engine.core.model import MINUTE
from tests.engine.customers.test_addresses import call
from tests.harness.workshop import DAY, HOUR, START, Workshop

FLOW = """\
flow carts:
  enter when add_to_cart
  only if customer can receive email
  exit when purchase
  wait 1 hour
  send email one

flow looks:
  enter when view_item for each item
  only if customer can receive email and customer.city is "Bonn"
  send email two

flow every:
  enter when search
  send email three
"""
AGREED = {"email": "ada@shop.example", "consent": {"email": True}}


def did(shop: Workshop, event: str, visitor: str = "v", **properties: Any) -> None:
    call(shop, "track", anonymousId=visitor, event=event, properties=properties)


def sent(shop: Workshop) -> list[tuple[str, int]]:
    return [(one.message, one.at) for _, one in shop.notebook.taken]


def test_signing_in_tries_what_the_visitor_did(workshop: Any) -> None:
    """A visitor fills a cart and signs in two minutes later: the reminder comes, once."""
    shop = workshop(FLOW)
    call(shop, "identify", userId="ada", traits=AGREED)
    did(shop, "add_to_cart", item="boots")
    did(shop, "search", search_term="boots")
    shop.forward(2 * MINUTE)
    call(shop, "identify", userId="ada", anonymousId="v")
    shop.forward(3 * HOUR)
    call(shop, "identify", userId="ada", anonymousId="v", traits=AGREED)
    shop.forward(3 * HOUR)
    assert sent(shop) == [("one", START + 2 * MINUTE + HOUR)]


def test_consent_tries_the_latest_of_each_key(workshop: Any) -> None:
    """With the address comes what was only missing it: the latest cart, each looked-at product."""
    shop = workshop(FLOW)
    call(shop, "identify", anonymousId="v", traits={"city": "Bonn"})
    for item in ("boots", "tent", "boots"):
        did(shop, "view_item", item=item)
        did(shop, "add_to_cart", item=item)
    shop.forward(HOUR)
    call(shop, "identify", anonymousId="v", traits=AGREED)
    shop.forward(3 * HOUR)
    assert sorted(sent(shop)) == [("one", START + 2 * HOUR), *[("two", START + HOUR)] * 2]


def test_what_is_over_is_not_tried(workshop: Any) -> None:
    """Bought since, more than a day ago, or out for another reason: nothing comes."""
    shop = workshop(FLOW)
    did(shop, "add_to_cart", "bought", item="boots")
    did(shop, "add_to_cart", "old", item="boots")
    did(shop, "view_item", "elsewhere", item="boots")
    shop.forward(MINUTE)
    did(shop, "purchase", "bought", order_id="1")
    for visitor in ("bought", "elsewhere"):
        told = {**AGREED, "email": f"{visitor}@shop.example"}
        call(shop, "identify", anonymousId=visitor, traits=told)
    shop.forward(DAY)
    told = {**AGREED, "email": "old@shop.example"}
    call(shop, "identify", anonymousId="old", traits=told)
    shop.forward(3 * HOUR)
    assert sent(shop) == []
