"""Claiming what is due: the last look at a message before it goes.

A claim re-checks everything in the transaction that commits it; after it, at most one delivery is
attempted. What becomes of it stands in `engine.delivery.outcomes`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Final, Literal, NamedTuple

import orjson

from engine.core import eligibility
from engine.core.changes import Changes
from engine.core.dispatch import CustomerState, leave
from engine.core.eligibility import ExitedRun, Hold, Objection, Skip
from engine.core.facts import Facts, Sent
from engine.core.model import MINUTE, Instant, Intent, Run
from engine.delivery import codes, warming
from engine.delivery.composer import NoEnvelopeError, recipient_of, webhook_of
from engine.delivery.lanes import Held, Lanes, Wanted
from engine.delivery.mailboxes import Mailboxes
from engine.publishing import warming as warm_up
from engine.publishing.brakes import LOOK_AGAIN
from engine.publishing.brakes import Key as Stopped
from engine.publishing.live import Live
from engine.store import changes as store_changes
from engine.store import intents, pending, states
from engine.store import runs as store_runs
from engine.store.coupons import OUT_OF_CODES
from engine.store.customers import find_customer
from engine.store.states import RECIPIENT_NUMBERS, RECIPIENTS
from engine.store.writer import Row, Transaction

GROUP: Final = 100
"""So many are claimed at once, at most."""
_BESIDE: Final = 16
"""So many more are looked at, to see what one customer gets at one moment together."""
_PAGES: Final = 8
"""So often it is looked further, where what is due longest cannot go now."""
PROVIDER_PAUSE: Final = 5 * MINUTE


class Claimed(NamedTuple):
    """An intent that is ours to deliver, once. `number` is which attempt this is, `wanted` what it
    goes through. `again`: an earlier process may have delivered it, under the same key.
    """

    intent: Intent
    call: bool
    facts: Facts
    number: int
    wanted: Wanted
    again: bool = False

    @property
    def key(self) -> tuple[int, str, int, int]:
        intent = self.intent
        kind = "call" if self.call else intent.recipient
        return intent.run, intent.step, intent.visit, RECIPIENT_NUMBERS[kind]

    @property
    def warms(self) -> bool:
        """Whether it counts among a young sender's mails of the day."""
        intent = self.intent
        is_marketing = intent.recipient == "customer" and not intent.transactional
        return is_marketing and intent.channel == "email" and not self.call and self.number == 1

    @property
    def name(self) -> str:
        """The idempotency key that goes with every attempt."""
        run, step, visit, _ = self.key
        return f"{run}:{step}:{visit}:{'call' if self.call else self.intent.recipient}"


def claim(
    transaction: Transaction, live: Live, lanes: Lanes | None = None, limit: int = GROUP
) -> tuple[list[Claimed], bool]:
    """Claim ready intents, as many as there is room for in `lanes`, which then counts them; say
    also whether anything was decided (claimed, skipped or held).

    Of one customer and channel nothing is claimed while another is on its way.
    """
    lanes = lanes or Lanes({})
    lanes.look_anew()
    warming.hold_back(transaction, live, live.clock.now())
    claimed, decided, all_seen = _look(transaction, live, lanes, limit, patient=True)
    if not (claimed or decided or all_seen):
        # So many wait for somebody who does not answer that nobody behind them is seen.
        claimed, decided, _ = _look(transaction, live, lanes, limit, patient=False)
    if live.deployment.warm_up is not None:
        warm_up.count(transaction, live.clock.now(), sum(one.warms for one in claimed))
    return claimed, decided


def _look(
    transaction: Transaction, live: Live, lanes: Lanes, limit: int, *, patient: bool
) -> tuple[list[Claimed], bool, bool]:
    """What was claimed, whether anything was decided, and whether all that is due was seen or there
    is no room for more.
    """
    now = live.clock.now()
    claimed: list[Claimed] = []
    decided = False
    after: Row | None = None
    for _ in range(_PAGES):
        more = limit - len(claimed) + _BESIDE
        goes = live.brakes.everything is None
        found = intents.ready(transaction, now, more, lanes.closed(now), after, marketing=goes)
        rows = _in_order(found, live, more)
        if not rows:
            return claimed, decided, True
        page = _Page(transaction, live, lanes, now, patient=patient)
        decided = page.decide(rows, limit - len(claimed)) or decided
        claimed += page.claimed
        if len(found) < more or len(claimed) >= limit or page.is_full:
            return claimed, decided, True
        after = max(rows, key=lambda row: (row[10], row[4], row[:4]))
    return claimed, decided, False


