"""Shopify's webhooks: its REST resources as JSON, the topic in a header.

Topics and fields: https://shopify.dev/docs/api/webhooks. Orders keep what was ordered in
`total_price`, `quantity` and `price`, whatever is refunded or edited later: that is the purchase.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from engine.core.model import Instant
from engine.shops import shopify_catalogue
from engine.shops.updates import (
    Account,
    Cart,
    Checkout,
    Follow,
    OfOrder,
    Order,
    Person,
    Said,
    ShopUpdate,
    UnreadableError,
    moment,
    needed,
    said,
    text,
    thing,
    things,
)

Payload = Mapping[str, Any]

_AGREED: Final = {"subscribed": True, "unsubscribed": False, "redacted": False}
_ONLY: Final = ("", "Default Title")


def read(topic: str, payload: Payload) -> list[ShopUpdate] | None:
    """What a delivery says; None for a topic that says nothing to us.

    The topic stands in a header, which is not signed: a payload that is not what the topic
    promises is refused.

    Raises:
        UnreadableError: the payload is not what the topic promises.
    """
    if "marketing_consent" in topic:
        return _consent(payload)
    reader = _TOPICS.get(topic)
    return None if reader is None else reader(payload)


def triggered(told: str) -> int | None:
    """The header that says when a webhook was triggered, in microseconds since 1970; None: unread.

    >>> triggered("2026-01-05T09:00:00.123456789Z"), triggered("soon")
    (1767603600123456, None)
    """
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return (found - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


# --- people ------------------------------------------------------------------------------------


def _customer(payload: Payload) -> list[ShopUpdate]:
    number = needed(payload, "id")
    at = moment(payload.get("updated_at"), "updated_at")
    created = moment(payload.get("created_at"), "created_at")
    person = Person(number, text(payload.get("email")), at=at)
    home = thing(payload.get("default_address"))
    person.traits = said(
        {
            "first_name": text(payload.get("first_name")),
            "last_name": text(payload.get("last_name")),
            "phone": text(payload.get("phone")) or text(home.get("phone")),
            "created_at": created,
            "language": text(payload.get("locale")),
            **_place(home),
        }
    )
    person.consent = _consents(payload, at)
    return [Account(person, created if payload.get("state") == "enabled" else None)]


def _consent(payload: Payload) -> list[ShopUpdate]:
    number = text(payload.get("customer_id")) or needed(payload, "id")
    person = Person(number, text(payload.get("email_address")) or text(payload.get("email")))
    person.consent = _consents(payload, moment(payload.get("updated_at"), "updated_at"))
    person.at = max([one.at for one in person.consent.values()], default=0)
    if phone := text(payload.get("phone")):
        person.traits["phone"] = phone
    return [Account(person)]


def _consents(payload: Payload, at: Instant) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for channel in ("email", "sms"):
        told = thing(payload.get(f"{channel}_marketing_consent"))
        agreed = _AGREED.get(text(told.get("state")).lower())
        if agreed is None:
            continue
        name = f"{channel}_marketing_consent.consent_updated_at"
        detail = {
            "opt_in_level": text(told.get("opt_in_level")),
            "collected_from": text(told.get("consent_collected_from")),
        }
        found[channel] = Said(
            agreed, moment(told.get("consent_updated_at"), name) or at, True, said(detail)
        )
    if "email" not in found and payload.get("accepts_marketing") is True:
        since = moment(payload.get("accepts_marketing_updated_at"), "accepts_marketing_updated_at")
        found["email"] = Said(True, since or at)
    return found


def _place(address: Payload) -> dict[str, Any]:
    return {
        "city": text(address.get("city")),
        "region": text(address.get("province_code")),
        "country": text(address.get("country_code")),
        "postal_code": text(address.get("zip")),
    }


def _buyer(payload: Payload, at: Instant) -> Person:
    """Who ordered: the account's number, and what was typed in at that moment."""
    account = thing(payload.get("customer"))
    person = Person(
        text(account.get("id")),
        text(payload.get("email"))
        or text(payload.get("contact_email"))
        or text(account.get("email")),
        at=at,
    )
    home = thing(payload.get("billing_address")) or thing(payload.get("shipping_address"))
    # Somebody else may pay: who has an account is called as it says.
    person.traits = said(
        {
            "first_name": text(account.get("first_name")) or text(home.get("first_name")),
            "last_name": text(account.get("last_name")) or text(home.get("last_name")),
            "phone": text(payload.get("phone"))
            or text(account.get("phone"))
            or text(home.get("phone")),
            "language": text(payload.get("customer_locale")),
            **_place(home),
        }
    )
    person.consent = _consents(account, at)
    if "email" not in person.consent and payload.get("buyer_accepts_marketing") is True:
        person.consent["email"] = Said(True, at)
    return person


