"""The codes that messages tell of: drawn when a message is about to go, given back when it did not.

Source: semantics, "Coupons": a message that a limit swallowed uses up no code, the time of a code
counts from the first message that tells of it, and every attempt carries the same one.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from engine.core.coupons import EXPIRED, Code, Promise, promised, tells
from engine.core.eligibility import Hold, Skip
from engine.core.facts import Facts
from engine.core.model import HOUR, Instant, Intent
from engine.publishing.live import Live
from engine.store import coupons, intents
from engine.store.coupons import OUT_OF_CODES
from engine.store.writer import Row, Transaction

_PAUSE: Final = HOUR
"""So long after an empty pool is looked at again, where nobody adds to it before."""
_TOLD: Final = frozenset({"claimed", "sent", "unknown"})
"""States of messages that may have told somebody of their code."""


def provide(
    transaction: Transaction, live: Live, intent: Intent, facts: Facts, made: Instant, now: Instant
) -> Skip | Hold | None:
    """Give the message the code that it tells of, or say why it does not go now.

    `made` is when the message was decided: so long it has waited for codes.
    """
    channel = "staff" if intent.recipient == "staff" else intent.channel
    if not tells(live.deployment.rules.coupons, intent.message, channel, intent.payload):
        return None
    promise = promised(intent.run, intent.payload)
    if promise is None:
        until = (intent.payload.get("coupon") or {}).get("valid_until")
        return _expired(until, now)
    code = _code(transaction, live, promise, facts, now)
    if code is None:
        latest = made + live.deployment.max_lateness
        if now >= latest or promise.name not in live.deployment.coupons:
            return Skip(OUT_OF_CODES)
        return Hold(min(now + _PAUSE, latest), OUT_OF_CODES)
    intent.payload["coupon"] = code.as_json()
    return _expired(code.valid_until, now)


def for_the_site(
    transaction: Transaction,
    live: Live,
    message: tuple[str, str],
    run: int,
    detail: dict[str, Any],
    facts: Facts,
    now: Instant,
) -> bool:
    """The same for what is shown on the site (`message` with its surface), when it is fetched.

    Whether it can be shown; the code goes into `detail`.
    """
    if not tells(live.deployment.rules.coupons, *message, detail):
        return True
    promise = promised(run, detail)
    if promise is None:
        return _expired((detail.get("coupon") or {}).get("valid_until"), now) is None
    code = _code(transaction, live, promise, facts, now)
    if code is None:
        return False
    detail["coupon"] = code.as_json()
    return _expired(code.valid_until, now) is None


def _code(
    transaction: Transaction, live: Live, promise: Promise, facts: Facts, now: Instant
) -> Code | None:
    deployment = live.deployment
    code = coupons.drawn(transaction, promise)
    coupon = deployment.coupons.get(promise.name)
    if code is not None or coupon is None:
        return code
    return coupons.draw(transaction, promise, coupon, deployment.secret, facts.id, facts.zone, now)


def _expired(until: Instant | None, now: Instant) -> Skip | None:
    return Skip(EXPIRED) if until is not None and until < now else None


def take_back(transaction: Transaction, run: int, own: Row, now: Instant) -> None:
    """A message ended without having told anybody of its code: unless another did, or may yet, the
    code is free again. `own` is the message's key.
    """
    rows = intents.of_run(transaction, run)
    promise = next((_promise(run, row) for row in rows if row[:3] == own[1:4]), None)
    if promise is None:
        return
    others = [
        row
        for row in rows
        if row[:3] != own[1:4]
        and (row[3] in _TOLD or (row[3] == "ready" and row[4]))
        and _promise(run, row) == promise
    ]
    if not others:
        coupons.give_back(transaction, promise, now)


def _promise(run: int, row: Row) -> Promise | None:
    detail = orjson.loads(row[5]) if row[5] else {}
    return promised(run, detail.get("payload") or {})
