"""What shops tell of their products: two changes at one moment, one SKU twice, many variants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.intake.names import event_properties
from engine.shops import ecwid, shopify, woocommerce
from engine.shops.storing import Keeping
from engine.shops.updates import UnreadableError
from engine.store.database import Database
from tests.engine.shops.conftest import START
from tests.engine.shops.samples import HOUR, shopify_order, shopify_product, shopify_variant
from tests.engine.shops.test_any_order import TYPES


class Shelves:
    """A store that deliveries are written into, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder)
        self.writer = self.database.open_to_write()
        self.notes: list[str] = []

    def tell(self, shop: str, topic: str, payload: Any, triggered: str = "") -> None:
        reader = {"shopify": shopify.read, "woocommerce": woocommerce.read}[shop]
        news = reader(topic, payload)
        assert news is not None
        told = shopify.triggered(triggered)

        def work(tx: Any) -> None:
            keeping = Keeping(tx, shop, TYPES, START, told)
            keeping.store(news)
            self.notes += keeping.notes

        self.writer.run(work)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.writer.run(lambda tx: tx.rows(sql))

    @property
    def products(self) -> dict[str, dict[str, Any]]:
        return {
            number: orjson.loads(told)
            for number, told in self.rows("select id, properties from product order by id")
        }

    def events(self, name: str) -> list[dict[str, Any]]:
        return [
            orjson.loads(told)
            for told, found in self.rows("select properties, name from event order by id")
            if found == name
        ]


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[Shelves]:
    made = Shelves(tmp_path)
    yield made
    made.database.close()


def _boots(*stocks: int, **more: Any) -> dict[str, Any]:
    """Boots with a variant for each stock, all of one SKU."""
    return shopify_product(
        handle="boots",
        title="Boots",
        variants=[
            shopify_variant(
                10 + n, "BOOT", f"4{n}", price=f"{100 + n}.00", inventory_quantity=stock
            )
            for n, stock in enumerate(stocks)
        ],
        **more,
    )


@pytest.mark.parametrize("first", [0, 1])
def test_of_one_second_the_later_triggered_stands(shelves: Shelves, first: int) -> None:
    """Two updates of a Shopify product within one second: the one that was triggered later stands,
    whichever arrives first.
    """
    told = [
        (_boots(4), "2026-01-05T08:00:00.100000001Z"),
        (_boots(3), "2026-01-05T08:00:00.900000001Z"),
    ]
    for payload, triggered in (told[first], told[1 - first]):
        shelves.tell("shopify", "products/update", payload, triggered)
    assert shelves.products["BOOT"]["stock"] == 3


@pytest.mark.parametrize("first", [0, 1])
def test_of_one_second_the_later_count_stands(shelves: Shelves, first: int) -> None:
    """So with two counts of one place: a stock that fell does not rise again."""
    shelves.tell("shopify", "products/update", _boots(9))
    about = {"inventory_item_id": 100, "location_id": 1, "updated_at": HOUR.format("09:40:00")}
    told = [
        ({**about, "available": 5}, "2026-01-05T08:40:00.100Z"),
        ({**about, "available": 2}, "2026-01-05T08:40:00.200Z"),
    ]
    for payload, triggered in (told[first], told[1 - first]):
        shelves.tell("shopify", "inventory_levels/update", payload, triggered)
    assert shelves.products["BOOT"]["stock"] == 2


def _tent(**more: Any) -> dict[str, Any]:
    return {
        "id": 93,
        "name": "Tent &ndash; &quot;Alp&quot;",
        "type": "simple",
        "status": "publish",
        "sku": "TENT",
        "price": "99.00",
        "regular_price": "99.00",
        "manage_stock": True,
        "stock_status": "instock",
        "date_modified_gmt": "2026-01-04T10:00:00",
        **more,
    }


def test_woocommerces_stock_falls_without_a_new_date(shelves: Shelves) -> None:
    """Each order lowers the stock and leaves `date_modified`: what came last stands."""
    for stock in (7, 6, 5, 4, 3, 2):
        shelves.tell("woocommerce", "product.updated", _tent(stock_quantity=stock))
        assert shelves.products["TENT"]["stock"] == stock
    older = _tent(stock_quantity=50, date_modified_gmt="2026-01-03T10:00:00")
    shelves.tell("woocommerce", "product.updated", older)
    assert shelves.products["TENT"]["stock"] == 2
    assert shelves.products["TENT"]["name"] == 'Tent \u2013 "Alp"'