# --- orders ------------------------------------------------------------------------------------


def _order(payload: Payload) -> list[ShopUpdate]:
    ref = needed(payload, "id")
    if not isinstance(payload.get("line_items"), list):
        raise UnreadableError("line_items is missing")
    if payload.get("test") is True:
        return []  # somebody tried the checkout: nothing was sold
    number = text(payload.get("name")) or ref
    created = moment(payload.get("processed_at") or payload.get("created_at"), "created_at")
    updated = moment(payload.get("updated_at"), "updated_at") or created
    codes = [
        code for one in things(payload.get("discount_codes")) if (code := text(one.get("code")))
    ]
    properties = said(
        {
            "order_id": number,
            "value": payload.get("total_price"),
            "currency": text(payload.get("currency")),
            "tax": payload.get("total_tax"),
            "discount": payload.get("total_discounts"),
            "shipping": _shipping(payload),
            "coupon": codes[0] if codes else "",
            "coupons": codes if len(codes) > 1 else [],
            "shipping_country": text(thing(payload.get("shipping_address")).get("country_code")),
            "payment_method": ", ".join(map(text, payload.get("payment_gateway_names") or ())),
            "shipping_method": ", ".join(
                text(one.get("title")) for one in things(payload.get("shipping_lines"))
            ),
            "items": _items(payload),
        }
    )
    follows: list[Follow] = []
    for each in things(payload.get("fulfillments")):
        follows += _parcel(each, updated)
    for each in things(payload.get("refunds")):
        follows += _refund(each)
    if payload.get("cancelled_at"):
        told = said({"value": payload.get("total_price"), "currency": properties.get("currency")})
        told["reason"] = text(payload.get("cancel_reason"))
        at = moment(payload["cancelled_at"], "cancelled_at")
        follows.append(Follow("order_cancelled", "order_cancelled", at, said(told)))
    words = (
        text(payload.get("financial_status")) or "pending",
        text(payload.get("fulfillment_status")) or "unfulfilled",
    )
    return [
        Order(
            *(ref, number, created, updated, " ".join(words), True),
            _buyer(payload, created),
            properties,
            follows,
            text(payload.get("checkout_token")),
            text(payload.get("cart_token")),
        )
    ]


def _shipping(payload: Payload) -> Any:
    amount = thing(thing(payload.get("total_shipping_price_set")).get("shop_money")).get("amount")
    if amount is not None:
        return amount
    return _total(one.get("price") for one in things(payload.get("shipping_lines")))


def _items(payload: Payload) -> list[dict[str, Any]]:
    items = []
    for line in things(payload.get("line_items")):
        only = text(line.get("variant_title")) in _ONLY
        items.append(
            said(
                {
                    "id": text(line.get("sku")),
                    "variant_id": text(line.get("variant_id")),
                    "product_id": text(line.get("product_id")),
                    "name": text(line.get("title")) or text(line.get("name")),
                    "variant": "" if only else text(line.get("variant_title")),
                    "price": line.get("price"),
                    "quantity": line.get("quantity"),
                    "brand": text(line.get("vendor")),
                }
            )
        )
    return items


def _fulfillment(payload: Payload) -> list[ShopUpdate]:
    at = moment(payload.get("updated_at"), "updated_at")
    return [OfOrder(needed(payload, "order_id"), _parcel(payload, at))]


