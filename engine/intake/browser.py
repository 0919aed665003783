"""What a call under a browser key may say: the key stands in a page for all to read.

It tells what its own visitor does, and nothing else. Of items it tells which and how many: names,
prices, pictures and links come from the catalogue, so that nobody's words reach a message. What
servers, shop systems and messages say of a customer it cannot say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dsl.names.vocabulary import MESSAGE_EVENTS
from engine.core.facts import CONTACT
from engine.customers import contact
from engine.intake.incoming import Incoming
from engine.intake.refusal import forbidden

PAGE_EVENTS = frozenset(
    (
        *(
            "page_view",
            "leave_page",
            "leave_site",
            "notify_me",
            "view_item",
            "select_item",
            "view_item_list",
            "filter_item_list",
        ),
        *("search", "add_to_cart", "remove_from_cart", "view_cart", "add_to_wishlist"),
        *("remove_from_wishlist", "begin_checkout", "checkout_step", "add_shipping_info"),
        *("add_payment_info", "view_promotion", "select_promotion", "sign_up", "login"),
        *("form_submitted", "share"),
    )
)
"""What a visitor of a known customer may be told to have done, without a signature."""

_ORDERS = frozenset(
    (
        *("purchase", "refund", "shipped", "delivered", "fulfilled", "returned", "paid"),
        *("in_transit", "out_for_delivery", "ready_for_pickup", "picked_up"),
        *("invoice", "invoiced", "chargeback", "cancelled", "refunded"),
    )
)
_ORDER_WORDS = ("order_", "refund_", "shipment_", "delivery_", "fulfillment_", "parcel_", "return_")
_OF_MESSAGES = ("sent_", "open_", "click_", "bounce_", "complain_")
_BY_THE_ENGINE = frozenset(
    (
        *("subscribe", "unsubscribe", "confirm_subscription", "redeem_coupon"),
        *("subscribed", "unsubscribed", "subscription_confirmed"),
    )
)

_OF_AN_ITEM = frozenset(
    (
        *("name", "price", "value", "revenue", "total", "subtotal", "category", "brand"),
        *("image_url", "image", "url", "link", "title", "description", "old_price", "variant"),
        *("product_name", "product_url", "product", "products", "sku", "currency"),
    )
)
"""What an event with items tells of them beside: the catalogue says it."""
_CODES = ("product_id", "productId", "item_id", "sku")
_LINKS = frozenset(("cart_url", "checkout_url"))
_OF_ITEMS = PAGE_EVENTS - {
    *(
        "page_view",
        "leave_page",
        "leave_site",
        "search",
        "view_promotion",
        "select_promotion",
        "sign_up",
    ),
    *("login", "form_submitted"),
}
_OF_A_LIST = frozenset(("category", "brand"))
_OF_A_PAGE = frozenset(("url", "path", "referrer", "title"))
_LOOKS = frozenset(("page_view", "leave_page", "leave_site"))

_CODE = re.compile(r"[\w-]{1,64}", re.ASCII)
_LONGEST_CODE = 255
_MOST_ITEMS = 200
_PATH = re.compile(r"[\w/.~-]{0,80}", re.ASCII)
_NAME = 80
_ENDINGS = "com|net|org|info|biz|io|co|me|de|at|ch|eu|uk|fr|it|es|nl|pl|ru|cn|xyz|top|shop|site|online|app|dev|link|click|live"  # noqa: E501
_A_LINK = re.compile(
    rf"://|\bwww\.|[<>]|\{{\{{|\{{%|\b[\w-]{{2,}}\.(?:{_ENDINGS})\b", re.IGNORECASE
)
_NAMES = ("first_name", "last_name", "name", "city", "region", "company", "title")


def check_event(name: str) -> None:
    """Raises `Refusal` for an event that no page can know of."""
    if name in _ORDERS or name.startswith(_ORDER_WORDS):
        raise forbidden("event", f"A browser key cannot write orders ({name}).")
    if name in _BY_THE_ENGINE or name in MESSAGE_EVENTS or name.startswith(_OF_MESSAGES):
        raise forbidden("event", f"A browser key cannot record {name}.")


def only_its_own(event: str, properties: Mapping[str, Any], store: str) -> dict[str, Any]:
    """An event's properties without what a page must not say; `store` is the shop's address."""
    kept: dict[str, Any] = {}
    items = _items(properties)
    of_items = items is not None or event in _OF_ITEMS
    for name, value in properties.items():
        if name in ("item", "items"):
            continue
        if of_items and name in _CODES:
            continue
        if of_items and name in _OF_AN_ITEM:
            # A list has a category of its own, and what no item can say may be a number.
            of_a_list = name in _OF_A_LIST and (items is None or len(items) != 1)
            amount = items is None and name == "value" and isinstance(value, int | float)
            if not amount and (not of_a_list or _holds_a_link(value)):
                continue
            kept[name] = value
            continue
        if name in _LINKS:
            link = _own_page(value, store)
            if link:
                kept[name] = link
        elif (event in _LOOKS and name in _OF_A_PAGE) or not _holds_a_link(value):
            kept[name] = value
    if items is not None:
        kept["items"] = items
    return kept


def without_foreign_items(
    properties: Mapping[str, Any], catalogue: Mapping[str, Any], *, known: bool
) -> Mapping[str, Any]:
    """Without items that are in no catalogue: of a known customer all of them, of others those
    whose id reads like a sentence or a link.
    """
    items = properties.get("items")
    if not isinstance(items, list):
        return properties
    kept = [
        one
        for one in items
        if catalogue.get(one["id"]) or (not known and _CODE.fullmatch(one["id"]))
    ]
    return properties if len(kept) == len(items) else {**properties, "items": kept}


def of_a_known_visitor(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of it where anybody may have spoken for a known customer: no words at all."""
    kept = {
        name: value
        for name, value in properties.items()
        if isinstance(value, bool | int | float) and name != "value"
    }
    if isinstance(properties.get("items"), list):
        kept["items"] = properties["items"]
    return kept