def _in_order(rows: list[Row], live: Live, limit: int) -> list[Row]:
    """Rows that were found, by moment, priority, flow, and the order in which the run reached them.
    Where more than `limit` may be due, the last customer's of one moment are left for the next
    time, so that all of them are seen beside each other.
    """
    if len(rows) == limit:
        last = (rows[-1][10], rows[-1][4])
        whole = [row for row in rows if (row[10], row[4]) != last]
        rows = whole or rows
    several = {run for run, count in Counter(row[0] for row in rows).items() if count > 1}
    return sorted(
        rows,
        key=lambda row: (
            row[10],
            -row[11],
            live.flows.name(row[5]),
            row[0],
            intents.order_of(row) if row[0] in several else 0,
            row[1:4],
        ),
    )


class _Page:
    """Decides on some rows that were found together."""

    def __init__(
        self, transaction: Transaction, live: Live, lanes: Lanes, now: Instant, *, patient: bool
    ) -> None:
        self._patient = patient
        self._transaction = transaction
        self._live = live
        self._lanes = lanes
        self._now = now
        self.claimed: list[Claimed] = []
        # Of whom something was left where it is: what comes after it waits, too.
        self._left: set[tuple[int, str]] = set()
        self._runs: dict[int, Run] = {}
        self._boxes: Mailboxes

    @property
    def is_full(self) -> bool:
        return self._lanes.all_room <= 0

    def decide(self, rows: list[Row], limit: int) -> bool:
        """Claim at most `limit`, skip, hold, or leave; whether anything but left."""
        transaction, live, now = self._transaction, self._live, self._now
        rows = [row for row in rows if not self._lanes.is_busy(row[4], row[7])]
        customers = {row[4] for row in rows}
        # What a customer did and no lane has seen may end the run: their intents wait for it.
        waiting = pending.waiting(transaction, customers) if rows else set()
        rows = [row for row in rows if row[4] not in waiting]
        if not rows:
            return False
        loaded = live.load(transaction, customers - waiting, now)
        self._runs = states.runs_by_id(transaction, {row[0] for row in rows}, live.flows)
        self._boxes = Mailboxes(transaction, loaded.lanes, live.flows, now, live.needs.limits)
        decided: set[int] = set()
        for row in rows:
            if len(self.claimed) >= limit:
                break
            lane = loaded.lanes.get(row[4])
            found = self._decide(row, lane)
            if found is False:
                self._left.add((row[4], row[7]))
                continue
            decided.add(row[0])
            if isinstance(found, ExitedRun) and lane is not None:
                left = next((one for one in lane.runs if one.id == row[0]), None)
                if left is not None:
                    changes = Changes()
                    leave(live.deployment, lane, left, now, changes, found.reason)
                    store_changes.write(
                        transaction, changes, loaded, live.flows, now, find_customer
                    )
                    self._runs[left.id] = left
        on_its_way = {one.intent.run for one in self.claimed}
        if ended := decided - on_its_way:
            store_runs.settle_claims(transaction, ended)
        return bool(decided)

    def _decide(self, row: Row, lane: CustomerState | None) -> ExitedRun | Literal[False] | None:
        """Claim, skip or hold one intent, and write which. `ExitedRun`: skipped; its run is over.
        False: it is left as it is.
        """
        transaction, live, now = self._transaction, self._live, self._now
        intent, call = intent_of(row, live)
        key = row[:4]
        if (reason := self._void(row, intent, lane)) or lane is None:
            intents.skip(transaction, key, reason or "the customer is gone", now)
            return None
        if live.holds.get(intent.flow) == "paused":
            intents.put_aside(transaction, key)
            return None
        if not call and live.providers is not None and intent.channel not in live.providers:
            _await(
                transaction, live, row, now + PROVIDER_PAUSE,
                eligibility.no_provider(intent.channel),
            )  # fmt: skip
            return None
        stop = live.brakes.messages.get(Stopped(intent.flow, intent.message, intent.channel))
        if stop is not None and row[12]:
            why = f"the message is stopped: {stop.reason}"
            _await(transaction, live, row, now + LOOK_AGAIN, why)
            return None
        if (intent.flow, intent.version) not in live.deployment.versions:
            intents.skip(transaction, key, "this version of the flow is no longer kept", now)
            return None
        if (row[4], row[7]) in self._left:
            return False
        wanted = wanted_of(live, self._lanes, intent, lane.facts, call=call)
        verdict = self._lanes.verdict(wanted, now, patient=self._patient)
        if verdict is False:
            return False
        if isinstance(verdict, Held):
            _await(transaction, live, row, verdict.until, "too late", verdict.why)
            return None
        refusal = self._refusal(row, intent, lane.facts, call=call)
        if isinstance(refusal, Hold):
            if refusal.why == OUT_OF_CODES:
                intents.wait_for(transaction, key, refusal.until, OUT_OF_CODES)
            else:
                intents.hold(transaction, key, refusal.until)
            return None
        if refusal is not None:
            exited = isinstance(refusal, ExitedRun)
            reason = f"exit if: {refusal.reason}" if exited else refusal.reason
            intents.skip(transaction, key, reason, now)
            if row[13]:
                codes.take_back(transaction, intent.run, key, now)
            return refusal if isinstance(refusal, ExitedRun) else None
        intents.claim(transaction, key, now, row[13] + 1)
        if row[12]:
            # Counted at once, so that the customer's next intent sees it.
            sent = lane.facts.sent
            sent[:] = [one for one in sent if one.key != intent.key]
            sent.append(Sent(now, intent.channel, intent.key))
            self._boxes.note(intent, self._runs.get(row[0]))
        self._lanes.begin(wanted)
        self.claimed.append(Claimed(intent, call, lane.facts, row[13] + 1, wanted))
        return None

    def _void(self, row: Row, intent: Intent, lane: CustomerState | None) -> str:
        """Why nothing can come of it, whoever it is for; "" where something can."""
        live = self._live
        if lane is None:
            return "the customer is gone"
        if row[:4] in live.gone_before:
            return "it went out before the database was restored"
        if live.holds.get(intent.flow) == "stopped":
            return "the flow was stopped"
        return ""

    def _refusal(self, row: Row, intent: Intent, facts: Facts, *, call: bool) -> Objection | None:
        live, now, run = self._live, self._now, self._runs.get(row[0])
        if now - intent.ready_at > live.deployment.max_lateness:
            return Skip("too late")
        rules = live.deployment.rules
        program = live.deployment.versions[intent.flow, intent.version]
        if call:
            # A call knows neither consent nor limits, but who was left is left.
            staff = replace(intent, recipient="staff")
            return eligibility.refusal(rules, program, facts, staff, run, now)
        return (
            eligibility.refusal(rules, program, facts, intent, run, now)
            or self._boxes.refusal(intent, run, program)
            or codes.provide(self._transaction, live, intent, facts, row[9], now)
        )


