"""WooCommerce's webhooks: its REST resources (version 3) as JSON, the topic in a header.

Fields: https://woocommerce.github.io/woocommerce-rest-api-docs/. An order waits for its payment as
`pending`: that is a checkout that was begun. It is bought as soon as it is paid, or accepted
without (`on-hold`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any, Final

from engine.core.model import Instant
from engine.shops.updates import (
    Account,
    Follow,
    OfOrder,
    Order,
    Person,
    ProductUpdate,
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

_BOUGHT: Final = frozenset(("processing", "on-hold", "completed", "refunded"))
_CANCELLED: Final = frozenset(("cancelled", "trash"))


def read(topic: str, payload: Payload) -> list[ShopUpdate] | None:
    """What a delivery says; None for a topic that says nothing to us.

    Raises:
        UnreadableError: the payload is not what the topic promises.
    """
    match topic:
        case "order.created" | "order.updated" | "order.restored":
            return _order(payload)
        case "order.deleted":
            return [OfOrder(needed(payload, "id"), [])]
        case "customer.created" | "customer.updated":
            return _customer(payload, new=topic == "customer.created")
        case "product.created" | "product.updated" | "product.restored":
            return _product(payload)
        case "product.deleted":
            if "name" in payload:
                raise UnreadableError("this is a product, not the number of a deleted one")
            return [Withdrawn(needed(payload, "id"))]
    return None


def words(told: Any) -> str:
    """Text that people read; WooCommerce tells it as it stands in a page (`Tent &ndash; Red`).

    >>> words("Tent &ndash; Red &amp; Blue"), words("Müller &#8211; 2"), words(None)
    ('Tent \u2013 Red & Blue', 'Müller \u2013 2', '')
    """
    return unescape(text(told)).replace("\xa0", " ").strip()


def _at(payload: Payload, name: str) -> Instant:
    """WooCommerce tells each moment in the site's own time, and beside it in UTC."""
    return moment(payload.get(f"{name}_gmt") or payload.get(name), name)


# --- people ------------------------------------------------------------------------------------


def _customer(payload: Payload, *, new: bool) -> list[ShopUpdate]:
    number = needed(payload, "id")
    created = _at(payload, "date_created")
    home = thing(payload.get("billing"))
    person = Person(
        number,
        text(payload.get("email")) or text(home.get("email")),
        at=_at(payload, "date_modified") or created,
    )
    person.traits = said(
        {
            **_traits(home),
            "first_name": words(payload.get("first_name")) or words(home.get("first_name")),
            "last_name": words(payload.get("last_name")) or words(home.get("last_name")),
            "created_at": created or None,
        }
    )
    return [Account(person, created or person.at if new else None)]


def _traits(address: Payload) -> dict[str, Any]:
    return {
        "first_name": words(address.get("first_name")),
        "last_name": words(address.get("last_name")),
        "phone": text(address.get("phone")),
        "city": words(address.get("city")),
        "region": text(address.get("state")),
        "country": text(address.get("country")),
        "postal_code": text(address.get("postcode")),
    }


# --- orders ------------------------------------------------------------------------------------


def _order(payload: Payload) -> list[ShopUpdate]:
    ref = needed(payload, "id")
    if not isinstance(payload.get("line_items"), list):
        raise UnreadableError("line_items is missing")
    number = text(payload.get("number")) or ref
    status = text(payload.get("status")).removeprefix("wc-")
    created = _at(payload, "date_created")
    updated = _at(payload, "date_modified") or created
    paid = _at(payload, "date_paid")
    home = thing(payload.get("billing"))
    account = text(payload.get("customer_id"))
    person = Person("" if account == "0" else account, text(home.get("email")), at=created)
    person.traits = said(_traits(home))
    codes = [code for one in things(payload.get("coupon_lines")) if (code := text(one.get("code")))]
    properties = said(
        {
            "order_id": number,
            "value": payload.get("total"),
            "currency": text(payload.get("currency")),
            "tax": payload.get("total_tax"),
            "discount": payload.get("discount_total"),
            "shipping": payload.get("shipping_total"),
            "coupon": codes[0] if codes else "",
            "coupons": codes if len(codes) > 1 else [],
            "shipping_country": text(thing(payload.get("shipping")).get("country")),
            "payment_method": words(payload.get("payment_method_title"))
            or text(payload.get("payment_method")),
            "items": _items(payload),
        }
    )
    bought = status in _BOUGHT or bool(paid)
    follows = _refunds(payload, status, updated, properties)
    if status == "completed":
        at = _at(payload, "date_completed") or updated
        follows.append(Follow("shipped", "shipped", at, said({"items": properties.get("items")})))
    elif status in _CANCELLED:
        told = said({"value": payload.get("total"), "currency": properties.get("currency")})
        follows.append(Follow("order_cancelled", "order_cancelled", updated, told))
    elif status == "pending":
        told = {
            **{name: properties[name] for name in _OF_CHECKOUT if name in properties},
            **said({"checkout_id": ref, "checkout_url": text(payload.get("payment_url"))}),
        }
        follows.append(Follow("begin_checkout", "begin_checkout", created, told, early=True))
    elif status == "failed":
        reason = words(payload.get("payment_method_title")) or "declined"
        told = said({"reason": reason, "order_id": number, "value": payload.get("total")})
        follows.append(Follow("payment_failed", f"payment_failed {updated}", updated, told, True))
    return [
        Order(ref, number, created, updated, status, bought, person, properties, follows),
    ]


