"""What a customer's row says about them, changed by traits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.core.eligibility import PAUSED_UNTIL
from engine.core.model import Instant
from engine.core.values import Types
from engine.customers import contact
from engine.store import customers as customers_rows
from engine.store import past_properties, zones
from engine.store.writer import Transaction

NOT_OURS = frozenset(
    (
        *("id", "consent", "orders", "total_spent", "last_order_at", "first_order_at"),
        PAUSED_UNTIL,
    )
)
"""Customer properties that the engine itself keeps: traits of these names are left out."""


@dataclass(slots=True)
class Profile:
    """The part of a customer's row that traits change. `stored_zone` is "" for a new customer."""

    customer: int
    properties: dict[str, Any] = field(default_factory=dict)
    tags: list[str] | None = None
    zone: str | None = None
    changed: bool = False
    stored_zone: str | None = ""
    before: dict[str, Any] = field(default_factory=dict)
    """What was of what has changed, by name, and the tags under theirs."""

    @property
    def is_known(self) -> bool:
        """Whether there was a row before: what a customer is made with is no change."""
        return self.stored_zone != ""

    def apply(self, traits: Mapping[str, Any], types: Types) -> list[str]:
        """Take traits over: None clears one, unknown ones are kept. Says what was left out."""
        ignored: list[str] = []
        for name, told in traits.items():
            if name in NOT_OURS:
                ignored.append(f"traits.{name}: kept by Headrace itself")
            elif name == "tags":
                self._apply_tags(told, ignored)
            else:
                value = self.read(name, traits, types)
                if value is None and told is not None and told != "":
                    ignored.append(f"traits.{name}: cannot be read")
                else:
                    self.put(name, value)
        return ignored

    def put(self, name: str, value: Any) -> None:
        """Set a property, or clear it with None."""
        if name == "timezone" and self.zone != value:
            self.zone = value
            self.changed = True
        before = self.properties.get(name)
        if before == value:
            return
        self.before.setdefault(name, before)
        self.changed = True
        if value is None:
            del self.properties[name]
        else:
            self.properties[name] = value

    def read(self, name: str, traits: Mapping[str, Any], types: Types) -> Any:
        """The value of a trait as it would be kept; None where it clears or cannot be read."""
        told = traits[name]
        if told is None or told == "":
            return None
        if name == "phone":
            country = traits.get("country") or self.properties.get("country")
            return contact.phone(told, contact.country(country) or _home(types)) or None
        if name == "timezone":
            return contact.zone(told) or None
        if name == "country":
            return contact.country(told) or None
        if name == "language":
            return contact.language(told) or None
        return types.read(told, types.customer.get(name))

    def _apply_tags(self, told: Any, ignored: list[str]) -> None:
        if isinstance(told, str):
            told = [told]
        if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
            ignored.append("traits.tags: not a list of texts")
            return
        tags = sorted(set(told))
        if tags != (self.tags or []):
            self.before.setdefault(past_properties.TAGS, self.tags or [])
        self.tags = tags
        self.changed = True


def _home(types: Types) -> str:
    """Where national phone numbers belong when the customer has no country: the shop's zone's."""
    return country_of(types.zone)


def country_of(zone: str) -> str:
    """The country of a shop by its zone, "" where that says none."""
    return _COUNTRY_OF_ZONE.get(zone, "")


_COUNTRY_OF_ZONE = {
    "Europe/Berlin": "DE",
    "Europe/Vienna": "AT",
    "Europe/Zurich": "CH",
    "Europe/London": "GB",
    "Europe/Paris": "FR",
    "Europe/Madrid": "ES",
    "Europe/Rome": "IT",
    "Europe/Amsterdam": "NL",
    "Europe/Brussels": "BE",
    "Europe/Warsaw": "PL",
    "Europe/Prague": "CZ",
    "Europe/Stockholm": "SE",
    "Europe/Copenhagen": "DK",
    "Europe/Oslo": "NO",
}


def load(transaction: Transaction, customers: Iterable[int]) -> dict[int, Profile]:
    """The profiles of these customers, with one query."""
    return {
        number: Profile(
            number,
            orjson.loads(properties),
            orjson.loads(tags) if tags is not None else None,
            zone,
            stored_zone=zone,
        )
        for number, properties, tags, zone in customers_rows.described(transaction, [*customers])
    }


def save(transaction: Transaction, profiles: Iterable[Profile], at: Instant) -> None:
    """Write those that changed. Schedules are told who moved to another time zone."""
    changed = [each for each in profiles if each.changed]
    moved = [each for each in changed if each.stored_zone not in ("", each.zone)]
    zones.note_moves(transaction, [(each.customer, each.stored_zone, at) for each in moved])
    for each in moved:
        each.stored_zone = each.zone
    past_properties.keep(
        transaction,
        [(each.customer, at, each.before) for each in changed if each.before and each.is_known],
    )
    for each in changed:
        each.before = {}
    customers_rows.describe(
        transaction,
        [
            (
                orjson.dumps(each.properties),
                orjson.dumps(each.tags) if each.tags else None,
                each.zone,
                each.customer,
            )
            for each in changed
        ],
    )
