"""What comes back of messages, from wherever it was told: the one place where it has effect.

Our own mail server's answers, mails at the return path, webhooks of providers and events under a
server key all end here. A report has a mark; a mark that is known already changes nothing, so that
a replay neither counts twice nor undoes what a person has lifted since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.core import bounces
from engine.core.bounces import Kind
from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.core.values import Types
from engine.customers import identity
from engine.customers.standing import plain, settle
from engine.intake import engagement
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.messages.links import MessageRef, Unsubscribe
from engine.store import feedback
from engine.store.dialects import Digest
from engine.store.feedback import Came
from engine.store.secrets import secret_of
from engine.store.suppression import Suppressions, address_hash
from engine.store.tables import NOBODY
from engine.store.writer import Transaction

_TYPES: Final[dict[Kind, str]] = {"hard_bounce": "hard", "soft_bounce": "soft"}
_EVENTS: Final[dict[Kind, str]] = {
    "hard_bounce": "bounce",
    "soft_bounce": "bounce",
    "complained": "complain",
}
"""Of which kinds a customer's history knows, and as what."""
_PASSING: Final = frozenset(("delivered", "deferred"))
"""Told of each message: what they make good is kept, not they."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody tells of a message.

    `mark` is the same when the same thing is told again; with `source` (who tells it) it is unique.
    `address` is of whom it is told; `digest` stands for it where only its hash is known. `message`
    is which message it was, where that is known; `what` the channel or topic that an `unsubscribed`
    is about, else the channel. `at` is when it happened, 0 for now.
    """

    kind: Kind
    channel: str
    source: str
    mark: str
    address: str = ""
    digest: Digest | None = None
    message: MessageRef | None = None
    customer: int = NOBODY
    what: str = ""
    at: Instant = 0
    reason: str = ""


def apply(
    transaction: Transaction,
    types: Types,
    now: Instant,
    reports: Iterable[Report],
    *,
    soft_bounces: int = bounces.SOFT_BOUNCES,
) -> int:
    """Let reports have their effect, and give how many were kept as new.

    `soft_bounces`: after so many an address is suppressed, 0 for never.
    """
    secret = bytes.fromhex(secret_of(transaction))
    return sum(_apply(transaction, types, now, one, secret, soft_bounces) for one in reports)


def _apply(
    transaction: Transaction,
    types: Types,
    now: Instant,
    report: Report,
    secret: bytes,
    soft_bounces: int,
) -> bool:
    digest = report.digest
    if digest is None and report.address:
        digest = address_hash(secret, report.address)
    message = report.message
    told = report.customer or (message.customer if message is not None else NOBODY)
    customer = identity.living(transaction, told) if told else NOBODY
    customers = {customer} if customer else set()
    if customer and digest is None and report.kind != "unsubscribed":
        address = engagement.address_of(transaction, customer, report.channel)
        digest = address_hash(secret, address) if address else None
    if not customers and report.address:
        customers = identity.sharing(transaction, CONTACT[report.channel], report.address)
    came = Came(
        f"{report.source}\t{report.mark}",
        min(report.at or now, now),
        report.kind,
        report.channel,
        digest,
        min(customers, default=NOBODY),
        flow=message.flow if message else "",
        message=message.message if message else "",
        run=message.run if message else 0,
        step=message.step if message else "",
        source=report.source,
        reason=plain(report.reason),
    )
    if came.kind in _PASSING:
        settle(transaction, Suppressions(secret), came, now, soft_bounces)
        return False
    if not feedback.add(transaction, came):
        return False
    if report.kind == "unsubscribed":
        _leave(transaction, types, now, report, customers)
        return True
    settle(transaction, Suppressions(secret), came, now, soft_bounces)
    name = _EVENTS.get(report.kind)
    if name is not None:
        take(transaction, [_event(name, came, one) for one in sorted(customers)], types, now)
    return True


def _event(name: str, came: Came, customer: int) -> Incoming:
    said = {"message": came.message, "flow": came.flow, "run": came.run, "step": came.step}
    said |= {"type": _TYPES.get(came.kind), "reason": came.reason}
    return Incoming(
        "track",
        f"{came.mark}\t{customer}",
        customer=customer,
        event=f"{name}_{came.channel}",
        properties={word: value for word, value in said.items() if value},
        occurred_at=came.at,
        source=came.source,
        settled=True,
    )


def _leave(
    transaction: Transaction, types: Types, now: Instant, report: Report, customers: set[int]
) -> None:
    """Take whoever has this address off the list; whoever gets it later is not on it either."""
    what = report.what or report.channel
    for customer in sorted(customers):
        told = Unsubscribe(customer, what, report.message)
        engagement.unsubscribe(transaction, types, now, told, source=report.source)
    if not customers and report.address and what == report.channel:
        listed = Suppressions(bytes.fromhex(secret_of(transaction)))
        listed.leave(transaction, report.channel, report.address, now)
