"""What is otherwise of a person from a moment on, by nothing that flows do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.core import calendar
from engine.core.facts import CONTACT, Facts
from engine.core.model import Instant
from engine.store import past
from engine.store.rows import Rows
from engine.store.suppression import address_hash


class Update(NamedTuple):
    """Something about the customer is otherwise from a moment on, by nothing that flows do.

    `kind` is property, tags, consent or suppressed. `about` is the message by which it came.
    """

    at: Instant
    kind: str
    name: str
    value: Any
    about: Mapping[str, Any] | None = None


class Suppressed:
    """The addresses that get nothing, with since when."""

    def __init__(self, rows: Rows, secret: bytes) -> None:
        self._secret = secret
        self._known = {
            (channel, bytes(digest)): (reason, at)
            for channel, digest, reason, at in past.suppressed(rows)
        }

    def of(self, customer: Mapping[str, Any]) -> list[tuple[str, str, Instant]]:
        """Channel, reason, since when, of somebody with these properties."""
        found = []
        for channel, contact in CONTACT.items() if self._known else ():
            address = customer.get(contact)
            if isinstance(address, str) and address:
                known = self._known.get((channel, bytes(address_hash(self._secret, address))))
                if known is not None:
                    found.append((channel, *known))
        return found


def agree(facts: Facts, what: str, *, allowed: bool) -> None:
    """Let a consent hold, or not."""
    if what == "tracking":
        facts.trackable = allowed
    else:
        facts.consent[what] = allowed


def take(facts: Facts, update: Update, suppressed: Suppressed, zone: str) -> None:
    """Let an update hold."""
    match update.kind:
        case "consent":
            agree(facts, update.name, allowed=update.value)
        case "suppressed":
            facts.suppressed[update.name] = update.value
        case "tags":
            facts.tags = set(update.value)
        case _:
            if update.value is None:
                facts.customer.pop(update.name, None)
            else:
                facts.customer[update.name] = update.value
            if update.name == "timezone":
                facts.zone = update.value if calendar.is_zone(update.value) else zone
            if update.name in CONTACT.values():
                facts.suppressed = {
                    channel: reason
                    for channel, reason, at in suppressed.of(facts.customer)
                    if at <= update.at
                }
