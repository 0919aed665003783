"""Property values by their declared type: what conditions, messages and tables may rely on.

| type | value |
|---|---|
| text | str |
| number | int or float, finite |
| money | int, minor units of the store's currency, from the decimal text |
| boolean | bool |
| date | `YYYY-MM-DD`, or an `Instant` where the value had a time |
| time | `HH:MM` |
| list | list |

What cannot be read as its type is missing (None). Properties without a declared type stay as they
came. `item` is a product's id, `items` a list of objects that have at least an `id`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from dsl.names import vocabulary
from dsl.names.types import agreed_type
from engine.core import calendar
from engine.core.model import Instant, Properties

_NO_MINOR_UNITS = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_THREE_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905

ITEM_TYPES: dict[str, str] = {
    "id": "text",
    "name": "text",
    "price": "money",
    "quantity": "number",
    "category": "text",
    "brand": "text",
    "url": "text",
    "image_url": "text",
}
_OF_THE_ITEM = ("name", "price", "category", "brand")


def minor_digits(currency: str) -> int:
    """Decimal places of a currency (ISO 4217)."""
    if currency in _NO_MINOR_UNITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 2


@dataclass(slots=True)
class Types:
    """The declared types of a project, built-in words included, and how to read its values."""

    customer: Mapping[str, str] = field(default_factory=dict)
    product: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    currency: str = "EUR"
    zone: str = "UTC"
    item: Mapping[str, str] = field(init=False)
    digits: int = field(init=False)

    def __post_init__(self) -> None:
        self.digits = minor_digits(self.currency)
        self.item = {**self.product, **ITEM_TYPES}

    def event_property(self, events: Iterable[str], name: str) -> str | None:
        """The type of a property of any of these events."""
        for event in events:
            found = self.events.get(event, {}).get(name)
            if found is not None:
                return found
        return None

    def entry_property(self, events: Iterable[str], name: str) -> str | None:
        """The type of a property of what started a run: that of the events that enter the flow,
        else what all events agree on that know the word (by hand, anything may be told).
        """
        found = self.event_property(events, name) or vocabulary.PRODUCT_ENTRY.get(name)
        return found or agreed_type(self.events.values(), name)

    def read(self, value: Any, kind: str | None) -> Any:
        """A value as its declared type, None when it cannot be read as that."""
        if value is None:
            return None
        if kind is None:
            return _read_plain(value)
        if kind == "text":
            return _read_text(value)
        if kind == "money":
            return money(value, self.digits)
        if kind == "number":
            return _read_number(value)
        if kind == "boolean":
            return _read_boolean(value)
        if kind == "date":
            return _read_date(value, self.zone)
        if kind == "time":
            return _read_time(value)
        return list(value) if isinstance(value, list | tuple | set) else [value]

    def read_customer(self, properties: Mapping[str, Any]) -> Properties:
        kinds = self.customer
        return {name: self.read(value, kinds.get(name)) for name, value in properties.items()}

    def read_product(self, properties: Mapping[str, Any]) -> Properties:
        kinds = self.product
        return {name: self.read(value, kinds.get(name)) for name, value in properties.items()}

    def read_event(
        self,
        event: str,
        properties: Mapping[str, Any],
        catalogue: Mapping[str, Mapping[str, Any]],
    ) -> Properties:
        """An event's properties, with items in order and what follows from them.

        A lone item lends the event its name, price, category and brand, from itself or from the
        catalogue; `value` without one is the sum of price x quantity.
        """
        kinds = self.events.get(event, {})
        read, kind_of = self.read, kinds.get
        result: Properties = {}
        for name, value in properties.items():
            if name == "items" or name == "item":  # noqa: PLR1714 - twice as fast as a set
                continue
            kind = kind_of(name)
            plain = type(value) is str and (kind is None or kind == "text")
            result[name] = value if plain else read(value, kind)
        items = self._items(properties)
        if not items:
            if properties.get("items") == []:
                result["items"] = []  # an empty cart is looked at, too
            return result
        result["items"] = items
        if len(items) == 1:
            self._describe(result, items[0], catalogue, kinds)
        if result.get("value") is None:
            total = _total(items, catalogue)
            if total is not None:
                result["value"] = total
        return result

    def _items(self, properties: Mapping[str, Any]) -> list[Properties]:
        raw = properties.get("items")
        if raw is None:
            raw = [properties["item"]] if properties.get("item") is not None else []
        elif not isinstance(raw, list | tuple):
            raw = [raw]
        items = []
        read, kind_of = self.read, self.item.get
        item: Properties
        for one in raw:
            if isinstance(one, (dict, Mapping)):
                item = {}
                for name, value in one.items():
                    kind = kind_of(name)
                    if type(value) is str and (kind is None or kind == "text"):
                        item[name] = value
                    elif value is not None:
                        item[name] = read(value, kind)
            else:
                item = {"id": _read_text(one)}
            if item.get("id") or len(item) > 1:
                items.append(item)
        return items

    def _describe(
        self,
        result: Properties,
        item: Properties,
        catalogue: Mapping[str, Mapping[str, Any]],
        kinds: Mapping[str, str],
    ) -> None:
        product = catalogue.get(item.get("id") or "") or {}
        result["item"] = item.get("id")
        quantity = result.get("quantity")
        if quantity is not None and "quantity" not in item:
            item["quantity"] = _read_number(quantity)
        for name in _OF_THE_ITEM:
            told = result.get(name)
            if told is not None:
                # What the event declares is read already: money must not be scaled twice.
                item.setdefault(name, told if name in kinds else self.read(told, ITEM_TYPES[name]))
            elif not kinds or name in kinds:
                found = item.get(name)
                if found is None:
                    found = product.get(name)
                if found is not None:
                    result[name] = found


def money(value: Any, digits: int) -> int | None:
    """Minor units of an amount in the currency, from its decimal text; half rounds up."""
    if type(value) is float and -_CERTAIN < value < _CERTAIN:
        scaled = value * 10**digits
        nearest: int = round(scaled)
        if abs(scaled - nearest) < _CLOSE:
            return nearest  # its text says the same, to the last digit that counts
    number = _decimal(value)
    if number is None:
        return None
    return int(number.scaleb(digits).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def major_units(value: Any, digits: int) -> int | float | None:
    """An amount of money as a plain number: 12.9 for 1290 minor units of a currency with two."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return plain_number(Decimal(repr(value)).scaleb(-digits))


