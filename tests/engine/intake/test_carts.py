"""Carts in the running service, of known people and of visitors."""

from __future__ import annotations

from typing import Any

import orjson

from engine.core.model import HOUR, MINUTE, SECOND
from engine.store import products
from tests.engine.customers.test_merging import tell
from tests.harness.workshop import Workshop

FLOW = """\
flow f:
  enter when begin_checkout
  only if cart.value >= 20
  send email one
"""


def cart(shop: Workshop, visitor: str = "v") -> dict[str, Any]:
    shop.forward(SECOND)
    ((told,),) = shop.rows(
        "select cart from customer where id = (select customer from identity where value = ?)",
        visitor,
    )
    return {name: one["quantity"] for name, one in orjson.loads(told)["items"].items()}


def act(shop: Workshop, event: str, ago: int = 0, **properties: Any) -> None:
    at = shop.clock.now() - ago
    tell(shop, event=event, anonymous="v", properties=properties, occurred_at=at)


def test_a_cart_grows_and_shrinks(workshop) -> None:
    """Quantities add up, a removal without one takes the line, a look at the cart replaces it."""
    shop = workshop(FLOW)
    act(shop, "add_to_cart", item="a", quantity=2, price=5)
    act(shop, "add_to_cart", items=[{"id": "a"}, {"id": "b", "quantity": 3}])
    assert cart(shop) == {"a": 3, "b": 3}
    act(shop, "remove_from_cart", item="b", quantity=1)
    act(shop, "remove_from_cart", item="unknown")
    assert cart(shop) == {"a": 3, "b": 2}
    act(shop, "remove_from_cart", item="a")
    assert cart(shop) == {"b": 2}
    act(shop, "view_cart", items=[{"id": "c", "quantity": 1}])
    assert cart(shop) == {"c": 1}
    act(shop, "view_cart")
    assert cart(shop) == {"c": 1}
    act(shop, "view_cart", items=[])
    assert cart(shop) == {}


def test_what_was_bought_is_gone_and_the_rest_stays(workshop) -> None:
    """An order takes the products that it names; one that names none takes everything."""
    shop = workshop(FLOW)
    act(shop, "add_to_cart", items=[{"id": "a"}, {"id": "b"}, {"id": "c"}])
    act(shop, "purchase", order_id="1", items=[{"id": "a", "quantity": 1}, {"id": "z"}])
    assert cart(shop) == {"b": 1, "c": 1}
    act(shop, "purchase", order_id="2", value=5)
    assert cart(shop) == {}


def test_what_is_told_late_belongs_where_it_happened(workshop) -> None:
    """An addition before the order is bought with it; one that was overtaken is still there."""
    shop = workshop(FLOW)
    shop.forward(HOUR)
    act(shop, "add_to_cart", item="b")
    act(shop, "add_to_cart", 10 * MINUTE, item="a")
    assert cart(shop) == {"a": 1, "b": 1}
    act(shop, "purchase", order_id="1", items=[{"id": "a"}, {"id": "b"}])
    act(shop, "add_to_cart", 20 * MINUTE, item="a")
    assert cart(shop) == {}
    act(shop, "purchase", 40 * MINUTE, order_id="0", items=[{"id": "a"}])
    act(shop, "add_to_cart", item="c")
    assert cart(shop) == {"c": 1}


def test_prices_come_from_the_catalogue(workshop) -> None:
    """What an event leaves unsaid is looked up; an unknown product is worth nothing."""
    shop = workshop(FLOW)
    now = shop.clock.now()
    shop.service.writer.run(lambda tx: products.put(tx, "tent", {"price": 1100}, now))
    tell(shop, "identify", user="ada", traits={"email": "ada@shop.example"})
    tell(shop, "identify", user="ada", consent={"email": True})
    tell(shop, event="add_to_cart", user="ada", properties={"items": ["tent", "unknown"]})
    tell(shop, event="begin_checkout", user="ada")
    shop.forward(MINUTE)
    assert shop.notebook.messages == []
    tell(shop, event="add_to_cart", user="ada", properties={"item": "tent"})
    tell(shop, event="begin_checkout", user="ada")
    shop.forward(MINUTE)
    assert shop.notebook.messages == ["one"]
