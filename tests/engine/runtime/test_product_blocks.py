"""What a block of products holds, and what its message can say of it."""

from decimal import Decimal

from dsl import tree
from engine.core.conditions.scope import Scope
from engine.core.facts import Facts
from engine.core.model import DAY, HOUR
from engine.core.offers import listed, sellable
from engine.store import products
from engine.store.database import Database
from tests.harness.workshop import HEAD, Workshop

FLOW = """\
flow dearer "The next larger one":
  enter when ordered
  send email upward:
    products 3 dearer than order else bestsellers
  send email enough:
    products 1 to 2 dearer than order where price < 190 else new in last 30 days
  send email missing:
    products 2 to 4 dearer than order where name is not "Bag" else bestsellers
  send email fresh:
    products 3 new in last 30 days where category is "mats"
  send email bare:
    products 3 dearer than order where name is "Bag"
"""
MESSAGE = """\
---
subject: For you
---
{% if products.filled %}partly{% else %}all{% endif %}\
{% for product in products %}[{{ product.id }}{% if product.filled %}*{% endif %}]{% endfor %}
"""
CATALOGUE = {
    "tent": {"name": "Tent", "price": 10_000, "category": "camp"},
    "lodge": {"name": "Lodge", "price": 18_000, "category": "camp"},
    "bag": {"name": "Bag", "price": 15_000, "category": "camp"},
    "palace": {"name": "Palace", "price": 25_000, "category": "camp"},
    "mat": {"name": "Mat", "price": 12_000, "category": "mats"},
}


def test_a_block_is_filled_up_with_what_its_else_says(tmp_path, database_url):
    """What was asked for comes first, what fills up is marked, and `2 to 4` counts without it."""
    shop = Workshop(tmp_path, "", database_url=database_url)
    try:
        shop.service.stop()
        shop.write(HEAD + FLOW)
        for name in ("upward", "enough", "missing", "fresh", "bare"):
            (shop.flows / "messages" / f"{name}.email.txt").write_text(MESSAGE, encoding="utf-8")
        shop.service = shop.open()
        shop.service.publish(shop.flows)
        now = shop.clock.now()

        def stock(tx):
            for name, told in CATALOGUE.items():
                created = "2025-12-20" if name == "mat" else "2024-01-01"
                products.put(tx, name, {**told, "stock": 5, "created_at": created}, now)

        shop.service.writer.run(stock)
        for number in range(4):
            customer = shop.customer(f"before{number}")
            shop.happen(
                customer, "purchase", order_id=f"o{number}", items=[{"id": "palace"}, {"id": "mat"}]
            )
        shop.forward(HOUR)
        ada = shop.customer("ada")
        shop.happen(ada, "purchase", order_id="a1", items=[{"id": "tent"}])
        shop.happen(ada, "ordered", total=100)
        shop.forward()
        sent = {
            envelope.message: envelope.text.splitlines()[0] for _, envelope in shop.notebook.taken
        }
        reasons = shop.rows("select detail from step_history where outcome = 'skipped'")
    finally:
        shop.service.stop()
    assert sent["upward"] == "partly[bag][lodge][palace*]"
    assert sent["enough"] == "all[bag][lodge]"
    assert "missing" not in sent
    assert [reason for (reason,) in reasons] == ["only 1 products found, 2 are needed"]
    assert sent["fresh"] == "all[mat]"
    assert sent["bare"] == "all[bag]"


def test_a_product_is_new_from_when_it_is_on_sale(tmp_path, database_url):
    """What the catalogue began with is not new, whatever comes back; what comes later is, once it
    can be bought; the shop's own date goes before ours.
    """
    database = Database(tmp_path, database_url)
    writer = database.open_to_write()
    start = 1_767_600_000_000

    def put(name, at, **told):
        writer.run(lambda tx: products.put(tx, name, told, at))

    put("first", start, stock=0)
    put("second", start + HOUR, stock=5)  # the same import, a later file
    put("first", start + 40 * DAY, stock=5)
    put("later", start + 41 * DAY, stock=5)
    put("announced", start + 5 * DAY, stock=0)
    put("announced", start + 42 * DAY, stock=3)
    put("announced", start + 43 * DAY, stock=0)
    put("announced", start + 44 * DAY, stock=2)
    put("old", start + 42 * DAY, stock=5, created_at=start - 90 * DAY)
    put("gone", start + 42 * DAY, stock=0)

    def new(days, at):
        with database.reader() as reader:
            facts = Facts(1, "UTC", catalogue=products.all_of(reader))
        period = tree.Duration(tree.Number(Decimal(days)), "day")
        found = listed(Scope(facts, at), tree.Strategy("new in last", None, period))
        return [one for one in found or [] if sellable(facts.catalogue, one)]

    try:
        assert new(30, start + 45 * DAY) == ["announced", "later"]
        assert new(4, start + 45 * DAY) == ["announced"]
        assert new(30, start + 80 * DAY) == []
    finally:
        database.close()
