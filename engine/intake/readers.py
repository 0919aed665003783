"""Whose browser it is that came by a click in a mail.

A redirect carries a signed number of the click to the shop's page; `s.js` hands it back with its
visitor's id. When the click turns out to be a person's, the browser is read by the mail's customer
from then on: what it looks at counts for them, as for any known visitor, without words. Nothing
else follows. The visitor's own row stays what it is, so nothing of the customer can be read or
changed through it, whoever holds the browser (decision 130).
"""

from __future__ import annotations

from typing import Final

import orjson

from engine.core.model import DAY, MINUTE, Instant
from engine.core.touches import PERSON
from engine.core.values import Types
from engine.customers import consent, identity
from engine.intake import browser
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.store import events, identities, touches
from engine.store.touches import Touched
from engine.store.writer import Transaction

ARRIVE_WITHIN: Final = 5 * MINUTE
"""How long after the click a page may hand its number back."""
FROM_MAILS_OF: Final = 7 * DAY
"""A click in a mail that left longer ago says nothing of who reads: it may have been passed on."""
_MOST_REPLAYED: Final = 50
_REPLAYED: Final = "read"


def arrived(transaction: Transaction, types: Types, now: Instant, click: int, visitor: str) -> bool:
    """Note that a visitor came by a click. False where that says nothing of who reads.

    It says nothing when the number is old or used, when another browser came by the same mail
    before, when the visitor is somebody already, or when the customer is not to be tracked.
    """
    one = touches.find(transaction, click)
    if one is None or one.kind != "click" or now - one.at > ARRIVE_WITHIN:
        return False
    if one.verdict not in ("", PERSON) or one.visitor:
        return False
    key = (one.run, one.step, one.visit)
    if touches.visitors(transaction, key) - {visitor}:
        return False
    accepted_at = touches.accepted_at(transaction, key)
    if accepted_at is not None and one.at - accepted_at > FROM_MAILS_OF:
        return False
    if not _trackable(transaction, one) or _is_somebody(transaction, visitor):
        return False
    touches.came_by(transaction, one.id, visitor)
    if one.verdict == PERSON:
        reads(transaction, one._replace(visitor=visitor), types, now)
    return True


def reads(transaction: Transaction, one: Touched, types: Types, now: Instant) -> None:
    """Let a person's click say who reads in the browser that came by it.

    What the browser has looked at since the click is told once more, of the customer.
    """
    if not one.visitor or not _trackable(transaction, one):
        return
    if _is_somebody(transaction, one.visitor):
        return
    customer = identity.living(transaction, one.customer)
    mark = (identity.READER, one.visitor, customer, now)
    identities.keep(transaction, [mark])
    take(transaction, _since(transaction, one), types, now)


def _since(transaction: Transaction, one: Touched) -> list[Incoming]:
    """What a visitor did on pages since the click, to be told again."""
    row = identity.find(transaction, identity.ANONYMOUS, [one.visitor]).get(one.visitor)
    if row is None:
        return []
    found = events.recent(transaction, row, one.at, events.newest(transaction) + 1)
    return [
        Incoming(
            "track",
            "\t".join((_REPLAYED, str(number))),
            anonymous=one.visitor,
            event=name,
            properties=browser.only_its_own(name, orjson.loads(told), ""),
            occurred_at=occurred_at,
            browser=True,
            enters=bool(enters),
            source="link",
        )
        for number, name, occurred_at, _, enters, told in found[:_MOST_REPLAYED]
        if name in browser.PAGE_EVENTS
    ]


def _trackable(transaction: Transaction, one: Touched) -> bool:
    customer = identity.living(transaction, one.customer)
    return bool(customer and consent.allowed(transaction, customer, consent.TRACKING))


def _is_somebody(transaction: Transaction, visitor: str) -> bool:
    """Whether a visitor has said who they are: by a userId or an address."""
    row = identity.find(transaction, identity.ANONYMOUS, [visitor]).get(visitor)
    return row is not None and identities.is_named(transaction, row)