def _parcel(told: Payload, told_at: Instant) -> list[Follow]:
    """A parcel that left, and one that arrived, once each."""
    number = needed(told, "id")
    status, where = text(told.get("status")), text(told.get("shipment_status"))
    if status in ("cancelled", "error", "failure", "pending", "open"):
        return []
    at = moment(told.get("created_at"), "created_at") or told_at
    urls = told.get("tracking_urls")
    url = text(told.get("tracking_url")) or (
        text(urls[0]) if isinstance(urls, list) and urls else ""
    )
    items = _items(told)
    properties = said({"tracking_url": url, "carrier": text(told.get("tracking_company"))})
    found = [Follow("shipped", f"shipped {number}", at, {**properties, **said({"items": items})})]
    if where == "delivered":
        arrived = moment(told.get("updated_at"), "updated_at") or told_at
        found.append(Follow("delivered", f"delivered {number}", arrived, said({"items": items})))
    return found


def _refunded(payload: Payload) -> list[ShopUpdate]:
    return [OfOrder(needed(payload, "order_id"), _refund(payload))]


def _refund(told: Payload) -> list[Follow]:
    number = needed(told, "id")
    lines = things(told.get("refund_line_items"))
    paid = [
        one
        for one in things(told.get("transactions"))
        if text(one.get("kind")) == "refund" and text(one.get("status")) in ("success", "")
    ]
    if paid:
        value = _total(one.get("amount") for one in paid)
    else:
        value = _total(
            part for one in lines for part in (one.get("subtotal"), one.get("total_tax"))
        )
    items = []
    for one in lines:
        (item,) = _items({"line_items": [thing(one.get("line_item"))]})
        items.append({**item, **said({"quantity": one.get("quantity")})})
    currency = next((text(one.get("currency")) for one in paid if one.get("currency")), "")
    at = moment(told.get("processed_at") or told.get("created_at"), "created_at")
    properties = said({"value": value, "currency": currency, "items": [i for i in items if i]})
    return [Follow("refund", f"refund {number}", at, properties)]


def _total(amounts: Any) -> str | None:
    told = [Decimal(0)]
    try:
        told += [Decimal(str(one)) for one in amounts if one not in (None, "")]
    except InvalidOperation:
        raise UnreadableError("an amount is not a number") from None
    return str(sum(told)) if len(told) > 1 else None


# --- before the order --------------------------------------------------------------------------


def _cart(payload: Payload) -> list[ShopUpdate]:
    token = text(payload.get("token")) or needed(payload, "id")
    at = moment(payload.get("updated_at") or payload.get("created_at"), "updated_at")
    return [Cart(token, at, _items(payload), text(payload.get("currency")))]


def _checkout(payload: Payload) -> list[ShopUpdate]:
    token = needed(payload, "token")
    at = moment(payload.get("updated_at") or payload.get("created_at"), "updated_at")
    url = text(payload.get("abandoned_checkout_url"))
    codes = [
        code for one in things(payload.get("discount_codes")) if (code := text(one.get("code")))
    ]
    properties = said(
        {
            "checkout_id": token,
            "checkout_url": url,
            "value": payload.get("total_price"),
            "currency": text(payload.get("currency")),
            "coupon": codes[0] if codes else "",
            "items": _items(payload),
        }
    )
    sent = bool(things(payload.get("shipping_lines")))
    buyer = _buyer(payload, at)
    return [Checkout(token, text(payload.get("cart_token")), at, buyer, properties, sent)]


_TOPICS: Final[dict[str, Callable[[Payload], list[ShopUpdate]]]] = {
    **dict.fromkeys(("carts/create", "carts/update"), _cart),
    **dict.fromkeys(("checkouts/create", "checkouts/update"), _checkout),
    **dict.fromkeys(
        (
            *("orders/create", "orders/paid", "orders/updated", "orders/cancelled"),
            *("orders/fulfilled", "orders/partially_fulfilled"),
        ),
        _order,
    ),
    **dict.fromkeys(("fulfillments/create", "fulfillments/update"), _fulfillment),
    "refunds/create": _refunded,
    **dict.fromkeys(("customers/create", "customers/update", "customers/enable"), _customer),
    **dict.fromkeys(("products/create", "products/update"), shopify_catalogue.product),
    "products/delete": shopify_catalogue.gone,
    "inventory_levels/update": shopify_catalogue.level,
}