def again(
    transaction: Transaction, live: Live, lanes: Lanes, keys: Collection[intents.Key]
) -> list[Claimed]:
    """What was claimed by a process that is gone, and may be asked for again under the same key."""
    now = live.clock.now()
    rows = [row for row in intents.on_their_way(transaction) if row[:4] in keys]
    loaded = live.load(transaction, {row[4] for row in rows}, now)
    found: list[Claimed] = []
    for row in rows:
        lane = loaded.lanes.get(row[4])
        if lane is not None:
            intent, call = intent_of(row, live)
            wanted = wanted_of(live, lanes, intent, lane.facts, call=call)
            lanes.begin(wanted)
            found.append(Claimed(intent, call, lane.facts, row[13], wanted, again=True))
    return found


def wanted_of(live: Live, lanes: Lanes, intent: Intent, facts: Facts, *, call: bool) -> Wanted:
    """What a message would go through."""
    channel = "call" if call else "email" if intent.recipient == "staff" else intent.channel
    try:
        address = (
            webhook_of(live.deployment, intent.message)[0]
            if call
            else recipient_of(live.deployment, intent, facts)
        )
    except NoEnvelopeError:
        address = ""
    return Wanted(intent.customer, channel, lanes.lane(channel, address), intent.message)


def _await(
    transaction: Transaction, live: Live, row: Row, until: Instant, late: str, why: str = ""
) -> None:
    """Look again then, until it is too late for it (`late` says why)."""
    latest = row[9] + live.deployment.max_lateness
    now = live.clock.now()
    if now >= latest:
        intents.skip(transaction, row[:4], late, now)
    elif why:
        intents.wait_for(transaction, row[:4], min(until, latest), why)
    else:
        intents.hold(transaction, row[:4], min(until, latest))


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
