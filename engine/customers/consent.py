"""What people agreed to, with the proof of it.

What holds now is a row of `consent`; how it came to be is appended to `consent_proof` and never
changed. A server key may assert a consent (it names itself as the source); a browser can only ask
for one, which the person then confirms from their own mailbox (double opt-in).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import orjson

from engine.core.facts import CONTACT
from engine.core.model import DAY, Instant
from engine.customers import contact
from engine.store import consents
from engine.store.consents import Holding, Proof, Told
from engine.store.secrets import secret_of
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

TRACKING = "tracking"
"""The consent to openings and clicks being counted."""

Act = Literal["asked", "confirmed", "granted", "withdrawn", "told", "guessed"]
"""`told` is a grant without a time that changed nothing: the person had withdrawn."""
GRANTS: frozenset[Act] = frozenset(("confirmed", "granted"))

CONFIRMATION_TEXT = "2026-11"
"""The version of the words that people confirm; a proof names it. Change it with the words."""

MOST_PURPOSES = 20
"""So many purposes a form may ask for besides the channel."""

CHANGES_A_DAY = 3
"""So many new addresses of one customer are asked in 24 hours."""

ASK_AGAIN_AFTER = DAY
"""How long an unconfirmed request stands before the same address may be asked again."""


def allowed(transaction: Transaction, customer: int, what: str) -> bool | None:
    """Whether the customer agreed to a channel, a topic or `tracking`; None: never said."""
    found = consents.of(transaction, customer, what)
    return None if found is None else found.allowed


class Given(NamedTuple):
    """When a consent was given. `timed` is false where nobody said: then `at` means nothing.
    `imported`: by a file or `/v1/import`, which never withdraws without a time.
    """

    at: Instant
    timed: bool = True
    imported: bool = False


class Consents:
    """What people agree to in one transaction. `flush` writes it; nobody else sees it before.

    What is newer wins (semantics): tellings apply by when they were given, whatever their order.
    """

    def __init__(self, transaction: Transaction, at: Instant) -> None:
        self._transaction = transaction
        self._at = at
        self._holds: dict[int, dict[str, Holding]] = {}
        self._told: dict[int, list[Told]] = {}
        self._changed: dict[tuple[int, str], Holding] = {}
        self._proofs: list[Proof] = []
        self._suppressions: Suppressions | None = None

    def read(self, customers: Iterable[int]) -> None:
        """Read these customers at once, so that each need not be asked for alone."""
        wanted = [each for each in customers if each not in self._holds]
        if wanted:
            self._holds.update(consents.held(self._transaction, wanted))
            self._told.update(consents.told(self._transaction, wanted))

    def allowed(self, customer: int, what: str) -> bool | None:
        """As `consent.allowed`, with what is not written yet."""
        self.read([customer])
        held = self._holds[customer].get(what)
        return None if held is None else held.allowed

    def agreed(self, customer: int) -> dict[str, bool]:
        """All that a customer ever said yes or no to, with what is not written yet."""
        self.read([customer])
        return {what: held.allowed for what, held in self._holds[customer].items()}

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
        given: Given | None = None,
    ) -> bool:
        """Let a consent hold or not, with its proof, if what is known is not newer. True when it
        holds otherwise than before.

        `given` says when (None: now); `detail` holds what a later reader needs, as the version of
        a text.
        """
        given = given or Given(self._at)
        self.read([customer])
        before = self._holds[customer].get(what)
        if agreed and not (before and before.allowed) and self._has_left(what, address, given):
            return False
        if given.timed:
            moment = Holding(agreed, min(given.at, self._at))
            if before is not None and not self._is_newer(customer, what, moment, before):
                return False
            now = moment
        else:
            same = self._last_told(customer, what, source)
            if same is agreed or (given.imported and not agreed and before is not None):
                return False
            now = Holding(agreed, self._at)
            if before is not None and agreed:
                # It undoes nothing and is no newer than what holds; that it was told is kept, so
                # that the source's next word is known to be another.
                now = before
                act = act or (None if before.allowed else "told")
        self._holds[customer][what] = now
        if now != before:
            self._changed[customer, what] = now
        act = act or ("granted" if agreed else "withdrawn")
        more = {"told_at": now.at} if given.timed else {"untimed": True}
        told = {**(detail or {}), **more}
        proof = Proof(customer, what, act, self._at, source, address, orjson.dumps(told))
        self._proofs.append(proof)
        self._told[customer].append(Told(what, act, self._at, source, told))
        # Who never spoke has agreed to no channel, and is subscribed to every topic.
        default = what not in (*CONTACT, TRACKING)
        return (before.allowed if before is not None else default) != now.allowed

    def is_new(self, customer: int) -> None:
        """Say that a customer was made in this transaction, so has said nothing before."""
        self._holds[customer], self._told[customer] = {}, []

    def flush(self) -> None:
        """Write what has changed."""
        consents.keep(self._transaction, [(*key, *held) for key, held in self._changed.items()])
        consents.prove(self._transaction, self._proofs)
        self._changed, self._proofs = {}, []

    def forget(self) -> None:
        """Read anew: somebody else has written (a merge). What has changed must be flushed."""
        self._holds, self._told = {}, {}

    def _has_left(self, what: str, address: str, given: Given) -> bool:
        """Whether whoever has this address left the channel by a link, and not before that."""
        if not address or what not in CONTACT:
            return False
        if self._suppressions is None:
            self._suppressions = Suppressions(bytes.fromhex(secret_of(self._transaction)))
        left_at = self._suppressions.left_at(self._transaction, what, address)
        return left_at is not None and (not given.timed or given.at <= left_at)

    def _is_newer(self, customer: int, what: str, told: Holding, before: Holding) -> bool:
        """At the same time the withdrawal wins; an untimed grant is older than any withdrawal."""
        if (told.at, not told.allowed) > (before.at, not before.allowed):
            return True
        if told.allowed or not before.allowed:
            return False
        grants = [one for one in self._told[customer] if one.what == what and one.act in GRANTS]
        timed = [one for one in grants if "untimed" not in one.detail]
        newest: Instant = max((one.detail.get("told_at", one.at) for one in timed), default=0)
        return len(timed) < len(grants) and newest <= told.at

    def _last_told(self, customer: int, what: str, source: str) -> bool | None:
        """What this source said last without a time, whether it was of any effect or not."""
        for one in reversed(self._told[customer]):
            if one.what == what and one.source == source and "untimed" in one.detail:
                return bool(one.act != "withdrawn")
        return None


def ask(
    transaction: Transaction,
    customer: int,
    channel: str,
    *,
    address: str,
    at: Instant,
    source: str,
    also: Iterable[str] = (),
) -> bool:
    """Start a double opt-in: the proof of the request is what the confirmation mail is made from.

    `also` are further purposes that were ticked with it: topics, `tracking`. False when all of it
    holds already, or the same address, however it is spelt, was asked a short while ago, for
    whomever: nobody can have a stranger's mailbox filled.
    """
    wanted = [what for what in also if not allowed(transaction, customer, what)]
    if allowed(transaction, customer, channel) and not wanted:
        return False
    same = contact.one_address(address)
    asked = consents.asked_since(transaction, channel, at - ASK_AGAIN_AFTER)
    if any(contact.one_address(each) == same for each in asked):
        return False
    detail = orjson.dumps({"text": CONFIRMATION_TEXT, **({"also": wanted} if wanted else {})})
    proof = Proof(customer, channel, "asked", at, source, address, detail)
    consents.prove(transaction, [proof])
    return True


def ask_change(
    transaction: Transaction, customer: int, old: str, new: str, at: Instant, source: str
) -> bool:
    """Have a new mail address asked whether it is this customer's. False: it, or other addresses
    for this customer, were asked too often.
    """
    recent = consents.asked_of(transaction, "email", at - DAY)
    same = contact.one_address(new)
    if any(contact.one_address(one.address) == same for one in recent):
        return False
    if sum(one.customer == customer for one in recent) >= CHANGES_A_DAY:
        return False
    detail = orjson.dumps({"text": CONFIRMATION_TEXT, "instead_of": old})
    consents.prove(transaction, [Proof(customer, "email", "asked", at, source, new, detail)])
    return True


def tell_old_address(
    transaction: Transaction, customer: int, old: str, new: str, at: Instant, source: str
) -> None:
    """Have the old mail address told that it is another from now on."""
    detail = orjson.dumps({"moved_to": new})
    consents.prove(transaction, [Proof(customer, "email", "asked", at, source, old, detail)])