_OF_CHECKOUT: Final = ("value", "currency", "coupon", "items")


def _refunds(
    payload: Payload, status: str, at: Instant, properties: Mapping[str, Any]
) -> list[Follow]:
    told = things(payload.get("refunds"))
    currency = properties.get("currency")
    if not told and status == "refunded":
        whole = said({"value": payload.get("total"), "currency": currency})
        return [Follow("refund", "refund", at, whole)]
    found = []
    for one in told:
        # WooCommerce writes what was paid back as an amount below zero.
        value = text(str(one.get("total") or "")).removeprefix("-")
        properties = said({"value": value, "currency": currency, "reason": text(one.get("reason"))})
        found.append(Follow("refund", f"refund {needed(one, 'id')}", at, properties))
    return found


def _items(payload: Payload) -> list[dict[str, Any]]:
    items = []
    for line in things(payload.get("line_items")):
        number, variant = text(line.get("product_id")), text(line.get("variation_id"))
        items.append(
            said(
                {
                    "id": text(line.get("sku")),
                    "product_id": number if number != "0" else "",
                    # Of a product that was deleted there is no number, only "0".
                    "variant_id": next((one for one in (variant, number) if one != "0"), ""),
                    "name": words(line.get("parent_name")) or words(line.get("name")),
                    "price": _price(line),
                    "quantity": line.get("quantity"),
                    "image_url": text(thing(line.get("image")).get("src")),
                }
            )
        )
    return items


def _price(line: Payload) -> Any:
    """What one of it cost."""
    if line.get("price") not in (None, ""):
        return line["price"]
    try:
        return str(Decimal(str(line.get("total"))) / Decimal(str(line.get("quantity") or 1)))
    except (InvalidOperation, ZeroDivisionError):
        return None


# --- the catalogue -----------------------------------------------------------------------------


def _product(payload: Payload) -> list[ShopUpdate]:
    number = needed(payload, "id")
    if not text(payload.get("name")):
        raise UnreadableError("name is missing: this is no whole product")
    kind, sku = text(payload.get("type")), text(payload.get("sku"))
    parent = text(payload.get("parent_id"))
    # Whoever has variations is known by its number: they name it so.
    row_id = number if kind == "variable" or not sku else sku
    images = things(payload.get("images")) or [thing(payload.get("image"))]
    price, before = payload.get("price"), payload.get("regular_price")
    on_sale = bool(payload.get("on_sale")) and before not in (None, "", price)
    created = _at(payload, "date_created")
    row: dict[str, Any] = said(
        {
            "id": row_id,
            "name": words(payload.get("name")),
            "category": next((words(c.get("name")) for c in things(payload.get("categories"))), ""),
            "brand": next((words(c.get("name")) for c in things(payload.get("brands"))), ""),
            "tags": [words(one.get("name")) for one in things(payload.get("tags"))],
            "url": text(payload.get("permalink")),
            "image_url": text(images[0].get("src")) if images else "",
            "created_at": created or None,
            "parent": parent if parent != "0" else "",
        }
    )
    at = _at(payload, "date_modified") or created
    if kind == "variable":
        # Its price and its stock are those of its variations.
        return [ProductUpdate(number, at, [row], [Variant(number, row_id, own=number, name=sku)])]
    if price not in (None, ""):
        row["price"] = price
    row["old_price"] = before if on_sale else None
    row |= _stock(payload)
    # A variation without a SKU of its own is told with its parent's.
    return [ProductUpdate(number, at, [row], [Variant(number, row_id, sku=sku, own=number)])]


def _stock(payload: Payload) -> dict[str, Any]:
    if text(payload.get("status")) in ("draft", "pending", "private", "trash"):
        return {"availability": "unavailable"}
    count = payload.get("stock_quantity")
    counted = bool(payload.get("manage_stock")) and isinstance(count, int | float)
    if text(payload.get("stock_status")) == "outofstock":
        return {"availability": "out_of_stock"}
    if not counted or text(payload.get("backorders")) in ("yes", "notify"):
        known = counted and count > 0  # type: ignore[operator]
        return {"availability": "in_stock", "stock": count if known else None}
    return {"availability": None, "stock": count}
