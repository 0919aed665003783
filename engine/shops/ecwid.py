"""Ecwid's webhooks: they name what changed, its REST API says what it is now.

Fields: https://docs.ecwid.com/api-reference. Only the number and the moment of a webhook are
signed, so nothing else of it is believed: whatever happened, the thing itself is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from engine.core.model import Instant
from engine.shops.updates import (
    Account,
    Checkout,
    Follow,
    Order,
    Person,
    ProductUpdate,
    Said,
    ShopUpdate,
    UnreadableError,
    Variant,
    Withdrawn,
    moment,
    needed,
    said,
    text,
    thing,
    things,
)

Payload = Mapping[str, Any]

_ORDERS: Final = frozenset(("order.created", "order.updated"))
_CARTS: Final = frozenset(("unfinished_order.created", "unfinished_order.updated"))
_CUSTOMERS: Final = frozenset(("customer.created", "customer.updated"))
_PRODUCTS: Final = frozenset(("product.created", "product.updated", "product.deleted"))


def told_of(payload: Payload) -> dict[str, str]:
    """What of a webhook's body is needed to fetch what it is about: numbers, nothing personal."""
    data = thing(payload.get("data"))
    return said(
        {
            "entity": text(payload.get("entityId")),
            "order": text(data.get("orderId")),
            "cart": text(data.get("cartId")),
        }
    )


def path_of(topic: str, told: Mapping[str, str]) -> str:
    """Where below the store's address the thing stands; "" for a topic that says nothing to us."""
    if topic in _ORDERS:
        kind, number = "orders", told.get("order") or told.get("entity", "")
    elif topic in _CARTS:
        kind, number = "carts", told.get("cart", "")
    elif topic in _CUSTOMERS:
        kind, number = "customers", told.get("entity", "")
    elif topic in _PRODUCTS:
        kind, number = "products", told.get("entity", "")
    else:
        return ""
    return f"{kind}/{quote(number, safe='')}" if number else ""


def read(topic: str, found: Payload | None, told: Mapping[str, str]) -> list[ShopUpdate]:
    """What the fetched thing says; `found` is None where it is not there (any more).

    Raises:
        UnreadableError: it is not what the API documents.
    """
    if topic in _PRODUCTS:
        return [Withdrawn(told["entity"])] if found is None else _product(found)
    if found is None:
        return []
    if topic in _ORDERS:
        return _order(found)
    return _cart(found) if topic in _CARTS else _customer(found)


def _at(payload: Payload, stamp: str, date: str) -> Instant:
    return moment(payload.get(stamp) or payload.get(date), stamp)


# --- people ------------------------------------------------------------------------------------


def _customer(payload: Payload) -> list[ShopUpdate]:
    at = moment(payload.get("updated") or payload.get("registered"), "updated")
    person = Person(needed(payload, "id"), text(payload.get("email")), at=at)
    person.traits = said(
        {
            **_traits(thing(payload.get("billingPerson"))),
            "language": text(payload.get("lang")),
            "created_at": moment(payload.get("registered"), "registered") or None,
        }
    )
    person.consent = _consent(payload, at)
    return [Account(person)]


def _consent(payload: Payload, at: Instant) -> dict[str, Said]:
    """`false` is also what nobody was ever asked about: it only takes back a `true`."""
    told = payload.get("acceptMarketing")
    return {"email": Said(told, at, explicit=told)} if isinstance(told, bool) else {}


def _traits(person: Payload) -> dict[str, Any]:
    first, _, last = text(person.get("name")).partition(" ")
    return {
        "first_name": text(person.get("firstName")) or first,
        "last_name": text(person.get("lastName")) or last.strip(),
        "phone": text(person.get("phone")),
        "city": text(person.get("city")),
        "region": text(person.get("stateOrProvinceCode")),
        "country": text(person.get("countryCode")),
        "postal_code": text(person.get("postalCode")),
    }


def _buyer(payload: Payload, at: Instant) -> Person:
    account = text(payload.get("customerId"))
    person = Person("" if account == "0" else account, text(payload.get("email")), at=at)
    home = thing(payload.get("billingPerson")) or thing(payload.get("shippingPerson"))
    person.traits = said(_traits(home))
    person.consent = _consent(payload, at)
    return person


# --- orders ------------------------------------------------------------------------------------


def _order(payload: Payload) -> list[ShopUpdate]:
    number = needed(payload, "id")
    created = _at(payload, "createTimestamp", "createDate")
    updated = _at(payload, "updateTimestamp", "updateDate") or created
    payment = text(payload.get("paymentStatus")).upper()
    delivery = text(payload.get("fulfillmentStatus")).upper()
    coupon = text(thing(payload.get("discountCoupon")).get("code"))
    option = thing(payload.get("shippingOption"))
    properties = said(
        {
            "order_id": number,
            "value": payload.get("total"),
            "tax": payload.get("tax"),
            "discount": payload.get("couponDiscount") or payload.get("discount"),
            "shipping": option.get("shippingRate"),
            "coupon": coupon,
            "shipping_country": text(thing(payload.get("shippingPerson")).get("countryCode")),
            "payment_method": text(payload.get("paymentMethod")),
            "shipping_method": text(option.get("shippingMethodName")),
            "items": _items(payload),
        }
    )
    follows = _refunds(payload, payment, updated)
    items = said({"items": properties.get("items")})
    if delivery in ("SHIPPED", "OUT_FOR_DELIVERY", "DELIVERED"):
        url = {"tracking_url": text(payload.get("trackingUrl"))}
        follows.append(Follow("shipped", "shipped", updated, {**items, **said(url)}))
    if delivery == "DELIVERED":
        follows.append(Follow("delivered", "delivered", updated, items))
    if payment == "CANCELLED":
        value = said({"value": payload.get("total")})
        follows.append(Follow("order_cancelled", "order_cancelled", updated, value))
    return [
        Order(
            *(number, number, created, updated, f"{payment} {delivery}".lower()),
            payment != "INCOMPLETE",
            _buyer(payload, created),
            properties,
            follows,
        )
    ]


