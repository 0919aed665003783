"""What people change about how they are reached, after a word from the new place: a mail address by
a link in a mail to it, a phone number by a code in a text message to it.
"""

from __future__ import annotations

from typing import Final, Literal

from engine.core.model import DAY, Instant
from engine.core.values import Types
from engine.customers import consent, contact, identity, sms_codes
from engine.intake.engagement import DOUBLE_OPT_IN, address_of
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.messages.links import Change
from engine.store.writer import Transaction

SOURCE: Final = "preference page"
CHANGE_WITHIN: Final[Instant] = 30 * DAY
"""How long the link in a mail about a change is good for, the way back too."""

_SHORTEST_NUMBER: Final = 8

Asked = Literal["asked", "bad", "often"]


def ask_address(transaction: Transaction, now: Instant, told: int, typed: str) -> tuple[Asked, str]:
    """Have a new mail address asked; nothing changes yet. Gives what became of it, and the
    address as it was understood.
    """
    customer = identity.living(transaction, told)
    old, new = address_of(transaction, customer, "email"), contact.email(typed)
    if not customer or not new or contact.one_address(new) == contact.one_address(old):
        return "bad", new
    done = consent.ask_change(transaction, customer, old, new, now, SOURCE)
    return ("asked" if done else "often"), new


def change_address(
    transaction: Transaction, types: Types, now: Instant, told: Change, page: str
) -> bool:
    """What the new address has confirmed. The consent to mails goes over to it, with a proof; the
    old address is told. False: too late, or the address is another by now.

    `page` is the version of the page's words.
    """
    customer = identity.living(transaction, told.customer)
    if not customer or now - told.asked_at > CHANGE_WITHIN:
        return False
    holds = address_of(transaction, customer, "email")
    if holds == told.new:
        return True
    if holds != told.old:
        return False
    agreed = consent.allowed(transaction, customer, "email")
    incoming = Incoming(
        "identify",
        "\t".join(("address", str(customer), told.new, str(told.asked_at), str(now))),
        customer=customer,
        traits={"email": told.new},
        consent={"email": True} if agreed else {},
        properties={"asked_at": told.asked_at, "instead_of": told.old, "page": page},
        source=DOUBLE_OPT_IN,
    )
    take(transaction, [incoming], types, now)
    if told.old:
        consent.tell_old_address(transaction, customer, told.old, told.new, now, SOURCE)
    return True


def ask_phone(
    transaction: Transaction, now: Instant, told: int, typed: str, country: str
) -> tuple[Asked, str]:
    """Have a code sent to a phone number; nothing changes yet. A national number is one of the
    customer's country, else of `country`.
    """
    customer = identity.living(transaction, told)
    number = contact.phone(typed, country)
    if not customer or len(number) < _SHORTEST_NUMBER:
        return "bad", number
    done = sms_codes.ask(transaction, customer, number, now, SOURCE)
    return ("asked" if done else "often"), number


def enter_code(
    transaction: Transaction, types: Types, now: Instant, told: int, typed: str, page: str
) -> tuple[sms_codes.Said, str]:
    """What becomes of a code that somebody entered, and the number it was for. The right one is the
    consent to text messages to this number, with its proof.

    `page` is the version of the words that asked.
    """
    customer = identity.living(transaction, told)
    if not customer:
        return "late", ""
    said, sent = sms_codes.judge(transaction, customer, typed, now)
    if said == "right":
        incoming = Incoming(
            "identify",
            "\t".join(("code", str(customer), str(sent.proof))),
            customer=customer,
            traits={"phone": sent.phone},
            consent={"sms": True},
            properties={"asked_at": sent.at, "text": page},
            source=DOUBLE_OPT_IN,
        )
        take(transaction, [incoming], types, now)
    return said, sent.phone
