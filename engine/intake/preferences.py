"""What people choose on their preference page: channels, topics, a pause."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

import orjson

from engine.core.eligibility import PAUSED_UNTIL
from engine.core.facts import CONTACT
from engine.core.model import DAY, Instant
from engine.core.values import Types
from engine.customers import consent, identity, profile
from engine.intake import engagement
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.messages.links import Unsubscribe
from engine.store import consents, customers
from engine.store.rows import Rows
from engine.store.writer import Transaction

PAUSE: Final[Instant] = 30 * DAY
SOURCE: Final = "preference page"


class Preferences(NamedTuple):
    """What the page shows: each channel with an address, each topic and `tracking`, with whether
    it holds; until when the person wants a pause (0: none).
    """

    held: dict[str, bool]
    paused_until: Instant


def read(rows: Rows, customer: int, topics: Iterable[str]) -> Preferences | None:
    """The preferences of a customer's row; None where there is none."""
    told = customers.properties_of(rows, customer)
    if told is None:
        return None
    about = orjson.loads(told)
    said = {what: one.allowed for what, one in consents.held(rows, [customer])[customer].items()}
    held = {channel: said.get(channel, False) for channel in CONTACT if about.get(CONTACT[channel])}
    # Who never spoke is subscribed to every topic.
    held |= {topic: said.get(topic, True) for topic in topics}
    held[consent.TRACKING] = said.get(consent.TRACKING, False)
    until = about.get(PAUSED_UNTIL)
    return Preferences(held, until if isinstance(until, int) else 0)


def save(
    transaction: Transaction,
    types: Types,
    now: Instant,
    told: int,
    shown: Collection[str],
    chosen: Collection[str],
    page: str,
) -> bool:
    """Let hold what is ticked of what was shown, each change with its proof. False: nobody there.

    Leaving a channel holds for the address, as by a message's link. `page` is the version of the
    page's words.
    """
    customer = identity.living(transaction, told)
    before = read(transaction, customer, [what for what in shown if what not in CONTACT])
    if before is None:
        return False
    for what in sorted(shown):
        if what not in before.held or (what in chosen) is before.held[what]:
            continue
        if what in CONTACT and what not in chosen:
            left = Unsubscribe(customer, what, None)
            engagement.unsubscribe(transaction, types, now, left, source=SOURCE)
            continue
        incoming = Incoming(
            "identify",
            "\t".join(("preferences", str(customer), what, str(what in chosen), str(now))),
            customer=customer,
            consent={what: what in chosen},
            properties={"page": page},
            source=SOURCE,
        )
        take(transaction, [incoming], types, now)
    return True


def pause(transaction: Transaction, now: Instant, told: int, *, goes_on: bool = False) -> bool:
    """Let no marketing go to a customer for 30 days, or end that. False: nobody there."""
    customer = identity.living(transaction, told)
    about = profile.load(transaction, [customer]).get(customer) if customer else None
    if about is None:
        return False
    about.put(PAUSED_UNTIL, None if goes_on else now + PAUSE)
    profile.save(transaction, [about], now)
    return True