def _refunds(payload: Payload, payment: str, at: Instant) -> list[Follow]:
    found = []
    for one in things(payload.get("refunds")):
        day = moment(one.get("date"), "refunds.date") or at
        told = said({"value": one.get("amount"), "reason": text(one.get("reason"))})
        found.append(Follow("refund", f"refund {day}", day, told))
    if not found and payment == "REFUNDED":
        value = payload.get("refundedAmount") or payload.get("total")
        found.append(Follow("refund", "refund", at, said({"value": value})))
    return found


def _items(payload: Payload) -> list[dict[str, Any]]:
    return [
        said(
            {
                "id": text(line.get("sku")),
                "product_id": text(line.get("productId")),
                "variant_id": _combination(line) or text(line.get("productId")),
                "name": text(line.get("name")),
                "price": line.get("price"),
                "quantity": line.get("quantity"),
                "image_url": text(line.get("imageUrl")),
            }
        )
        for line in things(payload.get("items"))
    ]


def _combination(line: Payload) -> str:
    found = text(line.get("combinationId"))
    return f"{text(line.get('productId'))}-{found}" if found not in ("", "0") else ""


def _cart(payload: Payload) -> list[ShopUpdate]:
    token = needed(payload, "cartId")
    if payload.get("recoveredOrderId"):
        return []
    at = _at(payload, "updateTimestamp", "updateDate") or _at(
        payload, "createTimestamp", "createDate"
    )
    coupon = text(thing(payload.get("discountCoupon")).get("code"))
    properties = said(
        {
            "checkout_id": token,
            "checkout_url": text(payload.get("checkoutUrl")) or text(payload.get("refererUrl")),
            "value": payload.get("total"),
            "coupon": coupon,
            "items": _items(payload),
        }
    )
    sent = bool(thing(payload.get("shippingOption")))
    return [Checkout(token, "", at, _buyer(payload, at), properties, sent)]


# --- the catalogue -----------------------------------------------------------------------------


def _product(payload: Payload) -> list[ShopUpdate]:
    number = needed(payload, "id")
    if not text(payload.get("name")) and not things(payload.get("combinations")):
        raise UnreadableError("name is missing: this is no whole product")
    sku, combinations = text(payload.get("sku")), things(payload.get("combinations"))
    gone = payload.get("enabled") is False
    shared = said(
        {
            "name": text(payload.get("name")),
            "brand": _brand(payload),
            "url": text(payload.get("url")),
            "image_url": text(payload.get("imageUrl")) or text(payload.get("thumbnailUrl")),
            "created_at": _at(payload, "createTimestamp", "created") or None,
        }
    )
    at = _at(payload, "updateTimestamp", "updated")
    if not combinations:
        row = {**shared, "id": sku or number, **_offer(payload, gone=gone)}
        return [
            ProductUpdate(number, at, [row], [Variant(number, str(row["id"]), sku=sku, own=number)])
        ]
    rows: list[dict[str, Any]] = [{**shared, "id": number}]
    variants = []
    for one in combinations:
        ref = f"{number}-{needed(one, 'id')}"
        options = [text(each.get("value")) for each in things(one.get("options"))]
        price = one.get("price") if one.get("price") is not None else payload.get("price")
        row = {
            **shared,
            "id": text(one.get("sku")) or ref,
            "name": " - ".join(filter(None, (shared.get("name", ""), " / ".join(options)))),
            "parent": number,
            **_offer({**payload, **one, "price": price}, gone=gone),
        }
        rows.append(row)
        variants.append(Variant(ref, str(row["id"]), sku=text(one.get("sku")), own=ref))
    return [ProductUpdate(number, at, rows, variants)]


def _brand(payload: Payload) -> str:
    return next(
        (
            text(one.get("value"))
            for one in things(payload.get("attributes"))
            if text(one.get("type")).upper() == "BRAND"
        ),
        "",
    )


def _offer(told: Payload, *, gone: bool) -> dict[str, Any]:
    before = told.get("compareToPrice")
    price: dict[str, Any] = {"old_price": before or None}
    if told.get("price") is not None:
        price["price"] = told["price"]
    if gone:
        return {**price, "availability": "unavailable"}
    count = told.get("quantity")
    if told.get("unlimited") or not isinstance(count, int):
        return {**price, "availability": "in_stock", "stock": None}
    return {**price, "availability": None, "stock": count}
