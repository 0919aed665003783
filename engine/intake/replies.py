"""What recipients answer to a message: STOP takes them off the channel, START brings them back.

Whoever answers from an address speaks for it, so everybody who has it is taken off. START undoes
what an answer did and nothing else: who never agreed does not agree by one word.
"""

from __future__ import annotations

from typing import Final

from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.core.sms import Wish
from engine.core.values import Types
from engine.customers import consent, identity
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.store import consents
from engine.store.secrets import secret_of
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

STOPPED: Final = "answered STOP"
STARTED: Final = "answered START"


def answered(
    transaction: Transaction,
    types: Types,
    now: Instant,
    channel: str,
    address: str,
    wish: Wish,
    mark: str,
) -> int:
    """Let an answer have its effect, once for each `mark`, and give for how many people.

    `address` is as the customers have it (a phone number as E.164).
    """
    if wish not in ("stop", "start") or not address:
        return 0
    people = sorted(identity.sharing(transaction, CONTACT[channel], address))
    listed = Suppressions(bytes.fromhex(secret_of(transaction)))
    if wish == "stop":
        if not people and listed.left_at(transaction, channel, address) is None:
            # Nobody has the number now; who gets it later is not on the list either.
            listed.leave(transaction, channel, address, now)
    else:
        people = [one for one in people if _stopped(transaction, one, channel)]
    incoming = [
        Incoming(
            "identify",
            f"answer\t{channel}\t{mark}\t{wish}\t{one}",
            customer=one,
            consent={channel: wish == "start"},
            source=STOPPED if wish == "stop" else STARTED,
        )
        for one in people
    ]
    done = [one for one in take(transaction, incoming, types, now) if not one.duplicate]
    if done and wish == "stop":
        listed.leave(transaction, channel, address, now)
    return len(done)


def _stopped(transaction: Transaction, customer: int, channel: str) -> bool:
    """Whether an answer is what took them off."""
    if consent.allowed(transaction, customer, channel) is not False:
        return False
    told = [one for one in consents.told(transaction, [customer])[customer] if one.what == channel]
    return bool(told) and told[-1].act == "withdrawn" and told[-1].source == STOPPED
