"""What a mail service or a shop reports of an address: it bounced, its owner complained or left.

Only a server key may say so (`calls`). The lab does the same by the same rules.
"""

from __future__ import annotations

from typing import Final

from engine.core.bounces import Kind, leaves, reported
from engine.core.facts import CONTACT
from engine.customers import consent, contact
from engine.customers.standing import plain, settle
from engine.intake.incoming import Incoming
from engine.intake.staging import Staging
from engine.store import feedback
from engine.store.feedback import Came
from engine.store.secrets import secret_of
from engine.store.suppression import Suppressions

ENDINGS: Final = frozenset(
    (
        "unsubscribe",
        *(f"{what}_{channel}" for what in ("sent", "bounce", "complain") for channel in CONTACT),
    )
)
_LONGEST: Final = 200
_ADDRESS: Final = {
    "email": ("email", "email_address", "address", "recipient", "to"),
    "phone": ("phone", "recipient", "to"),
    "push": ("token", "device_token", "push"),
}
"""Where an event may name the address that it is about."""


def end(staging: Staging, each: Incoming, customer: int, soft_bounces: int) -> None:
    """Suppress an address that is dead or does not want our messages; let who leaves be gone."""
    said = reported(each.event, each.properties)
    if said is not None:
        _settle(staging, each, customer, said, soft_bounces)
        return
    for what in leaves(each.event, each.properties):
        if what not in each.properties.values() and not staging.consents.allowed(customer, what):
            continue  # it names no channel, and there is nothing to take back on this one
        staging.consents.change(
            customer,
            what,
            agreed=False,
            source=each.source,
            address=_address(staging, each, customer, what) if what in CONTACT else "",
            given=consent.Given(
                each.occurred_at or staging.at, timed=each.timed, imported=not each.enters
            ),
        )


def _word(told: object) -> str:
    return str(told or "")[:_LONGEST]


def _settle(
    staging: Staging, each: Incoming, customer: int, said: tuple[Kind, str], soft_bounces: int
) -> None:
    kind, channel = said
    address = _address(staging, each, customer, channel)
    if not address:
        return
    transaction, told = staging.transaction, each.properties
    listed = Suppressions(bytes.fromhex(secret_of(transaction)))
    run = told.get("run")
    came = Came(
        each.message_id,
        min(each.occurred_at or staging.at, staging.at),
        kind,
        channel,
        listed.hash_of(address),
        customer,
        flow=_word(told.get("flow")),
        message=_word(told.get("message")),
        run=run if type(run) is int else 0,
        step=_word(told.get("step")),
        source=each.source,
        reason=plain(str(told.get("reason") or "")),
    )
    # That something was delivered is told of each message: only what it makes good is kept.
    if kind == "delivered" or feedback.add(transaction, came):
        settle(transaction, listed, came, staging.at, soft_bounces)


def _address(staging: Staging, each: Incoming, customer: int, channel: str) -> str:
    """The address that an event is about: the one that it names, else the customer's."""
    kind = CONTACT[channel]
    for name in _ADDRESS[kind]:
        told = each.properties.get(name)
        if kind == "email":
            told = contact.email(told)
        elif kind == "phone":
            told = contact.phone(told)
        if isinstance(told, str) and told:
            return told
    known = staging.profile(customer).properties.get(kind)
    return known if isinstance(known, str) else ""
