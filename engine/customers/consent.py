"""What people agreed to, with the proof of it.

What holds now is a row of `consent`; how it came to be is appended to `consent_proof` and never
changed. A server key may assert a consent (it names itself as the source); a browser can only ask
for one, which the person then confirms from their own mailbox (double opt-in).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import orjson

from engine.core.facts import CONTACT
from engine.core.model import DAY, Instant
from engine.customers import identity
from engine.store import consents
from engine.store.consents import Proof
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


class Consents:
    """What people agree to in one transaction. `flush` writes it; nobody else sees it before."""

    def __init__(self, transaction: Transaction, at: Instant) -> None:
        self._transaction = transaction
        self._at = at
        self._said: dict[int, dict[str, bool]] = {}
        self._changed: dict[tuple[int, str], bool] = {}
        self._proofs: list[Proof] = []

    def allowed(self, customer: int, what: str) -> bool | None:
        """As `consent.allowed`, with what is not written yet."""
        return self._of(customer).get(what)

    def change(
        self,
        customer: int,
        what: str,
        *,
        agreed: bool,
        source: str,
        address: str = "",
        detail: Mapping[str, Any] | None = None,
        act: Act | None = None,
    ) -> bool:
        """Let a consent hold or not from now on, with its proof. True when that is a change.

        `detail` holds what a later reader needs: text version, both times.
        """
        before = self._of(customer).get(what)
        self._said[customer][what] = self._changed[customer, what] = agreed
        act = act or ("granted" if agreed else "withdrawn")
        told = orjson.dumps(dict(detail or {}))
        self._proofs.append(Proof(customer, what, act, self._at, source, address, told))
        # Who never spoke has agreed to no channel, and is subscribed to every topic.
        return (before if before is not None else what not in (*CONTACT, TRACKING)) != agreed

    def is_new(self, customer: int) -> None:
        """Say that a customer was made in this transaction, so has said nothing before."""
        self._said[customer] = {}

    def flush(self) -> None:
        """Write what has changed."""
        changed = [(*key, agreed, self._at) for key, agreed in self._changed.items()]
        consents.keep(self._transaction, changed)
        consents.prove(self._transaction, self._proofs)
        self._changed, self._proofs = {}, []

    def forget(self) -> None:
        """Read anew: somebody else has written (a merge). What has changed must be flushed."""
        self._said = {}

    def _of(self, customer: int) -> dict[str, bool]:
        said = self._said.get(customer)
        if said is None:
            said = self._said[customer] = {
                what: bool(allowed)
                for what, allowed in self._transaction.rows(
                    "select what, allowed from consent where customer = ?", (customer,)
                )
            }
        return said


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
    detail = orjson.dumps({"text": CONFIRMATION_TEXT})
    proof = Proof(customer, channel, "asked", at, source, address, detail)
    consents.prove(transaction, [proof])
    return True
