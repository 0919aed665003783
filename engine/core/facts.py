"""What may be known about one customer while flows run.

The worker fills these from the store for a batch of customers, the lab from the lines of a test;
`engine.core.dispatch` keeps them up to date while it applies occurrences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.core.families import family_of
from engine.core.model import Event, Instant, Properties

CONTACT: dict[str, str] = {"email": "email", "sms": "phone", "whatsapp": "phone", "push": "push"}
"""The customer property without which a channel cannot reach anybody."""


class Sent(NamedTuple):
    """A message that counts against the limits. `key` is the intent's. One that was decided and
    not yet taken over (`gone` False) takes room from what is decided after it, not from what is
    taken over before it.
    """

    at: Instant
    channel: str
    key: str = ""
    gone: bool = True


@dataclass(slots=True)
class Cart:
    """What lies in the cart: `items` by product id (items without an id under "").

    A line is an item: `id`, `quantity`, `price` (minor units) and what else the event told.
    """

    items: dict[str, Properties] = field(default_factory=dict)
    url: str | None = None
    updated_at: Instant | None = None


@dataclass(slots=True)
class Score:
    """`points` as of `at`; they decay from there."""

    points: float
    at: Instant


@dataclass(slots=True)
class Facts:
    """One customer.

    `customer` holds the properties (with `orders`, `total_spent`, `last_order_at`,
    `first_order_at`); `history` the events by name, each list ascending by `occurred_at`.
    `consent` says True or False by channel or topic; a channel without an entry has none, a topic
    without an entry is subscribed. `suppressed` names channels that must never be used (bounced,
    complained, erased, or not reachable in a test) with the reason. `sent` are the messages
    within the longest limit. `carts_known` says that `history` holds all events that ever changed
    the cart. `segments` are the memberships last seen of the segments that
    triggers watch. `zone` is a valid IANA name (the store's where the customer has none).
    """

    id: int
    zone: str
    customer: Properties = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    history: dict[str, list[Event]] = field(default_factory=dict)
    cart: Cart = field(default_factory=Cart)
    carts_known: bool = False
    scores: dict[str, Score] = field(default_factory=dict)
    consent: dict[str, bool] = field(default_factory=dict)
    suppressed: dict[str, str] = field(default_factory=dict)
    trackable: bool = False
    sent: list[Sent] = field(default_factory=list)
    segments: dict[str, bool] = field(default_factory=dict)
    catalogue: Mapping[str, Properties] = field(default_factory=dict)

    def remember(self, event: Event) -> None:
        """Put an event where its `occurred_at` belongs."""
        past = self.history.get(event.name)
        if past is None:
            self.history[event.name] = [event]
            return
        place = len(past)
        while place and past[place - 1].occurred_at > event.occurred_at:
            place -= 1
        past.insert(place, event)

    def product(self, identifier: Any) -> Mapping[str, Any]:
        """The catalogue's properties of a product; empty when it is not known."""
        return (self.catalogue.get(identifier) or {}) if isinstance(identifier, str) else {}

    def family(self, product: Any) -> Any:
        """The product that stands for this one and those that are one with it."""
        return family_of(self.catalogue, product)