def plain_traits(traits: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Traits without names that are no names but messages to whom they will be written."""
    kept: dict[str, Any] = {}
    ignored: list[str] = []
    for name, value in traits.items():
        long = name in _NAMES and isinstance(value, str) and len(value) > _NAME
        told = value if name != "email" else None
        if long or _holds_a_link(told):
            ignored.append(f"traits.{name}"[:80] + ": a browser key cannot put links into it")
        else:
            kept[name] = value
    return kept, ignored


def asks_for_own_consent(each: Incoming, properties: Mapping[str, Any]) -> bool:
    """Whether all that a page says of a known customer is the wish to be asked by mail.

    The question goes to the address that the customer has; nothing else follows from it.
    """
    told, own = each.traits.get("email"), properties.get(CONTACT["email"])
    if not isinstance(told, str) or not isinstance(own, str):
        return False
    same = contact.one_address(told) == contact.one_address(own)
    return same and each.consent.get("email") is True


def _items(properties: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Which products and how many; None where the event is about none."""
    raw = properties.get("items")
    if raw is None:
        raw = properties.get("item")
        if raw is None:
            return None
        raw = [raw]
    if not isinstance(raw, list):
        raw = [raw]
    found: list[dict[str, Any]] = []
    for one in raw[:_MOST_ITEMS]:
        told = one if isinstance(one, Mapping) else {"id": one}
        code = told.get("id")
        if isinstance(code, int) and not isinstance(code, bool):
            code = str(code)
        if not isinstance(code, str) or not 0 < len(code) <= _LONGEST_CODE:
            continue
        item: dict[str, Any] = {"id": code}
        for name in ("quantity", "position"):
            number = told.get(name)
            if isinstance(number, str) and number.isdecimal() and len(number) < 6:
                number = int(number)
            if isinstance(number, int | float) and not isinstance(number, bool):
                item[name] = number
        for name in ("product_id", "variant_id"):
            # The shop's own numbers, by which the catalogue may know it; nothing but digits.
            number = str(told.get(name, ""))
            if number.isascii() and number.isdigit() and len(number) <= 20:
                item[name] = number
        found.append(item)
    return found


def _own_page(told: Any, store: str) -> str:
    """A page of the shop itself, without anything that could be put behind it."""
    if not isinstance(told, str) or not store:
        return ""
    try:
        link, home = urlsplit(told), urlsplit(store)
    except ValueError:
        return ""
    if (link.scheme, link.netloc) != (home.scheme, home.netloc) or not _PATH.fullmatch(link.path):
        return ""
    return f"{link.scheme}://{link.netloc}{link.path}"


def _holds_a_link(value: Any) -> bool:
    """Whether a value, or anything in it, would become a link or markup in a message."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if _A_LINK.search(each):
                return True
        elif isinstance(each, Mapping):
            waiting.extend(each.keys())
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return False
