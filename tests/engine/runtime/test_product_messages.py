"""What a message of a product trigger can say of the product."""

from __future__ import annotations

from typing import Any

from engine.core.model import HOUR
from tests.engine.runtime.test_products import FLOWS, put


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
