"""By what somebody can be reached, as far as they themselves decide it: contact data and consent.

Suppression is left aside: an address that gets nothing any more is asked about where it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from engine.core.facts import CONTACT
from engine.store import consents, customers
from engine.store.writer import Transaction


class Reach(NamedTuple):
    """The channels that reach somebody, and the topics that they left."""

    channels: frozenset[str]
    left: frozenset[str]

    def gained(self, before: Reach) -> list[str]:
        """The channels and topics that reach them now and did not before."""
        return sorted((self.channels - before.channels) | (before.left - self.left))


def reach(properties: Mapping[str, Any], agreed: Mapping[str, bool]) -> Reach:
    """How somebody with these properties can be reached who agreed (or not) to these."""
    return Reach(
        frozenset(
            channel
            for channel, contact in CONTACT.items()
            if agreed.get(channel) and properties.get(contact)
        ),
        frozenset(what for what, yes in agreed.items() if not yes and what not in CONTACT),
    )


def of_rows(transaction: Transaction, who: Sequence[int]) -> dict[int, Reach]:
    """The same of customers as they are stored."""
    held = consents.held(transaction, who)
    known = {row[0]: orjson.loads(row[1] or b"{}") for row in customers.described(transaction, who)}
    return {
        each: reach(known.get(each, {}), {what: one.allowed for what, one in held[each].items()})
        for each in who
    }