def test_one_sku_for_many_variants(shelves: Shelves) -> None:
    """Variants with one SKU keep a row each, with their own price and stock; orders, counts and
    the order of the variants find the right one.
    """
    shelves.tell("shopify", "products/create", _boots(4, 7))
    found = shelves.products
    assert {n: (found[n]["price"], found[n]["stock"]) for n in ("BOOT", "boots-41")} == {
        "BOOT": (10_000, 4),
        "boots-41": (10_100, 7),
    }
    assert found["boots"]["stock"] == 11
    turned = _boots(4, 6, updated_at=HOUR.format("09:30:00"))
    turned["variants"].reverse()
    shelves.tell("shopify", "products/update", turned)
    assert (shelves.products["BOOT"]["stock"], shelves.products["boots-41"]["stock"]) == (4, 6)
    level = {"inventory_item_id": 110, "location_id": 1, "available": 1}
    level["updated_at"] = HOUR.format("09:40:00")
    shelves.tell("shopify", "inventory_levels/update", level)
    assert (shelves.products["BOOT"]["stock"], shelves.products["boots-41"]["stock"]) == (4, 1)
    line = {"product_id": 632, "variant_id": 11, "sku": "BOOT", "title": "Boots", "quantity": 1}
    shelves.tell("shopify", "orders/create", shopify_order(line_items=[line]))
    assert shelves.events("purchase")[0]["items"][0]["id"] == "boots-41"


def test_one_sku_in_two_products(shelves: Shelves) -> None:
    """The product that had the SKU first keeps it; once it is deleted, the SKU is free again."""
    shelves.tell("shopify", "products/create", _boots(4))
    other = shopify_product(
        id=7, handle="shoes", variants=[shopify_variant(70, "BOOT", "One", inventory_quantity=9)]
    )
    shelves.tell("shopify", "products/create", other)
    assert shelves.products["BOOT"]["stock"] == 4
    assert shelves.products["shoes-one"]["stock"] == 9
    shelves.tell("shopify", "products/delete", {"id": 632})
    assert shelves.products["BOOT"]["availability"] == "unavailable"
    assert shelves.products["shoes-one"]["stock"] == 9
    again = shopify_product(
        id=8, handle="new", variants=[shopify_variant(80, "BOOT", "One", inventory_quantity=2)]
    )
    shelves.tell("shopify", "products/create", again)
    assert shelves.products["BOOT"]["stock"] == 2


def test_variations_with_their_parents_sku(shelves: Shelves) -> None:
    """WooCommerce tells a variation without a SKU with its parent's: each keeps a row."""
    for number, price in ((94, "10.00"), (95, "20.00"), (96, "30.00")):
        told = _tent(id=number, type="variation", parent_id=93, price=price, stock_quantity=number)
        shelves.tell("woocommerce", "product.updated", told)
    found = shelves.products
    assert {n: (found[n]["price"], found[n]["stock"]) for n in ("TENT", "95", "96")} == {
        "TENT": (1_000, 94),
        "95": (2_000, 95),
        "96": (3_000, 96),
    }


def test_combinations_with_one_sku() -> None:
    """Ecwid's combinations name what is their own, too."""
    product = {
        "id": 5,
        "sku": "P",
        "combinations": [{"id": 1, "sku": "P", "price": 1}, {"id": 2, "sku": "P", "price": 2}],
    }
    news = ecwid.read("product.updated", product, {"entity": "5"})
    (update,) = news
    assert [(one.sku, one.own) for one in update.variants] == [  # type: ignore[union-attr]
        ("P", "5-1"),
        ("P", "5-2"),
    ]


def _many(count: int, gids: bool, hour: str, **more: Any) -> dict[str, Any]:
    variants = [shopify_variant(n, f"V-{n}", f"Size {n}") for n in range(1000, 1000 + count)]
    told = shopify_product(variants=variants[:100], updated_at=HOUR.format(hour), **more)
    if gids:
        told["variant_gids"] = [
            {"admin_graphql_api_id": f"gid://shopify/ProductVariant/{one['id']}"}
            for one in variants
        ]
    return told


@pytest.mark.parametrize("gids", [True, False])
def test_more_variants_than_a_webhook_names(shelves: Shelves, gids: bool) -> None:
    """What a webhook cannot name of a large product stays as it is, and a note says so; a variant
    that Shopify does not count any more is gone; so are all once the product is.
    """
    first = _many(100, gids, "09:00:00")
    extra = shopify_product(
        variants=[*first["variants"][:2], shopify_variant(1100, "V-1100", "Size 1100"),
                  shopify_variant(1101, "V-1101", "Size 1101")]
    )  # fmt: skip
    shelves.tell("shopify", "products/create", extra)
    shelves.tell("shopify", "products/update", _many(101, gids, "09:30:00"))
    found = shelves.products
    assert found["V-1099"]["stock"] == found["V-1100"]["stock"] == 4
    assert ("availability" in found["V-1101"]) == gids
    assert any("more variants" in note for note in shelves.notes)
    shelves.tell("shopify", "products/update", _many(101, gids, "09:40:00", status="archived"))
    assert {one.get("availability") for one in shelves.products.values()} == {"unavailable"}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1), (2, 0, 1, 2)])
def test_changes_of_an_order_in_any_order(shelves: Shelves, order: tuple[int, ...]) -> None:
    """Each change of an order's status is told once, whatever comes first."""
    told = [
        shopify_order(financial_status="pending", updated_at=HOUR.format("09:50:05")),
        shopify_order(financial_status="paid", updated_at=HOUR.format("09:51:00")),
        shopify_order(
            financial_status="paid",
            fulfillment_status="fulfilled",
            updated_at=HOUR.format("09:52:00"),
        ),
    ]
    for index in order:
        shelves.tell("shopify", "orders/updated", told[index])
    assert sorted(one["status"] for one in shelves.events("order_updated")) == [
        "paid fulfilled",
        "paid unfulfilled",
    ]


