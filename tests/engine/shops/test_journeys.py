"""From a signed delivery to the mail that a flow of the example shop sends."""

from __future__ import annotations

import orjson

from engine.core.model import HOUR, MINUTE
from tests.engine.shops.conftest import House
from tests.engine.shops.samples import ecwid_cart, ecwid_order, shopify_order, woo_order


def test_a_shopify_order_is_confirmed_and_its_parcel_announced(house: House) -> None:
    """An order from Shopify starts the order flow, and its fulfilment goes on with it."""
    assert house.shopify("orders/create", shopify_order()).status_code == 200
    house.forward(MINUTE)
    assert ("ada@example.com", "order_confirmed") in house.letters
    parcel = {"id": 255, "order_id": 820_982_911, "status": "success",
              "created_at": "2026-01-05T10:30:00+01:00",
              "tracking_url": "https://parcel.example/1", "line_items": []}  # fmt: skip
    house.forward(HOUR)
    assert house.shopify("fulfillments/create", parcel).status_code == 200
    house.forward(MINUTE)
    assert house.letters[-1][1] == "order_shipped"
    (purchase,) = house.events("purchase")
    assert (purchase["order_id"], purchase["value"], purchase["tax"]) == ("#1001", 24_900, 3_976)


def test_who_pays_for_somebody_else_gives_them_no_name(house: House) -> None:
    """An order's customer is called as the account says, whoever the bill is sent to."""
    account = {"id": 207, "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"}
    payer = {"first_name": "Steve", "last_name": "Payer", "city": "Bonn"}
    told = shopify_order(customer=account, billing_address=payer)
    assert house.shopify("orders/create", told).status_code == 200
    ((properties,),) = house.rows("select properties from customer where merged_into is null")
    ada = orjson.loads(properties)
    assert (ada["first_name"], ada["last_name"], ada["city"]) == ("Ada", "Lovelace", "Bonn")


def test_a_shopify_checkout_that_was_left_is_followed_up(house: House) -> None:
    """Who leaves Shopify's checkout, and agreed to mail there, is asked back half an hour later."""
    at = "2026-01-05T09:59:00+01:00"
    agreed = {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": at}
    checkout = {
        "token": "ck-9", "cart_token": "cart-9", "email": "ada@example.com", "currency": "EUR",
        "created_at": at, "updated_at": at, "total_price": "249.00",
        "abandoned_checkout_url": "https://alp.example/recover/ck-9",
        "customer": {"id": 207, "email_marketing_consent": agreed},
        "line_items": [{"sku": "TENT-2", "title": "Tent", "price": "249.00", "quantity": 1}],
    }  # fmt: skip
    assert house.shopify("checkouts/update", checkout).status_code == 200
    house.forward(HOUR)
    assert ("ada@example.com", "checkout_help") in house.letters
    (begun,) = house.events("begin_checkout")
    assert begun["checkout_url"] == "https://alp.example/recover/ck-9"
    (proof,) = house.rows("select act, source, address from consent_proof")
    assert proof == ("granted", "shopify webhook", "ada@example.com")


def test_a_woocommerce_order_is_confirmed_and_its_completion_told(house: House) -> None:
    """An order from WooCommerce starts the order flow; `completed` is the parcel on its way."""
    assert house.woocommerce("order.created", woo_order()).status_code == 200
    house.forward(MINUTE)
    assert ("ada@example.com", "order_confirmed") in house.letters
    later = {
        "date_modified_gmt": "2026-01-05T09:30:00",
        "date_completed_gmt": "2026-01-05T09:30:00",
    }
    done = woo_order(status="completed", **later)
    house.forward(HOUR)
    assert house.woocommerce("order.updated", done).status_code == 200
    house.forward(MINUTE)
    assert house.letters[-1][1] == "order_shipped"
    assert len(house.events("purchase")) == 1


def test_an_ecwid_order_is_fetched_and_confirmed(house: House) -> None:
    """Ecwid names an order; it is fetched with the token, again after a failure, and confirmed."""
    house.ecwid.things["orders/K8XTQ"] = ecwid_order()
    house.ecwid.broken = 1
    told = house.tell_ecwid("order.created", "e-1", entityId=103, data={"orderId": "K8XTQ"})
    assert told.status_code == 200
    assert house.events("purchase") == []
    house.forward(5 * MINUTE)
    assert ("ada@example.com", "order_confirmed") in house.letters
    assert house.ecwid.asked == [("/1003/orders/K8XTQ", "Bearer secret_token")] * 2


def test_an_ecwid_cart_that_was_left_is_followed_up(house: House) -> None:
    """An unfinished order of Ecwid starts the flow for abandoned checkouts, once."""
    house.ecwid.things["carts/320AB5DE"] = ecwid_cart()
    for event in ("e-1", "e-1", "e-2"):
        about = {"entityId": 9, "data": {"orderId": "RA1SD", "cartId": "320AB5DE"}}
        assert house.tell_ecwid("unfinished_order.created", event, **about).status_code == 200
    house.forward(HOUR)
    assert house.letters.count(("ada@example.com", "checkout_help")) == 1
    assert len(house.ecwid.asked) == 2