def minor_units(value: Any) -> Any:
    """What arithmetic makes of money, as whole minor units again; half goes away from zero."""
    if not isinstance(value, float) or not -_EXACT < value < _EXACT:
        return value
    return int(value - 0.5 if value < 0 else value + 0.5)


_EXACT = 1 << 52
_CERTAIN = 1e9
_CLOSE = 1e-3
"""So near to a whole one no amount below `_CERTAIN` is half of one, whatever the last bit says."""


def line_price(
    item: Mapping[str, Any], catalogue: Mapping[str, Mapping[str, Any]]
) -> int | float | None:
    """An item's own price, else its product's; minor units."""
    price = item.get("price")
    if price is None:
        identifier = item.get("id")
        product = catalogue.get(identifier) if isinstance(identifier, str) else None
        price = (product or {}).get("price")
    return price if isinstance(price, int | float) else None


def _total(items: list[Properties], catalogue: Mapping[str, Mapping[str, Any]]) -> int | None:
    total: float = 0
    known = False
    for item in items:
        price = line_price(item, catalogue)
        if price is not None:
            quantity = item.get("quantity")
            total += price * (1 if quantity is None else quantity)
            known = True
    return round(total) if known else None


def as_instant(value: Any, zone: str) -> Instant | None:
    """A date value as a moment: a bare date is its local midnight."""
    if isinstance(value, str):
        day = _day(value)
        return None if day is None else calendar.at_clock(day, time(0), zone)
    return _whole(value)


def as_date(value: Any, zone: str) -> date | None:
    """A date value as a local day."""
    if isinstance(value, str):
        return _day(value)
    at = _whole(value)
    return None if at is None or _within_reach(at) is None else calendar.local_date(at, zone)


def _day(value: str) -> date | None:
    """`YYYY-MM-DD` and no other form of ISO 8601."""
    if len(value) != 10 or value[4] != "-" or value[7] != "-":
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _whole(value: Any) -> int | None:
    """A whole number, also where arithmetic made it a float; they are exact up to 2 ** 53."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if -(1 << 53) <= value <= 1 << 53 and value == int(value) else None


def plain_number(value: Decimal) -> int | float:
    """A decimal as the number that conditions compare with."""
    return int(value) if value == value.to_integral_value() else float(value)


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() < 18 else None


_JSON = frozenset((str, int, float, bool, list, dict))
"""What comes out of JSON stays as it came."""


def _read_plain(value: Any) -> Any:
    if type(value) in _JSON:
        return value
    if isinstance(value, Decimal):
        return plain_number(value) if value.is_finite() else None
    if isinstance(value, datetime):
        return calendar.instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value


def _read_text(value: Any) -> str | None:
    if type(value) is str:
        return value
    value = _read_plain(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return None


def _read_number(value: Any) -> int | float | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(1 << 63) <= value < 1 << 63 else None
    number = _decimal(value)
    return None if number is None else plain_number(number)


def _read_boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return {0: False, 1: True}.get(value) if isinstance(value, int) else None


def _read_date(value: Any, zone: str) -> str | Instant | None:
    if isinstance(value, datetime):
        return calendar.instant(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        # Seconds and milliseconds are told apart by size: 10**11 ms is March 1973.
        return _within_reach(value * 1000 if abs(value) < 10**11 else value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        if len(text) == 10:
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
        return _within_reach(
            calendar.instant(moment if moment.tzinfo is None else moment.astimezone(UTC), zone)
        )
    except (ValueError, OverflowError):
        return None


def _within_reach(value: float) -> Instant | None:
    """A moment that calendars can work with: neither before the year 2 nor past 9999."""
    return round(value) if -62_100_000_000_000 < value < calendar.END_OF_TIME else None


def _read_time(value: Any) -> str | None:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if not isinstance(value, str):
        return None
    try:
        return datetime.strptime(value.strip()[:5], "%H:%M").strftime("%H:%M")  # noqa: DTZ007
    except ValueError:
        return None
