"""What Segment, RudderStack and GA4 call things, in our words (which are GA4's)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsl.names.vocabulary import SEGMENT

_EVENTS = {name.casefold(): ours for name, ours in SEGMENT.items()}
_EVENTS |= {ours: ours for ours in SEGMENT.values()}
_EVENTS |= {"generate_lead": "sign_up"}

_PROPERTIES = {
    "transaction_id": "order_id",
    "orderId": "order_id",
    "refundId": "refund_id",
    "checkoutId": "checkout_id",
    "cartId": "cart_id",
    "query": "search_term",
    "search_query": "search_term",
    "item_list_id": "list_id",
    "listId": "list_id",
    "page_location": "url",
    "page_path": "path",
    "page_title": "title",
    "page_referrer": "referrer",
    "promotion_id": "promotion",
    "cartUrl": "cart_url",
    "checkoutUrl": "checkout_url",
    "shippingCountry": "shipping_country",
    "form_id": "form",
}
_IDS = ("id", "item_id", "sku", "product_id", "productId", "variant_id", "variantId")
"""What may name an item, the most trusted first: our id, the SKU, the shop's own numbers."""
_ITEM = {
    "productId": "product_id",
    "variantId": "variant_id",
    "item_name": "name",
    "item_category": "category",
    "item_brand": "brand",
    "item_variant": "variant",
    "imageUrl": "image_url",
}
_LONE_IDS = frozenset(_IDS[1:])
_LONE = _LONE_IDS - {"variant_id", "variantId"}
"""By one of these an event tells of a product: a variant alone is none."""
_OF_AN_ITEM = frozenset(
    ("name", "price", "quantity", "category", "brand", "variant", "url", "image_url")
)
_TOTALS = ("revenue", "total", "subtotal")

TRAITS = {
    "firstName": "first_name",
    "firstname": "first_name",
    "lastName": "last_name",
    "lastname": "last_name",
    "createdAt": "created_at",
    "birthdate": "birthday",
    "dateOfBirth": "birthday",
    "postalCode": "postal_code",
    "zip": "postal_code",
    "state": "region",
    "timeZone": "timezone",
    "time_zone": "timezone",
    "pushToken": "push",
    "locale": "language",
    "mobile": "phone",
}


def event_name(told: str) -> str:
    """Our name for an event; one that nobody knows is only written as ours are ("" if it cannot).

    >>> event_name("Product Added"), event_name("add_to_cart"), event_name("Quiz Finished")
    ('add_to_cart', 'add_to_cart', 'quiz_finished')
    """
    known = _EVENTS.get(told)
    if known is None:
        known = _EVENTS.get(told.casefold())
    return snake_case(told) if known is None else known


def snake_case(told: str) -> str:
    """`quizFinished`, `Quiz Finished` and `quiz-finished` as `quiz_finished`."""
    letters: list[str] = []
    before = ""
    for letter in told:
        if not letter.isalnum():
            letters.append("_")
        elif letter.isupper() and (before.islower() or before.isdigit()):
            letters.append("_" + letter.lower())
        else:
            letters.append(letter.lower())
        before = letter
    return "_".join(filter(None, "".join(letters).split("_")))


def event_properties(told: Mapping[str, Any]) -> dict[str, Any]:
    """Event properties under our names, with `items` a list where products are told in any way."""
    ours = _renamed(told, _PROPERTIES)
    if "items" not in ours and "products" in ours:
        ours["items"] = ours.pop("products")
    if "items" in ours:
        ours["items"] = [_item(each) for each in listed(ours["items"])]
    elif "item" in ours:
        if isinstance(ours["item"], Mapping):
            ours["item"] = _item(ours["item"])
    else:
        _lone_item(ours)
    if ours.get("value") is None:
        for name in _TOTALS:
            if ours.get(name) is not None:
                ours["value"] = ours[name]
                break
    return ours


def _renamed(told: Mapping[str, Any], ours: Mapping[str, str]) -> dict[str, Any]:
    """What was told, under our names; what is told under both, under ours."""
    found: dict[str, Any] = {}
    for name, value in told.items():
        if value is not None:
            known = ours.get(name)
            if known is None:
                found[name] = value
            elif told.get(known) is None:
                found[known] = value
    return found


def _item(told: Any) -> Any:
    if not isinstance(told, Mapping):
        return told
    item = _renamed(told, _ITEM)
    number = _number(told)
    if number is not None:
        item["id"] = number
    item.pop("item_id", None)
    for each in ("product_id", "variant_id"):
        if item.get(each) == number:
            item.pop(each, None)  # it says what `id` says
    return item


def _number(told: Mapping[str, Any]) -> Any:
    for name in _IDS:
        number = told.get(name)
        if number is not None and number != "":
            return number
    return None


def listed(told: Any) -> list[Any]:
    """A list, also where a client wrote it as an object by position (`{"0": .., "2": ..}`).

    >>> listed([1]), listed({"0": "a", "1": "b"}), listed({"id": 1}), listed("x")
    ([1], ['a', 'b'], [{'id': 1}], ['x'])
    """
    if isinstance(told, list):
        return told
    if isinstance(told, Mapping) and all(name.isascii() and name.isdigit() for name in told):
        return [told[name] for name in sorted(told, key=int)]
    return [told]


def _lone_item(ours: dict[str, Any]) -> None:
    """A product told by the event's own properties (`product_id`, `price` ..)."""
    if _LONE.isdisjoint(ours):
        return
    numbers: dict[str, Any] = {}
    said: dict[str, Any] = {}
    for name, value in ours.items():
        if name in _LONE_IDS:
            if value != "":
                numbers[name] = value
        elif (known := _ITEM.get(name, name)) in _OF_AN_ITEM:
            said[known] = value
    if not _LONE.isdisjoint(numbers):
        ours["items"] = [{**_item(numbers), **said}]


def trait_names(told: Mapping[str, Any]) -> dict[str, Any]:
    """Traits under our names, an address flat beside them. What nobody knows keeps its name."""
    ours: dict[str, Any] = {}
    for name, value in told.items():
        if name == "address" and isinstance(value, Mapping):
            for inner, each in value.items():
                ours.setdefault(TRAITS.get(inner) or inner, each)
        elif name in TRAITS:
            if TRAITS[name] not in told:
                ours[TRAITS[name]] = value
        else:
            ours[name] = value
    whole = ours.get("name")
    if isinstance(whole, str) and " " in whole.strip() and "first_name" not in ours:
        first, _, last = whole.strip().partition(" ")
        ours["first_name"] = first
        ours.setdefault("last_name", last.strip())
    return ours
