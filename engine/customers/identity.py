"""Who is who: anonymous visitors, users, and the rows that turn out to be one person.

Each anonymousId is a customer row. Learning its userId attaches it; where that user is known
already, the two rows are merged: the known one survives, and what the other had moves there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import orjson

from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.core.projection import MERGED
from engine.customers import contact
from engine.store import consents, events, firings, identities, intents, merging, runs, zones
from engine.store import customers as customers_rows
from engine.store import segments as memberships
from engine.store.carts import cart_from
from engine.store.consents import Proof
from engine.store.dialects import members
from engine.store.writer import Transaction

ANONYMOUS = "anonymous"
USER = "user"
ADDRESSES = ("email", "phone", "push")

Key = tuple[str, str]

find = identities.find
"""The customers with identities of one kind, by value; see there."""


def known(transaction: Transaction, customers: Iterable[int]) -> set[int]:
    """Those of `customers` that have a userId."""
    wanted = list(customers)
    if not wanted:
        return set()
    return {customer for customer, _ in identities.users(transaction, wanted)}


def standing(transaction: Transaction, customers: Iterable[int]) -> set[int]:
    """Those of `customers` that have not been merged into another row, with one query."""
    wanted = sorted(customers)
    return set(customers_rows.standing(transaction, wanted)) if wanted else set()


def living(transaction: Transaction, customer: int) -> int:
    """The row that `customer` became by merging, itself if it still stands, 0 if there is none."""
    for _ in range(100):
        row = merging.became(transaction, customer)
        if row is None:
            return 0
        if row[0] is None:
            return customer
        customer = row[0]
    return 0


def keep_address(
    transaction: Transaction,
    customer: int,
    kind: str,
    value: str,
    at: Instant,
    *,
    first: bool = False,
) -> None:
    """Let a customer be found by an address; `first` where they have had none of this kind.

    The first to have it is found by it. Others with the same address (two accounts, one mailbox)
    stand beside, so that unsubscribing an address reaches all of them.
    """
    value = contact.one_address(value)
    if not first:
        _leave_others(transaction, customer, kind, value, at)
    if not value:
        return
    if identities.take(transaction, kind, value, customer, at):
        return
    owner = identities.owner(transaction, kind, value)
    if owner is not None and owner != customer:
        identities.take(transaction, f"same {kind}", f"{value} {customer}", customer, at)


def _leave_others(
    transaction: Transaction, customer: int, kind: str, value: str, at: Instant
) -> None:
    """Let a customer no longer be found by addresses of this kind other than `value`."""
    left = identities.others(transaction, customer, kind, value)
    identities.drop_others(
        transaction, [(customer, kind, f"same {kind}", value, f"{value} {customer}")]
    )
    inherit(transaction, [(kind, one) for one in left], at)


def inherit(transaction: Transaction, left: Iterable[Key], at: Instant) -> None:
    """Let addresses (kind, value) that their owner has left lead to the first of those who share
    them.
    """
    identities.inherit(
        transaction,
        [(kind, value, f"same {kind}", f"{value} ", f"{value}!", at) for kind, value in left],
    )


def sharing(transaction: Transaction, kind: str, value: str) -> set[int]:
    """All customers with this address."""
    value = contact.one_address(value)
    span = (f"{value} ", f"{value}!")
    return identities.sharing(transaction, kind, value, f"same {kind}", span)


def merge(transaction: Transaction, survivor: int, gone: int, at: Instant) -> None:
    """Everything of `gone` becomes `survivor`'s.

    For the same flow and key the earlier run goes on and the other ends `merged`; what the
    survivor has said about itself and its consent stands, what only `gone` knew is added.
    """
    _merge_runs(transaction, survivor, gone, at)
    _merge_consents(transaction, survivor, gone, at)
    both_have_carts = _merge_profile(transaction, survivor, gone, at)
    runs.hand_over(transaction, survivor, gone)
    merging.hand_over(transaction, survivor, gone)
    _merge_firings(transaction, survivor, gone)
    if both_have_carts:
        cart = asdict(cart_from(transaction, survivor))
        merging.put_cart(transaction, survivor, orjson.dumps(cart))
    memberships.inherit(transaction, survivor, gone, at)
    merging.become(transaction, survivor, gone)


def _merge_runs(transaction: Transaction, survivor: int, gone: int, at: Instant) -> None:
    for mine, mine_at, other, other_at in runs.doubled(transaction, survivor, gone):
        later = other if (mine_at, mine) <= (other_at, other) else mine
        ending = runs.Ending(later, *runs.head(transaction, later), at, "merged")
        runs.end(transaction, [ending], goals=False)
        intents.withdraw(transaction, [(at, "merged", later)])


def _merge_consents(transaction: Transaction, survivor: int, gone: int, at: Instant) -> None:
    """The later word stands, at the same moment the stricter one (decision 71).

    To a channel one agrees for an address: what was agreed for another than the survivor's is not
    taken over, what was withdrawn is.
    """
    about = {
        row[0]: orjson.loads(row[1] or b"{}")
        for row in customers_rows.described(transaction, [survivor, gone])
    }
    mine = consents.held(transaction, [survivor])[survivor]
    kept: list[tuple[int, str, bool, Instant]] = []
    proofs: list[Proof] = []
    for _, what, allowed, told_at in consents.all_of(transaction, [gone]):
        before = mine.get(what)
        if before is not None and (before.at, not before.allowed) >= (told_at, not allowed):
            continue
        contact = CONTACT.get(what)
        address = about.get(gone, {}).get(contact or "")
        own = about.get(survivor, {}).get(contact or "")
        if allowed and contact and own and _folded(own) != _folded(address):
            continue
        kept.append((survivor, what, allowed, told_at))
        if before is None or before.allowed != bool(allowed):
            act = "granted" if allowed else "withdrawn"
            given = address if isinstance(address, str) else ""
            detail = orjson.dumps({"told_at": told_at, "merged": gone})
            proofs.append(Proof(survivor, what, act, at, "two rows of one person", given, detail))
    consents.keep(transaction, kept)
    consents.prove(transaction, proofs)


def _folded(address: Any) -> str:
    return contact.one_address(address) if isinstance(address, str) else ""


def _merge_firings(transaction: Transaction, survivor: int, gone: int) -> None:
    """A moment of the calendar that either had is not had again."""
    fired = firings.had(transaction, members([gone]))
    firings.inherit(transaction, [(flow, line, survivor, day) for flow, line, _, day in fired])
    firings.forget(transaction, fired)


def _merge_profile(transaction: Transaction, survivor: int, gone: int, at: Instant) -> bool:
    """Merge the rows themselves; say whether both have a cart, which is not decided here."""
    rows = merging.profiles(transaction, survivor, gone)
    if survivor not in rows or gone not in rows:
        return False
    mine, theirs = rows[survivor], rows[gone]
    properties = _both(orjson.loads(mine[0] or b"{}"), orjson.loads(theirs[0] or b"{}"))
    tags = sorted({*orjson.loads(mine[1] or b"[]"), *orjson.loads(theirs[1] or b"[]")})
    own, more = orjson.loads(mine[2] or b"{}"), orjson.loads(theirs[2] or b"{}")
    scores = {**more, **own}
    owed = {name: more[name] for name in sorted(own.keys() & more.keys())}
    if owed:
        # How scores decay is known where lanes are applied, so that is where they are added up.
        told = events.NewEvent(f"{MERGED} {gone}", survivor, MERGED, at, {"scores": owed}, False)
        events.append(transaction, [told], at)
    if not mine[4] and theirs[4]:
        zones.note_moves(transaction, [(survivor, None, at)])
    merging.put_together(
        transaction,
        survivor,
        (
            orjson.dumps(properties),
            orjson.dumps(tags) if tags else None,
            orjson.dumps(scores) if scores else None,
            mine[3] or theirs[3],
            mine[4] or theirs[4],
            min(mine[5], theirs[5]),
        ),
    )
    return bool(mine[3] and theirs[3])


def _both(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """What either has said, the survivor's word first; orders of both are added up."""
    both = {**theirs, **mine}
    for name, of_both in (
        ("orders", sum),
        ("total_spent", sum),
        ("first_order_at", min),
        ("last_order_at", max),
    ):
        values = [one[name] for one in (mine, theirs) if isinstance(one.get(name), int)]
        if len(values) == 2:
            both[name] = of_both(values)
    return both
