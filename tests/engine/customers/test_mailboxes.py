"""Two rows with one mailbox: their mails and limits are those of one address."""

from __future__ import annotations

from typing import Any

from tests.engine.customers.test_addresses import call
from tests.harness.workshop import DAY, HOUR, Workshop

FLOW = """\
flow carts:
  enter when add_to_cart
  wait 1 hour
  send email one

flow looks:
  enter when view_item
  send email two

flow thanks:
  enter when purchase
  transactional
  send email three
"""
LIMIT = """\
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@shop.example>"
  limit 1 email per 1 day

"""


def known(shop: Workshop, user: str, email: str) -> None:
    call(shop, "identify", userId=user, traits={"email": email, "consent": {"email": True}})


def did(shop: Workshop, user: str, event: str, **properties: Any) -> None:
    call(shop, "track", userId=user, event=event, properties=properties)


def test_one_address_gets_a_message_once_a_day(workshop: Any) -> None:
    """Two accounts, one mailbox: the reminder comes once, the confirmations of both come."""
    shop = workshop(FLOW)
    known(shop, "hal", "hal@shop.example")
    known(shop, "hal-2", "HAL@shop.example")
    known(shop, "ivy", "ivy@shop.example")
    for user in ("hal", "hal-2", "ivy"):
        did(shop, user, "add_to_cart", item="boots")
        did(shop, user, "purchase", order_id=user)
    shop.forward(2 * HOUR)
    to = sorted((one.message, one.to) for _, one in shop.notebook.taken)
    assert [who for what, who in to if what == "one"] == ["hal@shop.example", "ivy@shop.example"]
    assert len([who for what, who in to if what == "three"]) == 3
    assert ("this address has it already",) in shop.rows("select reason from intent")
    shop.forward(DAY)
    did(shop, "hal-2", "add_to_cart", item="boots")
    shop.forward(2 * HOUR)
    assert shop.notebook.taken[-1][1].message == "one", "a day later it may come again"


def test_limits_count_for_the_address(workshop: Any) -> None:
    """One mail a day is one mail a day, whichever of the two accounts it is for."""
    shop = workshop(FLOW, head=LIMIT)
    known(shop, "hal", "hal@shop.example")
    known(shop, "hal-2", "hal@shop.example")
    did(shop, "hal", "view_item", item="boots")
    shop.forward(HOUR)
    did(shop, "hal-2", "add_to_cart", item="boots")
    shop.forward(3 * HOUR)
    assert shop.notebook.messages == ["two"]