@pytest.mark.parametrize(
    ("told", "row"),
    [
        ({"product_id": 632, "sku": "TENT-2"}, "TENT-2"),
        ({"product_id": "632", "sku": "unknown", "variant_id": 809}, "TENT-3"),
        ({"product_id": 632}, "tent"),
        ({"product_id": "809"}, "TENT-3"),
        ({"products": [{"product_id": 632, "variant_id": 808, "price": 1}]}, "TENT-2"),
        ({"products": {"0": {"product_id": 93}}}, "TENT"),
        ({"id": "TENT-3", "product_id": 93}, "TENT-3"),
        ({"products": [{"id": "nowhere", "product_id": "none"}]}, "nowhere"),
        ({"sku": "nowhere", "product_id": "none"}, "nowhere"),
    ],
)
def test_items_are_found_by_every_number(shelves: Shelves, told: dict[str, Any], row: str) -> None:
    """A page that knows only the shop's own numbers, or a SKU, means the row of the catalogue."""
    shelves.tell("shopify", "products/create", shopify_product())
    shelves.tell("woocommerce", "product.created", _tent(stock_quantity=3))
    if "id" in told:
        told = {"products": [told]}
    call = Incoming("track", "m1", anonymous="v", event="view_item")
    call.properties = event_properties(told)
    (taken,) = shelves.writer.run(lambda tx: take(tx, [call], TYPES, START))
    assert not taken.error
    assert shelves.events("view_item")[0]["items"][0]["id"] == row


def test_a_test_order_does_not_count(shelves: Shelves) -> None:
    """An order that somebody made to try the checkout is no purchase, and makes nobody."""
    shelves.tell("shopify", "orders/create", shopify_order(test=True))
    assert shelves.rows("select count(*) from event") == [(0,)]
    assert shelves.rows("select count(*) from customer") == [(0,)]


def test_items_of_deleted_products(shelves: Shelves) -> None:
    """A line whose product was deleted has its name, and never the number 0."""
    from tests.engine.shops.samples import woo_order

    line = {"id": 1, "name": "Tent &amp; Pegs", "product_id": 0, "variation_id": 0, "sku": "",
            "quantity": 1, "price": 9}  # fmt: skip
    shelves.tell("woocommerce", "order.created", woo_order(line_items=[line]))
    (item,) = shelves.events("purchase")[0]["items"]
    assert (item["id"], item["name"]) == ("Tent & Pegs", "Tent & Pegs")
    assert "product_id" not in item


@pytest.mark.parametrize("told", ["SHIRT", "70", 70])
@pytest.mark.parametrize("by", ["product_id", "sku", "id"])
def test_a_variable_product_is_found_by_its_sku(shelves: Shelves, by: str, told: object) -> None:
    """WooCommerce knows it by its number; a page that says its SKU means it too."""
    shirt = _tent(id=70, type="variable", sku="SHIRT", name="Shirt")
    shelves.tell("woocommerce", "product.created", shirt)
    red = _tent(id=71, type="variation", parent_id=70, sku="SHIRT-R", stock_quantity=2)
    shelves.tell("woocommerce", "product.created", red)
    call = Incoming("track", "m1", anonymous="v", event="view_item")
    call.properties = event_properties({"products": [{by: told}]})
    (taken,) = shelves.writer.run(lambda tx: take(tx, [call], TYPES, START))
    assert not taken.error
    assert shelves.events("view_item")[0]["items"][0]["id"] == "70"
    assert shelves.products["SHIRT-R"]["parent"] == "70"


@pytest.mark.parametrize(
    ("shop", "topic"),
    [
        ("shopify", "products/create"),
        ("shopify", "products/update"),
        ("woocommerce", "product.updated"),
        ("woocommerce", "product.created"),
    ],
)
def test_a_number_alone_is_no_product(shelves: Shelves, shop: str, topic: str) -> None:
    """What tells nothing but a number makes no product, and takes none away."""
    shelves.tell("shopify", "products/create", shopify_product(id=93))
    before = shelves.products
    with pytest.raises(UnreadableError, match="no whole product"):
        shelves.tell(shop, topic, {"id": 93})
    assert shelves.products == before


def test_the_deletion_of_an_unknown_product_makes_none(shelves: Shelves) -> None:
    """A deletion of what was never told leaves the catalogue as it is."""
    shelves.tell("shopify", "products/delete", {"id": 788})
    shelves.tell("woocommerce", "product.deleted", {"id": 93})
    assert shelves.products == {}


def test_a_product_without_its_dates(shelves: Shelves) -> None:
    """Who does not say when a product was made is not taken to mean 1970."""
    shelves.tell("woocommerce", "product.created", _tent())
    assert "created_at" not in shelves.products["TENT"]
