"""When the questions of double opt-ins go out: mails with a link, text messages with a code.

Each request stands in `consent_proof` as `asked`; a cursor for each channel says up to where they
were sent. It moves before the message goes out: a crash between the two loses one and never
doubles one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from engine.channels.transport import Envelope
from engine.core.model import MINUTE, Instant
from engine.customers import consent, identity, sms_codes
from engine.delivery import questions
from engine.messages.links import Change, Confirmation, LinkMaker
from engine.publishing.live import Live
from engine.store import consents, cursors, customers
from engine.store.consents import Proof
from engine.store.writer import Transaction

CHANNELS: Final = ("email", "sms")
_CURSORS: Final = {"email": "confirmations", "sms": "codes"}
ATTEMPTS = 6


class Asked(NamedTuple):
    """A request that was claimed; `proof` is its row, `attempt` counts from 1."""

    proof: int
    customer: int
    address: str
    attempt: int


class _Request(NamedTuple):
    number: int
    customer: int
    channel: str
    address: str
    at: Instant
    detail: Mapping[str, Any]


def claim(
    transaction: Transaction, live: Live, links: LinkMaker, channel: str = "email"
) -> list[tuple[Asked, Envelope]]:
    """The requests of a channel that are due, marked as sent."""
    cursor = _CURSORS[channel]
    position = cursors.positions(transaction, (cursor,))[cursor]
    now = live.clock.now()
    claimed: list[tuple[Asked, Envelope]] = []
    last = None
    for number, told_customer, what, address, at, detail in consents.asked(
        transaction, position, 50, channel
    ):
        if at > now:  # to be tried again later: the server is down, so the rest waits too
            break
        last = number
        customer = identity.living(transaction, told_customer)
        if not customer:
            continue
        request = _Request(number, customer, what, address, at, orjson.loads(detail))
        about = orjson.loads(customers.properties_of(transaction, customer) or b"{}")
        envelope = _envelope(transaction, live, links, request, about)
        if envelope is not None:
            attempt = request.detail.get("attempt", 1)
            claimed.append((Asked(number, customer, address, attempt), envelope))
    if last is not None:
        cursors.move(transaction, {cursor: last})
    return claimed


def _envelope(
    transaction: Transaction,
    live: Live,
    links: LinkMaker,
    request: _Request,
    about: Mapping[str, Any],
) -> Envelope | None:
    """What is sent for a request, None where there is nothing to ask any more."""
    told, now = request.detail, live.clock.now()
    asked_at = told.get("asked_at", request.at)
    if request.channel == "sms":
        if now - request.at > sms_codes.GOOD_FOR:  # there was no provider, or no server
            return None
        number = sms_codes.code(transaction, request.number, request.address)
        return questions.code(live, number, request.address, about, now)
    if "moved_to" in told:
        back = Change(request.customer, told["moved_to"], request.address, asked_at)
        suppressed = live.suppressions.includes("email", request.address)
        return None if suppressed else questions.changed(live, links, back, about, now)
    if "instead_of" in told:
        change = Change(request.customer, told["instead_of"], request.address, asked_at)
        if about.get("email") != change.old:
            return None
        return questions.change(live, links, change, about, now)
    also = tuple(what for what in told.get("also", ()) if _is_asked_for(live, what))
    wanted = (request.channel, *also)
    if all(consent.allowed(transaction, request.customer, what) for what in wanted):
        return None
    asking = Confirmation(request.customer, request.channel, request.address, asked_at, also)
    return questions.confirmation(live, links, asking, about, now)


def try_again(transaction: Transaction, asked: Asked, now: Instant) -> None:
    """The message was certainly not taken: ask once more, later each time."""
    number, customer, address, attempt = asked
    if attempt >= ATTEMPTS:
        return
    row = consents.asking(transaction, number)
    if row is None:
        return
    before = orjson.loads(row[2])
    asked_at = before.get("asked_at", row[1])
    detail = {**before, "attempt": attempt + 1, "asked_at": asked_at}
    later = now + MINUTE * 2**attempt
    proof = Proof(customer, row[0], "asked", later, "sent again", address, orjson.dumps(detail))
    consents.prove(transaction, [proof])


def _is_asked_for(live: Live, what: str) -> bool:
    """Whether a form may ask for it with a channel: a topic of the shop, or `tracking`."""
    return what == consent.TRACKING or what in live.deployment.topics
