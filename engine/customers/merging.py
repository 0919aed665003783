"""Two rows that turn out to be one person: the known one survives, what the other had moves there.

What the visitor did since is applied to the runs as they then stand, by the worker: an event of the
merge says which events which runs have missed.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from engine.core.facts import CONTACT
from engine.core.model import DAY, Instant
from engine.core.projection import MERGED
from engine.core.reachable import REACHABLE
from engine.customers import contact, reach
from engine.store import consents, events, firings, intents, past_properties, runs, zones
from engine.store import customers as customers_rows
from engine.store import merging as stored
from engine.store import segments as memberships
from engine.store.carts import cart_from
from engine.store.consents import Proof
from engine.store.dialects import members
from engine.store.writer import Transaction


def merge(transaction: Transaction, survivor: int, gone: int, at: Instant) -> None:
    """Everything of `gone` becomes `survivor`'s.

    For the same flow and key the earlier run goes on and the other ends `merged`; what the
    survivor has said about itself and its consent stands, what only `gone` knew is added.
    """
    _merge_runs(transaction, survivor, gone, at)
    missed = [
        *_missed(transaction, survivor, gone),
        *_missed(transaction, gone, survivor),
    ]
    before = reach.of_rows(transaction, [survivor, gone])
    _merge_consents(transaction, survivor, gone, at)
    both_have_carts = _merge_profile(transaction, survivor, gone, at, missed)
    theirs, mine = (events.applied_since(transaction, who, at - DAY) for who in (gone, survivor))
    runs.hand_over(transaction, survivor, gone)
    stored.hand_over(transaction, survivor, gone)
    _merge_firings(transaction, survivor, gone)
    if both_have_carts:
        cart = asdict(cart_from(transaction, survivor))
        customers_rows.put_carts(transaction, [(orjson.dumps(cart), survivor)])
    memberships.inherit(transaction, survivor, gone, at)
    stored.become(transaction, survivor, gone)
    after = reach.of_rows(transaction, [survivor])[survivor]
    for row, did in ((gone, theirs), (survivor, mine)):
        gained = after.gained(before[row])
        if gained and did:
            news = {"gained": gained, "events": did}
            told = events.NewEvent(
                f"{REACHABLE} {gone} {row}", survivor, REACHABLE, at, news, False
            )
            events.append(transaction, [told], at)


def _merge_runs(transaction: Transaction, survivor: int, gone: int, at: Instant) -> None:
    # Where both are decided on the same message, the run that was entered first sends it.
    for *key, entered_at, run, other_at in intents.doubled(transaction, survivor, gone):
        if (entered_at, key[0]) > (other_at, run):
            intents.skip(transaction, tuple(key), "merged", at)
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


def _missed(transaction: Transaction, one: int, other: int) -> list[dict[str, list[int]]]:
    """What `other` did since `one` entered the flows that it is in: runs and events, by number."""
    movable = runs.movable(transaction, one)
    if not movable:
        return []
    # Somebody may have entered by what was told a day late.
    since = min(entered_at for _, entered_at in movable) - DAY
    happened = events.applied_since(transaction, other, since)
    return [{"runs": [run for run, _ in movable], "events": happened}] if happened else []


def _merge_profile(
    transaction: Transaction,
    survivor: int,
    gone: int,
    at: Instant,
    missed: list[dict[str, list[int]]],
) -> bool:
    """Merge the rows themselves; say whether both have a cart, which is not decided here."""
    rows = stored.profiles(transaction, survivor, gone)
    if survivor not in rows or gone not in rows:
        return False
    mine, theirs = rows[survivor], rows[gone]
    properties = _both(orjson.loads(mine[0] or b"{}"), orjson.loads(theirs[0] or b"{}"))
    tags = sorted({*orjson.loads(mine[1] or b"[]"), *orjson.loads(theirs[1] or b"[]")})
    own, more = orjson.loads(mine[2] or b"{}"), orjson.loads(theirs[2] or b"{}")
    scores = {**more, **own}
    owed = {name: more[name] for name in sorted(own.keys() & more.keys())}
    if owed or missed:
        # How scores decay and what moves a run is known where customers are moved.
        news = {**({"scores": owed} if owed else {}), **({"missed": missed} if missed else {})}
        told = events.NewEvent(f"{MERGED} {gone}", survivor, MERGED, at, news, False)
        events.append(transaction, [told], at)
    if not mine[4] and theirs[4]:
        zones.note_moves(transaction, [(survivor, None, at)])
    tags_before = orjson.loads(mine[1] or b"[]")
    was: dict[str, Any] = orjson.loads(mine[0] or b"{}")
    before = {name: was.get(name) for name, now in properties.items() if was.get(name) != now}
    if tags != tags_before:
        before[past_properties.TAGS] = tags_before
    if before:
        past_properties.keep(transaction, [(survivor, at, before)])
    stored.put_together(
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
