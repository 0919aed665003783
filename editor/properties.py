"""What is stored of people and events, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from editor.language import _, noop
from editor.rendering import amount, local
from engine.core.values import Types

Words = list[tuple[str, str]]

CHANNELS: Final = {"email": noop("E-mail"), "sms": "SMS", "push": "Push", "whatsapp": "WhatsApp"}
CONSENTS: Final = {**CHANNELS, "tracking": noop("Tracking")}
TITLES: Final = {
    "id": noop("Customer number"),
    "email": noop("E-mail"),
    "phone": noop("Phone"),
    "first_name": noop("First name"),
    "last_name": noop("Last name"),
    "gender": noop("Gender"),
    "birthday": noop("Birthday"),
    "language": noop("Language"),
    "country": noop("Country"),
    "region": noop("Region"),
    "city": noop("City"),
    "postal_code": noop("Postal code"),
    "timezone": noop("Time zone"),
    "created_at": noop("Customer since"),
    "tags": noop("Tags"),
    "orders": noop("Orders"),
    "total_spent": noop("Spent in all"),
    "first_order_at": noop("First order"),
    "last_order_at": noop("Last order"),
}
"""What the properties that every customer may have are called."""
_OF_ENGINE = frozenset({"run", "step"})
"""What only the engine asks of an event that tells of a message."""
_OF_ITEMS = frozenset({"value", "price"})
"""What items lend to an event that does not declare it."""


def of_customer(properties: Mapping[str, Any], types: Types) -> list[tuple[str, str, str]]:
    """A customer's properties: name, what people call it, and words."""
    return [
        (name, _titled(name), _words(value, types.customer.get(name), types, types.currency))
        for name, value in properties.items()
    ]


def _titled(name: str) -> str:
    """A shop's own property is called what its name says."""
    known = TITLES.get(name)
    return _(known) if known else name.replace("_", " ").capitalize()


def consent(what: str) -> str:
    """What somebody may have consented to: a channel, being tracked, a topic."""
    known = CONSENTS.get(what)
    return _(known) if known else what


def of_event(name: str, properties: Mapping[str, Any], types: Types) -> Words:
    """What an event says, its items in short: name, as people read it, and words. `name` is that
    of the event as it is stored.
    """
    kinds = types.events.get(name.removeprefix("$"), {})
    items = properties.get("items")
    told = properties.get("currency")
    currency = told if isinstance(told, str) and len(told) == len("EUR") else types.currency
    found: Words = []
    page = properties.get("url")
    for key, value in properties.items():
        if (key in _OF_ENGINE and "flow" in properties) or (key == "url" and "path" in properties):
            continue
        kind = kinds.get(key) or ("money" if items and key in _OF_ITEMS else None)
        if key == "items" and isinstance(value, list):
            found.append((key, _items(value, types, currency)))
        elif isinstance(value, str) and value.startswith(("http://", "https://")):
            own = value if key.endswith("_url") else str(page or "")
            found.append((key, _address(value, own)))
        elif isinstance(value, str | int | float):
            found.append((key, _words(value, kind, types, currency)))
    return [(key.replace("_", " "), words) for key, words in found if words]


def _address(url: str, page: str) -> str:
    """A URL as people read it: without a scheme, without the host that `page` is of too."""
    try:
        there, here = urlsplit(url), urlsplit(page)
    except ValueError:
        return url
    host = "" if there.netloc == here.netloc else there.netloc
    return there._replace(scheme="", netloc=host).geturl().removeprefix("//") or there.netloc


def _words(value: Any, kind: str | None, types: Types, currency: str) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int) and kind == "money":
        return amount(value, currency)
    if isinstance(value, int) and kind == "date":
        return local(value, types.zone)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def _items(items: Iterable[Any], types: Types, currency: str) -> str:
    words = []
    for item in items:
        if not isinstance(item, Mapping):
            continue
        what = str(item.get("name") or item.get("id") or "")
        quantity, price = item.get("quantity"), item.get("price")
        if isinstance(quantity, int | float) and quantity != 1:
            what = f"{quantity:g} × {what}"
        if price is not None:
            what = _("%(what)s at %(price)s") % {
                "what": what,
                "price": _words(price, "money", types, currency),
            }
        words.append(what)
    return ", ".join(words)
