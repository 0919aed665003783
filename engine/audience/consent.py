"""What people agreed to, with the proof of it.

What holds now is a row of `consent`; how it came to be is appended to `consent_proof` and never
changed. A server key may assert a consent (it names itself as the source); a browser can only ask
for one, which the person then confirms from their own mailbox (double opt-in).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import orjson

from engine.audience import identity
from engine.facts import CONTACT
from engine.model import DAY, Instant
from engine.store.dialects import MEMBERS, members
from engine.store.writer import Transaction

TRACKING = "tracking"
"""The consent to openings and clicks being counted."""

Act = Literal["asked", "confirmed", "granted", "withdrawn"]

CONFIRMATION_TEXT = "2026-01"
"""The version of the words that people confirm; a proof names it. Change it with the words."""

ASK_AGAIN_AFTER = DAY
"""How long an unconfirmed request stands before the same address may be asked again."""


def allowed(transaction: Transaction, customer: int, what: str) -> bool | None:
    """Whether the customer agreed to a channel, a topic or `tracking`; None: never said."""
    row = transaction.row(
        "select allowed from consent where customer = ? and what = ?", (customer, what)
    )
    return None if row is None else bool(row[0])


def change(
    transaction: Transaction,
    customer: int,
    what: str,
    *,
    agreed: bool,
    at: Instant,
    source: str,
    address: str = "",
    detail: Mapping[str, Any] | None = None,
    act: Act | None = None,
) -> bool:
    """Let a consent hold or not from now on, with its proof. True when that is a change."""
    before = allowed(transaction, customer, what)
    transaction.execute(
        "insert into consent (customer, what, allowed, at) values (?, ?, ?, ?)"
        " on conflict (customer, what) do update set allowed = excluded.allowed, at = excluded.at",
        (customer, what, agreed, at),
    )
    act = act or ("granted" if agreed else "withdrawn")
    prove(transaction, customer, what, act, at=at, source=source, address=address, detail=detail)
    # Who never spoke has agreed to no channel, and is subscribed to every topic.
    return (before if before is not None else what not in (*CONTACT, TRACKING)) != agreed


def prove(
    transaction: Transaction,
    customer: int,
    what: str,
    act: Act,
    *,
    at: Instant,
    source: str,
    address: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append to the proof. `detail` holds what a later reader needs: text version, both times."""
    transaction.execute(
        "insert into consent_proof (customer, what, act, at, source, address, detail)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        (customer, what, act, at, source, address, orjson.dumps(dict(detail or {}))),
    )


def ask(
    transaction: Transaction,
    customer: int,
    channel: str,
    *,
    address: str,
    at: Instant,
    source: str,
) -> bool:
    """Start a double opt-in: the proof of the request is what the confirmation mail is made from.

    False when the consent holds already, or the same address was asked a short while ago: nobody
    can have a stranger's mailbox filled.
    """
    if allowed(transaction, customer, channel):
        return False
    everyone = identity.sharing(transaction, CONTACT[channel], address) | {customer}
    recent = transaction.row(
        "select 1 from consent_proof where what = ? and act = 'asked' and at > ? and address = ?"
        f" and customer in {MEMBERS}",
        (channel, at - ASK_AGAIN_AFTER, address, members(sorted(everyone))),
    )
    if recent is not None:
        return False
    prove(
        transaction,
        customer,
        channel,
        "asked",
        at=at,
        source=source,
        address=address,
        detail={"text": CONFIRMATION_TEXT},
    )
    return True
