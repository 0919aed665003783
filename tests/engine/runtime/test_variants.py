"""A product and its variants, in the running service on both databases."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engine.core.model import DAY, HOUR, MINUTE
from engine.store import products
from tests.harness.workshop import Workshop

FLOWS = """
flow back "Back in stock":
  enter when product back in stock for customers who did notify_me of this product
  send email one

flow cheaper "Price drop":
  enter when product price drops by 10% for customers who did view_item of this product
  send email two

flow wish "A wish":
  enter when add_to_wishlist for each item
  exit when purchase of this product
  wait 3 days
  send email three
"""


def put(shop: Workshop, *told: tuple[str, int], **changes: Any) -> None:
    now = shop.clock.now()
    changed = [(one, {"stock": stock, "parent": "boots", **changes}) for one, stock in told]
    shop.service.writer.run(lambda tx: products.put_many(tx, changed, now))


def messages(shop: Workshop) -> list[tuple[str, str]]:
    return sorted((one.to.split("@")[0], one.message) for _, one in shop.notebook.taken)


def entries(shop: Workshop) -> list[tuple[str, str]]:
    """The key and the item of each run."""
    rows = shop.rows("select key, memory from run order by id")
    return [(key, orjson.loads(memory)["entry"]["item"]) for key, memory in rows]


@pytest.fixture
def shop(workshop: Any) -> Workshop:
    made: Workshop = workshop(FLOWS)
    put(made, ("B-40", 0), ("B-41", 0), price=20000)
    made.forward(DAY)
    return made


def test_variant_and_product_back_in_stock_are_one_mail(shop: Workshop) -> None:
    """Who asked for the product and for its variant gets one mail, about the variant."""
    ada = shop.customer("ada")
    shop.happen(ada, "notify_me", item="boots")
    shop.happen(ada, "notify_me", item="B-41")
    put(shop, ("B-41", 3))
    shop.forward(HOUR)
    assert messages(shop) == [("ada", "one")]
    assert entries(shop) == [("boots", "B-41")]


def test_who_asked_for_a_variant_hears_of_that_one_only(shop: Workshop) -> None:
    """Another size tells them nothing; who asked for the shoe hears of the first to be back."""
    ada, ben = shop.customer("ada"), shop.customer("ben")
    shop.happen(ada, "notify_me", item="B-41")
    shop.happen(ben, "notify_me", item="boots")
    shop.forward(MINUTE)
    put(shop, ("B-40", 3))
    shop.forward(HOUR)
    assert messages(shop) == [("ben", "one")]
    put(shop, ("B-41", 2))
    shop.forward(HOUR)
    assert messages(shop) == [("ada", "one"), ("ben", "one")]
    assert entries(shop) == [("boots", "B-40"), ("boots", "B-41")]
    put(shop, ("B-40", 0), ("B-41", 0))
    shop.forward(HOUR)
    put(shop, ("B-41", 1))
    shop.forward(HOUR)
    assert messages(shop) == [("ada", "one")] * 2 + [("ben", "one")] * 2


def test_variants_that_come_back_one_after_another_are_one_entry(shop: Workshop) -> None:
    """Within ten minutes the first is shown; after that it is news again."""
    ada = shop.customer("ada")
    for item in ("B-40", "B-41"):
        shop.happen(ada, "notify_me", item=item)
    put(shop, ("B-41", 3))
    shop.forward(9 * MINUTE)
    put(shop, ("B-40", 3))
    shop.forward(HOUR)
    assert entries(shop) == [("boots", "B-41")]
    put(shop, ("B-40", 0))
    shop.forward(HOUR)
    put(shop, ("B-40", 3))
    shop.forward(HOUR)
    assert entries(shop) == [("boots", "B-41"), ("boots", "B-40")]


def test_a_variant_bought_fulfils_the_wish_for_its_product(shop: Workshop) -> None:
    """Wished for the boots, bought size 41, or the other way round: no "still yours?"."""
    ada, ben, cleo = (shop.customer(name) for name in ("ada", "ben", "cleo"))
    put(shop, ("B-40", 3), ("B-41", 3))
    shop.happen(ada, "add_to_wishlist", items=[{"id": "boots"}, {"id": "B-40"}])
    shop.happen(ben, "add_to_wishlist", items=[{"id": "B-41"}])
    shop.happen(cleo, "add_to_wishlist", items=[{"id": "boots"}])
    shop.forward(HOUR)
    assert shop.rows("select count(*) from run") == [(3,)]
    shop.happen(ada, "purchase", items=[{"id": "B-41"}])
    shop.happen(ben, "purchase", items=[{"id": "boots"}])
    shop.happen(cleo, "purchase", items=[{"id": "mug"}])
    shop.forward(4 * DAY)
    assert messages(shop) == [("cleo", "three")]


def test_a_lower_price_of_all_sizes_is_one_mail(shop: Workshop) -> None:
    """Who looked at the product hears of its sizes' lower price, once."""
    ada = shop.customer("ada")
    shop.happen(ada, "view_item", item="boots")
    shop.forward(MINUTE)
    put(shop, ("B-40", 0), ("B-41", 0), price=15000)
    shop.forward(HOUR)
    assert messages(shop) == [("ada", "two")]
    assert entries(shop) == [("boots", "B-40")]
