"""What was fetched of messages: kept at once, judged a while later, and only then of any effect.

A click, an opening or an answer link is stored as it comes, in a row of its own. The worker judges
it when `Rule.window` is over (`judge_due`); a server that is killed meanwhile finds it again. What
a person did becomes an event; what a machine did stays a row.
"""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from typing import Any, Final

import orjson

from engine.core.model import MINUTE, SECOND, Instant
from engine.core.touches import HIDDEN, PERSON, Kind, Rule, Seen, judge
from engine.core.values import Types
from engine.customers import consent, identity
from engine.intake.engagement import about
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.intake.readers import reads
from engine.logs import logger
from engine.messages.links import MessageRef
from engine.store import touches
from engine.store.touches import Touched
from engine.store.writer import Transaction

_log = logger(__name__)

TOGETHER: Final = 500
"""So many are judged in one transaction."""
_SAME: Final = {"open": MINUTE, "click": 2 * SECOND, "answer": 2 * SECOND, "hidden": SECOND}
"""The same thing fetched again within this time (milliseconds) is the same."""


def number_of(
    message: MessageRef, kind: Kind, at: Instant, machine: str, more: dict[str, Any]
) -> int:
    """The number of the row that a fetch is kept in; it needs no database."""
    told = orjson.dumps([*message, kind, at // _SAME[kind], machine, more])
    return int.from_bytes(blake2b(told, digest_size=8).digest()) >> 1


def note(
    transaction: Transaction,
    now: Instant,
    rule: Rule,
    message: MessageRef,
    kind: Kind,
    machine: str = "",
    more: dict[str, Any] | None = None,
) -> bool:
    """Keep what was fetched, to be judged later. False where it was kept before, or may not be.

    `machine` says why it is a machine's where its headers told; `more` is what a click led to
    (`url`) and whether its mail has two links only (`pair`), or what an answer says.
    """
    customer = identity.living(transaction, message.customer)
    if not customer:
        return False
    counted = consent.allowed(transaction, customer, consent.TRACKING)
    if kind in ("open", "click") and not counted:
        return False
    more = more or {}
    verdict = HIDDEN if kind == "hidden" else machine
    one = Touched(
        number_of(message, kind, now, machine, more),
        customer,
        message.run,
        message.step,
        message.visit,
        message.channel,
        kind,
        now,
        None if verdict else now + rule.window,
        verdict,
        "",
        {"flow": message.flow, "message": message.message, **more},
    )
    return touches.add(transaction, one)


def judge_due(transaction: Transaction, types: Types, now: Instant, rule: Rule) -> int:
    """Judge what is due and record what people did; how many were judged."""
    due = touches.due(transaction, now, TOGETHER)
    for one in due:
        key = (one.run, one.step, one.visit)
        near = touches.of_message(transaction, key, one.at - rule.window, one.at + rule.window)
        others = [_seen(each) for each in near if each.id != one.id]
        verdict = judge(_seen(one), others, touches.accepted_at(transaction, key), rule)
        touches.judged(transaction, one.id, verdict)
        if verdict != PERSON:
            continue
        error = transaction.attempt(partial(_count, transaction, one, types, now))
        if isinstance(error, Exception):  # the others go on
            _log.error("a click could not be recorded", touch=one.id, error=type(error).__name__)
            touches.judged(transaction, one.id, "it could not be recorded")
    return len(due)


def _count(transaction: Transaction, one: Touched, types: Types, now: Instant) -> None:
    if one.kind == "answer":
        answered(transaction, one.detail["answer"], types, now)
    record(transaction, one, types, now)
    reads(transaction, one, types, now)


def answered(
    transaction: Transaction, told: tuple[Any, ...] | list[Any], types: Types, now: Instant
) -> bool:
    """Record what a person answered, once per message: the first answer. False where another was
    recorded before, or the person is not known any more.

    `told` is a message, an event and its properties (`engine.messages.links.Answer`).
    """
    message, event, properties = MessageRef(*told[0]), told[1], told[2]
    customer = identity.living(transaction, message.customer)
    if not customer:
        return False
    incoming = Incoming(
        "track",
        answer_id(message, event),
        customer=customer,
        event=event,
        properties={**properties, **about(message)},
        source="answer link",
    )
    (taken,) = take(transaction, [incoming], types, now)
    return not taken.error and not taken.duplicate


def answer_id(message: MessageRef, event: str) -> str:
    """Under which number the answer to a message is stored."""
    return "\t".join(("answer", event, str(message.run), message.step, str(message.visit)))


def record(transaction: Transaction, one: Touched, types: Types, now: Instant) -> bool:
    """Record what a person did. False where it may not be counted, or was before."""
    customer = identity.living(transaction, one.customer)
    # Consent to being counted may have gone since.
    if not customer or not consent.allowed(transaction, customer, consent.TRACKING):
        return False
    name = f"{'open' if one.kind == 'open' else 'click'}_{one.channel}"
    more = {"url": one.detail["url"]} if one.detail.get("url") else {}
    incoming = Incoming(
        "track",
        "\t".join((name, str(one.run), one.step, str(one.visit), str(one.id))),
        customer=customer,
        event=name,
        properties={
            "message": one.detail["message"],
            "flow": one.detail["flow"],
            "run": one.run,
            "step": one.step,
            **more,
        },
        occurred_at=one.at,
        source="link",
    )
    (taken,) = take(transaction, [incoming], types, now)
    return not taken.error and not taken.duplicate


def _seen(one: Touched) -> Seen:
    return Seen(one.kind, one.at, str(one.detail.get("url", "")), bool(one.detail.get("pair")))
