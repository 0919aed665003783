"""The sender's side of the ledger: claim, then record.

A claim re-checks everything in the transaction that commits it; after it, exactly one delivery is
attempted. A claim whose outcome is not known (the process died, the connection broke after the
content went out) becomes `unknown` and is never sent again by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import orjson

from engine.channels.transport import Outcome
from engine.core import eligibility
from engine.core.changes import Changes
from engine.core.dispatch import CustomerState, leave
from engine.core.eligibility import ExitedRun, Hold, Objection, Skip
from engine.core.facts import Facts, Sent
from engine.core.model import HOUR, MINUTE, Instant, Intent, Run
from engine.delivery import came_back, codes
from engine.delivery.mailboxes import Mailboxes
from engine.publishing.brakes import Key
from engine.publishing.live import Live
from engine.store import changes as store_changes
from engine.store import intents, pending
from engine.store import runs as store_runs
from engine.store import states as lanes
from engine.store.coupons import OUT_OF_CODES
from engine.store.customers import find_customer
from engine.store.states import RECIPIENT_NUMBERS, RECIPIENTS
from engine.store.writer import Row, Transaction

GROUP: Final = 50
_BESIDE: Final = 16
"""So many more are looked at, to see what one customer gets at one moment together."""
PROVIDER_PAUSE: Final = 5 * MINUTE
PAUSES: Final[Sequence[Instant]] = (
    *(1 * MINUTE, 5 * MINUTE, 20 * MINUTE),
    *(1 * HOUR, 150 * MINUTE, 5 * HOUR, 10 * HOUR),
)
"""How long after an attempt that nobody took the next one comes: together they outlive a night in
which a mail server is away.
"""
ATTEMPTS: Final = 1 + len(PAUSES)

_STATES: Final[Mapping[str, intents.Settled]] = {"delivered": "sent", "unknown": "unknown"}


class Claimed(NamedTuple):
    """An intent that is ours to deliver, once. `number` is which attempt this is."""

    intent: Intent
    call: bool
    facts: Facts
    number: int

    @property
    def key(self) -> tuple[int, str, int, int]:
        intent = self.intent
        kind = "call" if self.call else intent.recipient
        return intent.run, intent.step, intent.visit, RECIPIENT_NUMBERS[kind]

    @property
    def name(self) -> str:
        """The idempotency key that goes with every attempt."""
        run, step, visit, _ = self.key
        return f"{run}:{step}:{visit}:{'call' if self.call else self.intent.recipient}"


class Result(NamedTuple):
    claimed: Claimed
    outcome: Outcome


def claim(transaction: Transaction, live: Live, limit: int = GROUP) -> tuple[list[Claimed], bool]:
    """Claim ready intents; say also whether anything was decided (claimed, skipped or held)."""
    now = live.clock.now()
    goes = live.brakes.everything is None
    ready = intents.ready(transaction, now, limit + _BESIDE, marketing=goes)
    rows = _in_order(ready, live, limit)
    if not rows:
        return [], False
    customers = {row[4] for row in rows}
    # What a customer did and no lane has seen may end the run: their intents wait for it.
    waiting = pending.waiting(transaction, customers)
    rows = [row for row in rows if row[4] not in waiting]
    if not rows:
        return [], False
    loaded = lanes.load(
        transaction,
        customers - waiting,
        needs=live.needs,
        flows=live.flows,
        suppressions=live.suppressions,
        catalogue=live.catalogue.read(transaction),
        zone=live.deployment.zone,
        now=now,
    )
    runs = lanes.runs_by_id(transaction, {row[0] for row in rows}, live.flows)
    boxes = Mailboxes(transaction, loaded.lanes, live.flows, now, live.needs.limits)
    claimed: list[Claimed] = []
    for row in rows:
        lane = loaded.lanes.get(row[4])
        found = _decide(transaction, live, row, lane, runs.get(row[0]), boxes, now)
        if isinstance(found, ExitedRun):
            left = next((one for one in lane.runs if one.id == row[0]), None) if lane else None
            if lane is not None and left is not None:
                changes = Changes()
                leave(live.deployment, lane, left, now, changes, found.reason)
                store_changes.write(transaction, changes, loaded, live.flows, now, find_customer)
                runs[left.id] = left
        elif found is not None:
            claimed.append(found)
    on_its_way = {one.intent.run for one in claimed}
    store_runs.settle_claims(transaction, {row[0] for row in rows} - on_its_way)
    return claimed, True


def _in_order(rows: list[Row], live: Live, limit: int) -> list[Row]:
    """The first `limit` of the rows that were found, by moment, priority, flow, and the order in
    which the run reached them. Where more than those may be due, the last customer's of one moment
    are left for the next time, so that all of them are seen beside each other.
    """
    if len(rows) == limit + _BESIDE:
        last = (rows[-1][10], rows[-1][4])
        whole = [row for row in rows if (row[10], row[4]) != last]
        rows = whole or rows
    several = {run for run, count in Counter(row[0] for row in rows).items() if count > 1}
    rows.sort(
        key=lambda row: (
            row[10],
            -row[11],
            live.flows.name(row[5]),
            row[0],
            intents.order_of(row) if row[0] in several else 0,
            row[1:4],
        )
    )
    return rows[:limit]


def _decide(
    transaction: Transaction,
    live: Live,
    row: Row,
    lane: CustomerState | None,
    run: Run | None,
    boxes: Mailboxes,
    now: Instant,
) -> Claimed | ExitedRun | None:
    """Claim, skip or hold one intent, and write which. `ExitedRun`: skipped; its run is over."""
    intent, call = intent_of(row, live)
    key = row[:4]
    if lane is None:
        intents.skip(transaction, key, "the customer is gone", now)
        return None
    if key in live.gone_before:
        intents.skip(transaction, key, "it went out before the database was restored", now)
        return None
    deployment = live.deployment
    held = live.holds.get(intent.flow)
    if held == "paused":
        intents.put_aside(transaction, key)
        return None
    if held == "stopped":
        intents.skip(transaction, key, "the flow was stopped", now)
        return None
    if not call and live.providers is not None and intent.channel not in live.providers:
        _await(transaction, live, row, now, eligibility.no_provider(intent.channel))
        return None
    stop = live.brakes.messages.get(Key(intent.flow, intent.message, intent.channel))
    if stop is not None and row[12]:
        _await(transaction, live, row, now, f"the message is stopped: {stop.reason}")
        return None
    program = deployment.versions.get((intent.flow, intent.version))
    if program is None:
        intents.skip(transaction, key, "this version of the flow is no longer kept", now)
        return None
    refusal: Objection | None = _late(live, intent, now)
    if refusal is None:
        if call:
            # A call knows neither consent nor limits, but who was left is left.
            staff = replace(intent, recipient="staff")
            refusal = eligibility.refusal(deployment.rules, program, lane.facts, staff, run, now)
        else:
            refusal = eligibility.refusal(deployment.rules, program, lane.facts, intent, run, now)
            refusal = refusal or boxes.refusal(intent, run, program)
            refusal = refusal or codes.provide(transaction, live, intent, lane.facts, row[9], now)
    if isinstance(refusal, Hold):
        if refusal.why == OUT_OF_CODES:
            intents.wait_for(transaction, key, refusal.until, OUT_OF_CODES)
        else:
            intents.hold(transaction, key, refusal.until)
        return None
    if refusal is not None:
        reason = refusal.reason
        intents.skip(
            transaction,
            key,
            f"exit if: {reason}" if isinstance(refusal, ExitedRun) else reason,
            now,
        )
        if row[13]:
            codes.take_back(transaction, intent.run, key, now)
        return refusal if isinstance(refusal, ExitedRun) else None
    intents.claim(transaction, key, now, row[13] + 1)
    if row[12]:
        # Counted at once, so that the customer's next intent of this group sees it.
        sent = lane.facts.sent
        sent[:] = [one for one in sent if one.key != intent.key]
        sent.append(Sent(now, intent.channel, intent.key))
        boxes.note(intent, run)
    return Claimed(intent, call, lane.facts, row[13] + 1)


def _await(transaction: Transaction, live: Live, row: Row, now: Instant, why: str) -> None:
    """It was decided when nothing stood in its way: look again, until it is too late for it."""
    latest = row[9] + live.deployment.max_lateness
    if now >= latest:
        intents.skip(transaction, row[:4], why, now)
        return
    intents.hold(transaction, row[:4], min(now + PROVIDER_PAUSE, latest))


def _late(live: Live, intent: Intent, now: Instant) -> Skip | None:
    return Skip("too late") if now - intent.ready_at > live.deployment.max_lateness else None


def intent_of(row: Row, live: Live) -> tuple[Intent, bool]:
    """The intent of a row of `intents.ready`, and whether it is a webhook call."""
    detail = orjson.loads(row[14]) if row[14] else {}
    kind = RECIPIENTS[row[3]]
    flow = live.flows.name(row[5])
    intent = Intent(
        row[0],
        row[1],
        row[2],
        "staff" if kind == "staff" else "customer",
        row[7],
        row[8],
        row[10],
        row[4],
        flow,
        row[6],
        row[11],
        not row[12],
        detail.get("payload") or {},
        detail.get("staff"),
        detail.get("to"),
        over=detail.get("over"),
    )
    return intent, kind == "call"


# --- outcomes ------------------------------------------------------------------------------


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


def take_back(transaction: Transaction) -> int:
    """Make ready again what is claimed; for a process that knows that none of it ever went out.

    So it is after a claim whose commit was cut off: it may stand in the database although nobody
    was told of it.
    """
    return intents.take_back(transaction)


def settle_interrupted(transaction: Transaction, now: Instant) -> int:
    """At start: what was claimed and has no outcome may have gone out, so it is `unknown`."""
    runs = intents.on_their_way(transaction)
    interrupted = intents.interrupted(transaction, now)
    store_runs.settle_claims(transaction, runs)
    return interrupted
