"""What a webhook says, whoever's it is. The vendors' files make these; `keeping` stores them.

Amounts are the decimal texts or numbers of the vendor, moments are `Instant`s. Everything carries
the moment at which it was true by the shop's own clock, so that it does not matter in which order
deliveries arrive, or how often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from engine.core.model import Instant


class Said(NamedTuple):
    """A consent that the shop asserts. Not `explicit`: it may only mean "never asked"."""

    agreed: bool
    at: Instant
    explicit: bool = True
    detail: Mapping[str, Any] = {}


@dataclass(slots=True)
class Person:
    """Whom it is about: by the account's number, by the address, by a cart's token, or where there
    is nothing else by a telephone number.
    """

    user: str = ""
    email: str = ""
    token: str = ""
    at: Instant = 0
    traits: dict[str, Any] = field(default_factory=dict)
    consent: dict[str, Said] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        return bool(self.user or self.email or self.traits.get("phone"))


@dataclass(slots=True)
class Account:
    """A customer was made or changed. `signed_up` is when they opened an account, if they did."""

    person: Person
    signed_up: Instant | None = None


@dataclass(slots=True)
class Follow:
    """Something that happens to an order. `mark` tells it apart from others of the order.

    `early` may happen to an order that is not yet (or never) paid.
    """

    event: str
    mark: str
    at: Instant
    properties: dict[str, Any] = field(default_factory=dict)
    early: bool = False


@dataclass(slots=True)
class Order:
    """A whole order. `ref` is the vendor's number of it, `number` what people call it.

    `bought` is false for one that was never completed. `status` is a word for what changes.
    `checkout` and `cart` are the tokens that it came from.
    """

    ref: str
    number: str
    at: Instant
    updated_at: Instant
    status: str
    bought: bool
    person: Person
    properties: dict[str, Any]
    follows: list[Follow] = field(default_factory=list)
    checkout: str = ""
    cart: str = ""


@dataclass(slots=True)
class OfOrder:
    """What became of an order that is told by its number alone."""

    ref: str
    follows: list[Follow]


@dataclass(slots=True)
class Cart:
    """The whole content of a cart, known by its token."""

    token: str
    at: Instant
    items: list[dict[str, Any]]
    currency: str = ""
    url: str = ""


@dataclass(slots=True)
class Checkout:
    """Somebody at the checkout. `address` once they chose how to have it sent."""

    token: str
    cart: str
    at: Instant
    person: Person
    properties: dict[str, Any]
    shipping: bool = False


@dataclass(slots=True)
class Variant:
    """How one thing that is sold is found again: `row` is our product's id.

    `mode` says what its count means: counted, continues (sold at 0 too), uncounted, gone.
    `sku` is what it would be called by if no other variant had the same, `own` what else; `name`
    leads to it where no row is called so.
    """

    ref: str
    row: str
    stock_ref: str = ""
    mode: str = "counted"
    sku: str = ""
    own: str = ""
    name: str = ""


@dataclass(slots=True)
class ProductUpdate:
    """A product with its variants, as rows that the catalogue's import reads.

    `untold` are the numbers of variants that are there and not told of; None: nobody knows which.
    """

    ref: str
    at: Instant
    rows: list[dict[str, Any]]
    variants: list[Variant] = field(default_factory=list)
    untold: frozenset[str] | None = frozenset()


@dataclass(slots=True)
class Withdrawn:
    """A product is no longer there."""

    ref: str


@dataclass(slots=True)
class StockLevel:
    """How many of something lie in one place."""

    stock_ref: str
    place: str
    count: int
    at: Instant


ShopUpdate = Account | Order | OfOrder | Cart | Checkout | ProductUpdate | Withdrawn | StockLevel


class UnreadableError(Exception):
    """A payload that is not what the vendor documents; the text names the field."""


def moment(told: Any, field_name: str = "") -> Instant:
    """A vendor's moment: ISO text (UTC where it has no zone) or seconds since the epoch; 0: none.

    >>> moment("2026-01-05T10:00:00+01:00"), moment("2026-01-05T09:00:00"), moment(1767603600)
    (1767603600000, 1767603600000, 1767603600000)

    Raises:
        UnreadableError: it is no moment.
    """
    if told is None or told == "":
        return 0
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told < 10**11:
        return round(told * 1000)
    try:
        found = datetime.fromisoformat(str(told).strip())
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        return round(found.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise UnreadableError(f"{field_name or 'a moment'} is not a moment") from None


def text(told: Any) -> str:
    """A number or text as text, "" for anything else.

    >>> text(12), text(" a "), text(None), text({})
    ('12', 'a', '', '')
    """
    if isinstance(told, str):
        return told.strip()
    if isinstance(told, int) and not isinstance(told, bool):
        return str(told)
    return ""


def thing(told: Any) -> Mapping[str, Any]:
    """An object, empty for anything else."""
    return told if isinstance(told, Mapping) else {}


def things(told: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []


def said(told: Mapping[str, Any]) -> dict[str, Any]:
    """Only what says something."""
    return {name: value for name, value in told.items() if value not in (None, "", [], {})}


def needed(payload: Mapping[str, Any], name: str) -> str:
    """A number that must be there. Raises `UnreadableError`."""
    found = text(payload.get(name))
    if not found or len(found) > 200:
        raise UnreadableError(f"{name} is missing")
    return found
