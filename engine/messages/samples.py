"""An invented customer, cart and order, for previews without data and for the checks.

Money is integer minor units, instants are milliseconds since the epoch, as in the facts.
"""

from __future__ import annotations

from typing import Any, Final

from engine.messages.block import Block

NOW = 1_772_442_000_000
"""2026-03-02 10:00 in Berlin."""
DAY = 86_400_000


def product(number: int, name: str, price: int, **more: Any) -> dict[str, Any]:
    identity = f"sample-{number}"
    return {
        "id": identity,
        "name": name,
        "price": price,
        "currency": "EUR",
        "stock": 7,
        "category": "outdoor",
        "url": f"https://shop.example/p/{identity}",
        "usage_days": 30,
        **more,
    }


PRODUCTS = [
    product(1, "Zweipersonenzelt Kar 2", 24_900, old_price=29_900),
    product(2, "Daunenschlafsack Firn", 18_950),
    product(3, "Gaskocher Ameise", 4_490),
    product(4, "Stirnlampe Kauz", 3_990),
    product(5, "Trekkingstöcke Steinbock", 7_900),
    product(6, "Bergkaffee, 1 kg", 1_890),
]


LINKS: Final = {
    "unsubscribe_url": "https://shop.example/u/sample",
    "preferences_url": "https://shop.example/p/sample",
    "view_url": "https://shop.example/m/sample",
}
"""What a mail's foot leads to."""


def rich() -> dict[str, Any]:
    """A customer of whom much is known, in every situation at once."""
    cart = [{**PRODUCTS[0], "quantity": 1}, {**PRODUCTS[2], "quantity": 2}]
    value = PRODUCTS[0]["price"] + 2 * PRODUCTS[2]["price"]
    order = {"order_id": "o-1001", "value": value, "items": cart, "shipping": 0}
    return {
        "customer": {
            "id": "ada",
            "email": "ada@example.com",
            "phone": "+4915112345678",
            "first_name": "Ada",
            "last_name": "Lechner",
            "gender": "female",
            "birthday": "1990-05-17",
            "language": "de",
            "country": "DE",
            "city": "München",
            "postal_code": "80331",
            "timezone": "Europe/Berlin",
            "created_at": NOW - 400 * DAY,
            "orders": 3,
            "total_spent": 61_240,
            "last_order_at": NOW - 40 * DAY,
            "first_order_at": NOW - 380 * DAY,
            "tags": ["newsletter"],
        },
        "entry": {
            **order,
            "order_id": "o-1001",
            "price": 24_900,
            "old_price": 29_900,
            "stock": 4,
            "score": 4,
            "search_term": "zelt",
            "checkout_url": "https://shop.example/checkout",
            "reason": "card declined",
            "comment": "Passt das Zelt in einen kleinen Rucksack?",
            "stars": 5,
        },
        "event": {
            "reason": "question",
            "comment": "Passt das Zelt in einen kleinen Rucksack?",
            "tracking_url": "https://carrier.example/track/123",
        },
        "cart": {
            "items": cart,
            "value": value,
            "count": 3,
            "url": "https://shop.example/cart",
            "updated_at": NOW - 3_600_000,
        },
        "products": Block({**one, "filled": False} for one in PRODUCTS),
        "product": {**PRODUCTS[0], "guide_url": "https://shop.example/guides/zelt"},
        "item": {**PRODUCTS[0], "quantity": 1, "guide_url": "https://shop.example/guides/zelt"},
        "order": order,
        "coupon": {
            "code": "WELCOME-7KQ4-M2XF",
            "title": "10 % auf deine erste Bestellung",
            "expires": NOW + 14 * DAY,
        },
        "score": {"engagement": 42},
        "store": {
            "name": "Alpenglow Outdoor",
            "url": "https://shop.example",
            "currency": "EUR",
            "language": "de",
            "timezone": "Europe/Berlin",
        },
        **LINKS,
        "confirm_url": "https://shop.example/confirm/sample",
        "purposes": ["E-Mail"],
        "now": NOW,
        "flow": "sample",
    }


def sparse() -> dict[str, Any]:
    """A customer of whom next to nothing is known, but whom a message may still reach."""
    context = rich()
    thing = {"id": "sample-1", "name": "Zweipersonenzelt Kar 2", "price": 24_900}
    return {
        "customer": {"id": "anonymous-1"},
        "entry": {},
        "event": {},
        "cart": {"items": [], "value": 0, "count": 0},
        "products": [],
        "product": thing,
        "item": thing,
        "order": {},
        "coupon": {"code": "WELCOME-7KQ4-M2XF", "title": "10 %"},
        "store": {**context["store"]},
        **LINKS,
        "confirm_url": context["confirm_url"],
        "purposes": context["purposes"],
        "now": NOW,
        "flow": "sample",
    }
