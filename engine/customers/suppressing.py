"""An address that gets nothing any more, or may be used again, because somebody said so."""

from __future__ import annotations

from typing import Final, Literal

from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.customers import contact
from engine.store import audit
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

Act = Literal["add", "lift"]

_ADDRESSED: Final = "(the address)"


def change(
    transaction: Transaction,
    suppressions: Suppressions,
    act: Act,
    channel: str,
    address: str,
    reason: str,
    who: str,
    now: Instant,
) -> bool:
    """Suppress an address on a channel, or lift that; whether it changed anything. It is on record
    with `reason` and `who`, without the address: the log outlives the person.
    """
    if act == "lift":
        changed = suppressions.lift(transaction, channel, address, now)
    else:
        suppressions.read(transaction)
        changed = not suppressions.includes(channel, address)
        suppressions.add(transaction, channel, address, reason, now)
    if changed:
        detail = {"channel": channel, "reason": reason.replace(address, _ADDRESSED)}
        audit.note(transaction, audit.Act(now, who, f"suppress {act}", detail))
    return changed


def usable(channel: str, told: str) -> str:
    """An address as the customers have it, "" for what is none on this channel."""
    kind = CONTACT[channel]
    if kind == "email":
        return contact.email(told)
    return contact.phone(told) if kind == "phone" else told.strip()
