"""What an address is still good for, after what came back of it."""

from __future__ import annotations

import re
from typing import Final

from engine.core import bounces
from engine.core.model import Instant
from engine.store import feedback
from engine.store.feedback import Came
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

_LONGEST: Final = 300
_ADDRESS: Final = re.compile(r"[^\s<>()\[\]\"',;:@]{1,64}@[^\s<>()\[\]\"',;@]+|\+\d{7,15}")


def settle(
    transaction: Transaction,
    listed: Suppressions,
    came: Came,
    now: Instant,
    soft_bounces: int = bounces.SOFT_BOUNCES,
) -> None:
    """Suppress an address where what came back of it says so, or forget what it was blamed for."""
    if came.hash is None:
        return
    if came.kind == "delivered":
        feedback.forgive(transaction, came.channel, came.hash, came.at)
        return
    soft: list[Instant] = []
    if came.kind == "soft_bounce":
        soft = feedback.soft(transaction, came.channel, came.hash)
    reason = bounces.ends(came.kind, soft, now, soft_bounces)
    if reason:
        listed.add_hash(transaction, came.channel, came.hash, reason, now)


def plain(reason: str) -> str:
    """A reason of one line that names nobody: it outlives the person.

    >>> plain("550 5.1.1 <ada@shop.example>: user unknown")
    '550 5.1.1 <(the address)>: user unknown'
    """
    return _ADDRESS.sub("(the address)", " ".join(reason.split()))[:_LONGEST]
