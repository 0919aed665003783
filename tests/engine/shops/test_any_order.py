"""Deliveries come late, twice and in any order: the end is the same."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.values import Types
from engine.shops import shopify, woocommerce
from engine.shops.storing import Keeping
from engine.store.database import Database
from engine.store.writer import Transaction
from tests.engine.shops.conftest import START
from tests.engine.shops.samples import (
    HOUR,
    shopify_customer,
    shopify_order,
    shopify_product,
    shopify_variant,
    woo_order,
)

TYPES = Types(
    customer={"email": "text", "created_at": "date"},
    product={"price": "money", "old_price": "money", "stock": "number", "name": "text"},
    events={
        name: {"order_id": "text", "value": "money", "tax": "money", "items": "list"}
        for name in ("purchase", "refund", "order_cancelled")
    },
)

Delivery = tuple[str, str, dict[str, Any]]


def _consent(state: str, at: str) -> dict[str, Any]:
    return {"state": state, "opt_in_level": "single_opt_in", "consent_updated_at": HOUR.format(at)}


REFUND = {
    "id": 509,
    "order_id": 820_982_911,
    "created_at": HOUR.format("09:57:00"),
    "transactions": [{"kind": "refund", "status": "success", "amount": "20.00"}],
    "refund_line_items": [],
}
PARCEL = {
    "id": 255,
    "order_id": 820_982_911,
    "status": "success",
    "line_items": [],
    "created_at": HOUR.format("09:55:00"),
    "updated_at": HOUR.format("09:55:00"),
    "tracking_url": "https://parcel.example/1",
}
GUEST = shopify_order(
    id=2,
    name="#1002",
    customer=None,
    email="Bob@example.com",
    total_price="20.00",
    checkout_token="ck-2",
    cart_token="cart-2",
    billing_address={"first_name": "Bob"},
)
WANDA = {
    "billing": {"first_name": "Wanda", "email": "wanda@example.com"},
    "customer_id": 26,
}
DELIVERIES: list[Delivery] = [
    ("shopify", "orders/create", shopify_order(financial_status="pending")),
    ("shopify", "orders/paid", shopify_order(updated_at=HOUR.format("09:50:20"))),
    (
        "shopify",
        "orders/updated",
        shopify_order(updated_at=HOUR.format("09:57:00"), refunds=[REFUND]),
    ),
    (
        "shopify",
        "orders/cancelled",
        shopify_order(
            updated_at=HOUR.format("09:58:00"),
            cancelled_at=HOUR.format("09:58:00"),
            financial_status="voided",
            refunds=[REFUND],
        ),
    ),
    ("shopify", "refunds/create", REFUND),
    ("shopify", "fulfillments/create", PARCEL),
    ("shopify", "orders/create", GUEST),
    (
        "shopify",
        "customers/create",
        shopify_customer(email_marketing_consent=_consent("subscribed", "09:00:00")),
    ),
    (
        "shopify",
        "customers/update",
        shopify_customer(
            updated_at=HOUR.format("09:52:00"),
            first_name="Augusta",
            email="augusta@example.com",
            email_marketing_consent=_consent("unsubscribed", "09:52:00"),
        ),
    ),
    (
        "shopify",
        "customers/create",
        shopify_customer(id=300, first_name="Bob", email="bob@example.com"),
    ),
    ("shopify", "products/create", shopify_product()),
    (
        "shopify",
        "products/update",
        shopify_product(
            updated_at=HOUR.format("09:30:00"),
            variants=[
                shopify_variant(808, "TENT-2", "Red", price="199.00", compare_at_price="249.00")
            ],
        ),
    ),
    (
        "shopify",
        "inventory_levels/update",
        {
            "inventory_item_id": 8080,
            "location_id": 1,
            "available": 2,
            "updated_at": HOUR.format("09:40:00"),
        },
    ),
    (
        "shopify",
        "inventory_levels/update",
        {
            "inventory_item_id": 8080,
            "location_id": 1,
            "available": 9,
            "updated_at": HOUR.format("09:10:00"),
        },
    ),
    (
        "shopify",
        "products/create",
        shopify_product(id=9, handle="gone", variants=[shopify_variant(900, "GONE-1", "Red")]),
    ),
    ("shopify", "products/delete", {"id": 9}),
    ("woocommerce", "order.created", woo_order(status="on-hold", date_paid_gmt=None, **WANDA)),
    ("woocommerce", "order.updated", woo_order(**WANDA)),
    (
        "woocommerce",
        "order.updated",
        woo_order(
            status="cancelled", date_paid_gmt=None, date_modified_gmt="2026-01-05T08:55:00", **WANDA
        ),
    ),
]


_FOLDER = tempfile.TemporaryDirectory()
_DATABASE = Database(Path(_FOLDER.name))


@atexit.register
def _close() -> None:
    _DATABASE.close()
    _FOLDER.cleanup()


_WRITER = _DATABASE.open_to_write()
_TABLES = ("customer", "identity", "consent", "consent_proof", "event", "pending", "product",
           "product_history", "shop_record", "coupon_code")  # fmt: skip


def _end(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """What is in an empty store after these, in this order."""

    def work(transaction: Transaction) -> dict[str, Any]:
        for table in _TABLES:
            transaction.execute(f"delete from {table}")
        for shop, topic, payload in deliveries:
            reader = shopify.read if shop == "shopify" else woocommerce.read
            news = reader(topic, orjson.loads(orjson.dumps(payload)))
            assert news is not None
            Keeping(transaction, shop, TYPES, START).store(news)
        return _state(transaction)

    return _WRITER.run(work)


def _state(transaction: Transaction) -> dict[str, Any]:
    people = {
        row[0]: orjson.loads(row[1])
        for row in transaction.rows("select id, properties from customer where merged_into is null")
    }
    return {
        "events": sorted(
            (name, people[customer]["email"], told.decode())
            for name, customer, told in transaction.rows(
                "select name, customer, properties from event where name in"
                " ('purchase', 'refund', 'order_cancelled', 'shipped')"
            )
        ),
        "people": sorted(orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in people.values()),
        "consent": sorted(
            (people[customer]["email"], what, bool(allowed))
            for customer, what, allowed in transaction.rows(
                "select customer, what, allowed from consent"
            )
        ),
        "products": sorted(
            (number, orjson.dumps(orjson.loads(told), option=orjson.OPT_SORT_KEYS))
            for number, told in transaction.rows("select id, properties from product")
        ),
    }


IN_ORDER = _end(DELIVERIES)


def test_what_the_deliveries_say_is_in_the_store() -> None:
    """Purchases, refunds, parcels, people and stock stand there once, as they are at the end."""
    names = [name for name, _, _ in IN_ORDER["events"]]
    assert {name: names.count(name) for name in names} == {
        "purchase": 3,
        "refund": 1,
        "order_cancelled": 2,
        "shipped": 1,
    }
    assert {orjson.loads(one)["first_name"] for one in IN_ORDER["people"]} == {
        "Augusta",
        "Bob",
        "Wanda",
    }
    assert ("augusta@example.com", "email", False) in IN_ORDER["consent"]
    products = {number: orjson.loads(told) for number, told in IN_ORDER["products"]}
    assert (products["TENT-2"]["price"], products["TENT-2"]["old_price"]) == (19_900, 24_900)
    assert products["TENT-2"]["stock"] == products["tent"]["stock"] == 2
    assert products["TENT-3"]["availability"] == products["GONE-1"]["availability"] == "unavailable"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.permutations(DELIVERIES), st.lists(st.sampled_from(range(len(DELIVERIES))), max_size=6))
def test_any_order_with_repetitions_ends_the_same(
    deliveries: list[Delivery], again: list[int]
) -> None:
    """Whatever the order of deliveries and however often some come: the same purchases, products,
    people and consents.
    """
    repeated = [*deliveries, *(DELIVERIES[index] for index in again)]
    found = _end(repeated)
    for what, end in IN_ORDER.items():
        assert found[what] == end, what
