"""What becomes of what was claimed: the outcome, or ready again where nobody has heard of it.

A claim whose outcome is not known (the process died, the connection broke after the content went
out) becomes `unknown` and is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from engine.channels.transport import Outcome, Transport, remembered_by
from engine.core.model import HOUR, MINUTE, Instant
from engine.delivery import came_back, codes
from engine.delivery.claims import Claimed
from engine.logs import logger
from engine.publishing import warming
from engine.publishing.live import Live
from engine.store import intents
from engine.store import runs as store_runs
from engine.store.intents import Key
from engine.store.writer import Row, Transaction

PAUSES: Final[Sequence[Instant]] = (
    *(1 * MINUTE, 5 * MINUTE, 20 * MINUTE),
    *(1 * HOUR, 150 * MINUTE, 5 * HOUR, 10 * HOUR),
)
"""How long after an attempt that nobody took the next one comes: together they outlive a night in
which a mail server is away.
"""
ATTEMPTS: Final = 1 + len(PAUSES)
_log = logger(__name__)

_INTERRUPTED: Final = "the server stopped before the outcome was known"

_STATES: Final[Mapping[str, intents.Settled]] = {"delivered": "sent", "unknown": "unknown"}


class Result(NamedTuple):
    """What became of a delivery."""

    claimed: Claimed
    outcome: Outcome


class Untouched(NamedTuple):
    """Nobody outside has heard of it. `noted`: it stands in the ledger of what went out."""

    claimed: Claimed
    noted: bool


def record(transaction: Transaction, live: Live, results: Sequence[Result]) -> None:
    """Write what became of claimed intents, each for itself."""
    now = live.clock.now()
    settled: set[int] = set()
    for claimed, outcome in results:
        key = claimed.key
        if outcome.kind == "not_taken" and claimed.number < ATTEMPTS:
            # The last attempt comes when it is just not too late for the message.
            left = live.deployment.max_lateness - sum(PAUSES[: claimed.number - 1])
            if left > 0:
                due = now + min(PAUSES[claimed.number - 1], left)
                intents.again(transaction, key, due, outcome.reason)
                continue
        state = _STATES.get(outcome.kind, "failed")
        intents.settle(transaction, key, state, now, outcome.reason, outcome.provider_id)
        intent = claimed.intent
        if state == "failed":
            codes.take_back(transaction, intent.run, key, now)
        settled.add(intent.run)
        if claimed.call or intent.recipient == "staff":
            continue
        if state == "failed":
            attempt = f"{claimed.name}:{claimed.number}"
            came_back.at_once(transaction, live, intent, claimed.facts, attempt, outcome)
    store_runs.settle_claims(transaction, settled)


def give_back(transaction: Transaction, live: Live, untouched: Sequence[Untouched]) -> None:
    """Make ready again what was claimed and not begun; it counts no attempt."""
    for claimed, _ in untouched:
        intents.give_back(transaction, claimed.key, claimed.number - 1)
    if live.deployment.warm_up is not None:
        warming.count(transaction, live.clock.now(), -sum(one.claimed.warms for one in untouched))


def take_back(transaction: Transaction, known: Collection[Row]) -> int:
    """Make ready again what is claimed, but for what is `known` (keys) to be; how many.

    So it is after a claim whose commit was cut off: it may stand in the database although nobody
    was told of it.
    """
    lost = [row for row in intents.on_their_way(transaction) if row[:4] not in known]
    for row in lost:
        intents.give_back(transaction, row[:4], row[13] - 1)
    return len(lost)


def _remembered(transports: Mapping[str, Transport], channel: str) -> Instant:
    transport = transports.get(channel)
    return 0 if transport is None else remembered_by(transport)


def settle_interrupted(
    transaction: Transaction,
    now: Instant,
    noted: Mapping[tuple[int, str, int, int], bool] | None,
    transports: Mapping[str, Transport],
) -> list[Key]:
    """At start, for what is claimed and has no outcome.

    `noted` is what the ledger says: of each key whether it was taken; None where it cannot tell.
    What was never noted has not left and is ready again. The rest may have gone out, so it is
    `unknown`; but where the other side knows a key again for long enough it is to be asked for
    again.

    Gives the keys to ask for again.
    """
    unknown = 0
    ended: list[int] = []
    again: list[Key] = []
    for row in intents.on_their_way(transaction):
        key, channel, claimed_at = Key(*row[:4]), row[7], row[15]
        if noted is not None and key not in noted:
            intents.give_back(transaction, key, row[13] - 1)
        elif noted is not None and noted[key]:
            intents.settle(transaction, key, "sent", now, "", "")
            ended.append(key.run)
        elif now - claimed_at < _remembered(transports, channel):
            again.append(key)
        else:
            intents.settle(transaction, key, "unknown", now, _INTERRUPTED, "")
            ended.append(key.run)
            unknown += 1
    store_runs.settle_claims(transaction, ended)
    if unknown:
        _log.warning("sends without a known outcome", count=unknown)
    return again
