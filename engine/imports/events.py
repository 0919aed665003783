"""Rows of orders and events as calls, for customers that are found by id or e-mail address."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from engine.core.model import Instant
from engine.core.values import Types
from engine.imports.people import IDS, Person, address, forget_nobody, identifier, known_by_phone
from engine.intake import cells
from engine.intake.calls import MAX_ID
from engine.intake.incoming import Incoming
from engine.intake.names import event_name, event_properties
from engine.intake.refusal import Refusal, invalid

_MOMENTS: Final = ("timestamp", "occurred_at", "occurredAt", "time", "at", "date", "created_at")
_ORDERED: Final = (*_MOMENTS, "order_date", "ordered_at", "purchase_date", "purchased_at")
_ANONYMOUS: Final = ("anonymous_id", "anonymousId")
_EMAIL: Final = ("email", "customer_email", "billing_email")
_MESSAGE: Final = ("message_id", "messageId")
_ABOUT_THE_PERSON: Final = ("first_name", "last_name", "phone", "country", "city", "postal_code")
_ORDER: Final = ("order_id", "orderId", "order", "order_number", "transaction_id", "id")
_ITEM: Final = {
    "item": "id",
    "item_id": "id",
    "product_id": "id",
    "sku": "id",
    "item_name": "name",
    "product_name": "name",
    "item_price": "price",
    "price": "price",
    "quantity": "quantity",
    "qty": "quantity",
}
_NAMING: Final = {name: n for n, name in enumerate(("id", "item_id", "sku", "product_id", "item"))}
"""What says best which product an item is, first."""
_MONEY: Final = ("tax", "shipping", "discount")
_TOTAL: Final = (
    *("value", "total", "revenue", "order_total"),
    *("total_price", "total_amount", "order_amount", "grand_total"),
)
_EXPORTED: Final = frozenset(
    ("message_id", "user_id", "anonymous_id", "event", "timestamp", "properties")
)
_WHO: Final = (*IDS, *_ANONYMOUS, *_EMAIL, *_MOMENTS)
EVENT_WORDS: Final = (*_WHO, *_MESSAGE, "event", "properties")
"""What a column of events is called that is none of their properties."""
ORDER_WORDS: Final = (
    *(*_WHO, *_ORDERED, *_ORDER, *_ITEM, *_MONEY, *_TOTAL, *_ABOUT_THE_PERSON),
    *("status", "cancelled_at", "refunded", "currency", "coupon", "items"),
)
"""What a column of orders may be called."""
_NO_ORDER: Final = frozenset(("failed", "pending payment", "draft", "trash", "expired", "voided"))
_CANCELLED: Final = frozenset(("cancelled", "canceled"))


@dataclass(slots=True)
class ImportedEvents:
    """What a row says that a person did: one call or, for an order, several."""

    person: Person
    calls: list[Incoming] = field(default_factory=list)
    order: str = ""


def read_event(
    line: int, row: Mapping[str, Any], types: Types, now: Instant, source: str
) -> ImportedEvents:
    """A row as an event. Raises `Refusal` that names the column."""
    left = dict(row)
    # A row of our own export: it was filled in from the catalogue when it happened.
    complete = row.keys() <= _EXPORTED and "message_id" in row and "properties" in row
    person = _person(line, left, {}, types)
    message_id = _message_id(_first(left, _MESSAGE))
    person.since = when = _moment(left, types, now)
    told = left.pop("event", None)
    if not isinstance(told, str) or not told.strip() or len(told) > MAX_ID:
        raise invalid("event", "must be the event's name")
    name = event_name(told.strip())
    if not name:
        raise invalid("event", "must hold letters or digits")
    nested = _nested(left.pop("properties", None))
    for other in ("context", "type", "traits"):
        left.pop(other, None)
    if nested is not None and not isinstance(nested, Mapping):
        raise invalid("properties", "must be an object")
    left |= nested or {}
    kinds = types.events.get(name, {})
    if isinstance(items := left.get("items"), str):
        left["items"] = cells.words("items", items)
    properties = cells.typed(event_properties(left), kinds, types)
    for each, value in properties.items():
        kind = kinds.get(each)
        if kind not in (None, "list") and value is not None and types.read(value, kind) is None:
            raise invalid(each, f"cannot be read as {kind}")
    if not message_id:
        about = [person.user or person.mailbox or person.anonymous, name, when, row]
        message_id = f"import {_digest(about)}"
    call = Incoming("track", message_id, event=name, properties=properties, occurred_at=when)
    call.complete = complete
    return ImportedEvents(person, [_past(call, person, source)])


def read_order(
    line: int,
    row: Mapping[str, Any],
    types: Types,
    now: Instant,
    source: str,
    warnings: Counter[str],
) -> ImportedEvents:
    """A row (or the rows of one order, under `items`) as a purchase, and what became of it."""
    left = dict(row)
    number = left.get("order_number")
    order = identifier(_first(left, _ORDER), "order_id")
    if not order:
        raise invalid("order_id", "an order needs its number")
    ref = identifier(left.pop("order_ref", None), "order_ref")
    about = {name: left.pop(name) for name in _ABOUT_THE_PERSON if left.get(name)}
    person = _person(line, left, about, types)
    person.since = when = _moment(left, types, now, _ORDERED)
    status = str(left.pop("status", None) or "").strip().lower().replace("wc-", "")
    cancelled = left.pop("cancelled_at", None)
    refunded = left.pop("refunded", None)
    currency = str(left.get("currency") or "")
    properties = _order_properties(left, types, currency)
    properties["order_id"] = order
    if number not in (None, "") and str(number) != order:
        properties["order_number"] = number
    happened = ImportedEvents(person, order=order)
    if status in _NO_ORDER or (status == "pending" and source.endswith("woocommerce")):
        warnings[f"status {status}: no order came of it, left out"] += 1
        return happened
    properties |= {name: value for name, value in left.items() if name not in properties}

    def add(event: str, at: Instant, told: dict[str, Any]) -> None:
        call = Incoming(
            "track", f"order {order} {event}", event=event, properties=told, occurred_at=at
        )
        call.order_ref = ref
        happened.calls.append(_past(call, person, source))

    add("purchase", when, properties)
    if cancelled or status in _CANCELLED:
        at = cells.moment("cancelled_at", cancelled, types.zone, now) if cancelled else when
        add("order_cancelled", at, {"order_id": order, "value": properties.get("value")})
    value: Any = None
    if refunded not in (None, ""):
        amount = cells.amount("refunded", refunded, types.currency, stated=currency)
        value = str(amount) if amount else None
    elif status == "refunded":
        value = properties.get("value")
    if value is not None:
        add("refund", when, {"order_id": order, "value": value})
    return happened


def _order_properties(left: dict[str, Any], types: Types, currency: str) -> dict[str, Any]:
    """What an order says, taken out of `left`; amounts as decimal text."""
    properties: dict[str, Any] = {}
    total = _first(left, _TOTAL)
    if total not in (None, ""):
        amount = cells.amount("total", total, types.currency, stated=currency)
        if amount < 0:
            raise invalid("total", "is below zero")
        properties["value"] = str(amount)
    for name in _MONEY:
        told = left.pop(name, None)
        if told not in (None, ""):
            amount = cells.amount(name, told, types.currency, stated=currency)
            properties[name] = str(amount)
    told = left.pop("items", None)
    if isinstance(told, str):
        told = cells.words("items", told)
    if told is None:
        lone = {name: left.pop(name) for name in _ITEM if name in left}
        told = [lone] if lone else []
    if not isinstance(told, list):
        raise invalid("items", "must be a list")
    items = [_item(each, types, currency) for each in told]
    if items:
        properties["items"] = items
    if "value" not in properties and not any("price" in item for item in items):
        raise invalid("total", "an order needs its total, or items with their prices")
    if currency:
        properties["currency"] = left.pop("currency")
    return properties


def _item(told: Any, types: Types, currency: str) -> dict[str, Any]:
    if not isinstance(told, Mapping):
        return {"id": identifier(told, "items")}
    item: dict[str, Any] = {}
    for name in sorted(told, key=lambda name: _NAMING.get(str(name), 0)):
        if (value := told[name]) not in (None, ""):
            item.setdefault(_ITEM.get(str(name), str(name)), value)
    item["id"] = identifier(item.get("id"), "items.id")
    if "price" in item:
        price = cells.amount("items.price", item["price"], types.currency, stated=currency)
        item["price"] = str(price)
    quantity = item.get("quantity", 1)
    if isinstance(quantity, str):
        quantity = cells.decimal("items.quantity", quantity)
    if isinstance(quantity, bool) or not 0 < quantity <= 1_000_000:
        raise invalid("items.quantity", "must be above zero")
    item["quantity"] = int(quantity) if quantity == int(quantity) else float(quantity)
    return item


def _person(line: int, left: dict[str, Any], about: Mapping[str, Any], types: Types) -> Person:
    """Who it is about, taken out of `left`, with what it says `about` them."""
    person = Person(line, fills=True)
    for name in IDS:
        if name in left:
            user = identifier(left.pop(name), name)
            person.user = person.user or user
    person.anonymous = identifier(_first(left, _ANONYMOUS), "anonymous_id")
    person.email = address(_first(left, _EMAIL))
    if person.email:
        person.about.put("email", person.email)
    person.about.apply(about, types)
    forget_nobody(person)
    known_by_phone(person)
    if not (person.user or person.email or person.anonymous or person.phone):
        raise Refusal("invalid", "has neither a customer's id nor an e-mail address")
    return person


def _first(left: dict[str, Any], names: tuple[str, ...]) -> Any:
    """The value of the first of these columns that has one; all are taken out."""
    found = [left.pop(name) for name in names if name in left]
    return next((value for value in found if value not in (None, "")), None)


def _moment(
    left: dict[str, Any], types: Types, now: Instant, names: tuple[str, ...] = _MOMENTS
) -> Instant:
    told = _first(left, names)
    if told is None:
        raise invalid("timestamp", "what happened in the past needs its time")
    return min(cells.moment("timestamp", told, types.zone, now), now)


def _past(call: Incoming, person: Person, source: str) -> Incoming:
    """As part of the history: it enters no flow."""
    call.user, call.anonymous = person.user, person.anonymous
    call.enters, call.source = False, source
    return call


def _message_id(told: Any) -> str:
    # What the engine made of a call has the call's own id and a tab.
    if isinstance(told, str) and "\t" in told:
        identifier(told.replace("\t", " "), "message_id")
        return told
    return identifier(told, "message_id")


def _nested(told: Any) -> Any:
    """Properties that stand in one cell, as an export writes them."""
    if not isinstance(told, str):
        return told
    try:
        return orjson.loads(told)
    except orjson.JSONDecodeError:
        raise invalid("properties", "is no JSON object") from None


def _digest(about: Any) -> str:
    text = orjson.dumps(about, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:32]
