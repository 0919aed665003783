"""Payloads in the shape that the vendors document, of a shop that sells tents."""

from __future__ import annotations

from typing import Any

HOUR = "2026-01-05T{}+01:00"


def shopify_order(**more: Any) -> dict[str, Any]:
    return {
        "id": 820_982_911,
        "name": "#1001",
        "email": "ada@example.com",
        "created_at": HOUR.format("09:50:00"),
        "processed_at": HOUR.format("09:50:00"),
        "updated_at": HOUR.format("09:50:05"),
        "currency": "EUR",
        "total_price": "249.00",
        "total_tax": "39.76",
        "total_discounts": "10.00",
        "financial_status": "paid",
        "fulfillment_status": None,
        "checkout_token": "ck-1",
        "cart_token": "cart-1",
        "buyer_accepts_marketing": False,
        "discount_codes": [],
        "payment_gateway_names": ["card"],
        "shipping_lines": [{"title": "Parcel", "price": "4.90"}],
        "customer": {"id": 207, "email": "ada@example.com", "first_name": "Ada"},
        "billing_address": {"first_name": "Ada", "last_name": "Lovelace", "city": "Berlin",
                            "country_code": "DE", "zip": "10115"},
        "shipping_address": {"country_code": "DE"},
        "line_items": [
            {"id": 1, "product_id": 632, "variant_id": 808, "sku": "TENT-2", "title": "Tent",
             "variant_title": "Red", "price": "249.00", "quantity": 1, "vendor": "Alp"}
        ],
        "fulfillments": [],
        "refunds": [],
        **more,
    }  # fmt: skip


def shopify_customer(**more: Any) -> dict[str, Any]:
    return {
        "id": 207,
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "state": "disabled",
        "created_at": HOUR.format("09:00:00"),
        "updated_at": HOUR.format("09:00:00"),
        "default_address": {"city": "Berlin", "country_code": "DE", "zip": "10115"},
        **more,
    }


def shopify_product(**more: Any) -> dict[str, Any]:
    return {
        "id": 632,
        "title": "Tent",
        "handle": "tent",
        "vendor": "Alp",
        "product_type": "tents",
        "status": "active",
        "created_at": HOUR.format("08:00:00"),
        "updated_at": HOUR.format("09:00:00"),
        "published_at": HOUR.format("08:00:00"),
        "images": [{"src": "https://cdn.example/tent.jpg"}],
        "variants": [shopify_variant(808, "TENT-2", "Red"), shopify_variant(809, "TENT-3", "Blue")],
        **more,
    }


def shopify_variant(number: int, sku: str, colour: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "sku": sku,
        "title": colour,
        "option1": colour,
        "price": "249.00",
        "compare_at_price": None,
        "inventory_item_id": number * 10,
        "inventory_quantity": 4,
        "inventory_management": "shopify",
        "inventory_policy": "deny",
        **more,
    }


def woo_order(**more: Any) -> dict[str, Any]:
    return {
        "id": 727,
        "number": "727",
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": "2026-01-05T08:50:00",
        "date_modified_gmt": "2026-01-05T08:50:05",
        "date_paid_gmt": "2026-01-05T08:50:03",
        "total": "249.00",
        "total_tax": "39.76",
        "discount_total": "0.00",
        "shipping_total": "4.90",
        "customer_id": 26,
        "billing": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com",
                    "city": "Berlin", "postcode": "10115", "country": "DE"},
        "shipping": {"country": "DE"},
        "payment_method_title": "Card",
        "coupon_lines": [],
        "refunds": [],
        "line_items": [{"id": 315, "name": "Tent", "product_id": 93, "variation_id": 0,
                        "sku": "TENT-2", "quantity": 1, "total": "249.00", "price": 249}],
        **more,
    }  # fmt: skip


def ecwid_order(**more: Any) -> dict[str, Any]:
    return {
        "id": "K8XTQ",
        "email": "ada@example.com",
        "customerId": 270,
        "total": 249.0,
        "tax": 39.76,
        "paymentStatus": "PAID",
        "fulfillmentStatus": "AWAITING_PROCESSING",
        "createTimestamp": 1_767_603_000,
        "updateTimestamp": 1_767_603_005,
        "billingPerson": {"name": "Ada Lovelace", "city": "Berlin", "countryCode": "DE"},
        "shippingOption": {"shippingMethodName": "Parcel", "shippingRate": 4.9},
        "items": [{"id": 1, "productId": 692, "sku": "TENT-2", "name": "Tent", "price": 249.0,
                   "quantity": 1}],
        **more,
    }  # fmt: skip


def ecwid_cart(**more: Any) -> dict[str, Any]:
    return {
        "cartId": "320AB5DE",
        "email": "ada@example.com",
        "total": 249.0,
        "acceptMarketing": True,
        "createTimestamp": 1_767_603_000,
        "updateTimestamp": 1_767_603_000,
        "items": [{"productId": 692, "sku": "TENT-2", "name": "Tent", "price": 249.0,
                   "quantity": 1}],
        **more,
    }  # fmt: skip
