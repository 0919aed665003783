"""What a message of a product trigger can say of the product."""

from __future__ import annotations

from typing import Any

from engine.core.model import HOUR
from tests.engine.runtime.test_products import FLOWS, put

PARCELS = """\
event parcel:
  order_id text

flow parcels:
  enter when parcel per order_id
  goal purchase within 3 days
  transactional
  send email one
"""


def test_a_message_speaks_of_the_order_that_its_run_is_about(workshop: Any) -> None:
    """What comes of a first order does not list the second one; of an order that nobody knows,
    it lists nothing.
    """
    shop = workshop(PARCELS)
    path = shop.flows / "messages" / "one.email.txt"
    body = "{{ order.order_id }}: {% for each in order.items %}{{ each.id }}{% endfor %}."
    path.write_text(f"---\nsubject: one\n---\n{body}\n", "utf-8")
    shop.service.publish(shop.flows, author="test")
    ada = shop.customer("ada")
    for order, item in (("o-1", "tent"), ("o-2", "mug")):
        shop.happen(ada, "purchase", order_id=order, value=100, items=[{"id": item}])
    for order in ("o-1", "o-9", "o-2"):
        shop.happen(ada, "parcel", order_id=order)
    shop.forward(HOUR)
    told = sorted((envelope.text or "").splitlines()[0] for _, envelope in shop.notebook.taken)
    assert told == [": .", "o-1: tent.", "o-2: mug."]


def test_a_message_names_the_variant_that_changed(workshop: Any) -> None:
    """`entry.item` prints the product's id, and has its name."""
    shop = workshop(FLOWS)
    path = shop.flows / "messages" / "one.email.txt"
    body = "{{ entry.item }}: {{ entry.item.name }}{% if entry.item == 'tent' %}!{% endif %}"
    path.write_text(f"---\nsubject: one\n---\n{body}\n", "utf-8")
    shop.service.publish(shop.flows, author="test")
    ada = shop.customer("ada")
    put(shop, name="Tent", stock=0)
    shop.happen(ada, "notify_me", item="tent")
    shop.forward(HOUR)
    put(shop, stock=3)
    shop.forward(HOUR)
    assert "tent: Tent!" in (shop.notebook.taken[0][1].text or "")
