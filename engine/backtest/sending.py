"""What a person's messages come to: claimed again at their moment, as the sender claims them.

What production does between customers is done here for the few that share an address. A message is
taken as delivered the moment it may go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.backtest.holding import Standing
from engine.backtest.person import Person, Went
from engine.backtest.stage import Stage
from engine.core.changes import Changes
from engine.core.coupons import EXPIRED, Promise, ends, promised, tells
from engine.core.dispatch import leave
from engine.core.eligibility import ExitedRun, Hold, Objection, Skip, refusal
from engine.core.facts import CONTACT, Facts, Sent
from engine.core.model import DAY, Instant, Intent, Run
from engine.publishing.brakes import LOOK_AGAIN

STOPPED = "the message was stopped"
"""Why a message waits that somebody stopped."""


class Sending:
    """One person's messages. `runs` are theirs by number, `beside` who shares an address."""

    def __init__(self, stage: Stage, person: Person, runs: Mapping[int, Run]) -> None:
        self.stage = stage
        self.person = person
        self.lane = person.lane
        self.runs = runs
        self.beside: list[Sending] = []
        self.intents = person.intents
        self.went: list[Went] = []
        self.now = stage.since
        self._made: dict[str, Instant] = {}
        self._until_of: dict[Promise, Instant | None] = {}

    def next_moment(self, at: Instant, standing: Standing) -> Instant:
        """When the next message is to be looked at, if that is before `at`."""
        for intent in self.intents:
            if intent.ready_at < at and not standing.rests(intent):
                at = intent.ready_at
        return at

    def send(self, changes: Changes, now: Instant, standing: Standing) -> None:
        """Claim what is ready, the more important first, and let it go."""
        self.now = now
        withdrawn = {one.run for one in changes.withdrawn}
        self.intents.extend(changes.intents)
        self.intents.sort(key=lambda one: (one.ready_at, -one.priority, one.flow, one.order))
        waiting: list[Intent] = []
        facts = self.lane.facts
        for intent in self.intents:
            if intent.run in withdrawn:
                self._drop(intent, "the flow was left")
                continue
            if intent.ready_at > now or standing.rests(intent):
                waiting.append(intent)
                continue
            run = self.runs.get(intent.run)
            found = self._stopped(intent, standing) or self._refusal(intent, run)
            if isinstance(found, Hold):
                waiting.append(replace(intent, ready_at=found.until))
                self.stage.counting.waited(self.person, intent, found.why)
            elif isinstance(found, Skip):
                self._drop(intent, found.reason)
                if isinstance(found, ExitedRun) and run is not None and run in self.lane.runs:
                    left = Changes()
                    leave(self.stage.deployment, self.lane, run, now, left, found.reason)
                    withdrawn |= {one.run for one in left.withdrawn}
                    self.stage.counting.moved(self.person, left)
            else:
                self._go(intent, facts)
        self.intents = waiting
        still_waiting = {one.run for one in waiting}
        for run in self.lane.runs:
            run.unclaimed = run.id in still_waiting

    def _stopped(self, intent: Intent, standing: Standing) -> Objection | None:
        """Of a message that somebody stopped: looked at again, until it is too late for it."""
        if not standing.stops(intent):
            return None
        latest = self._made.setdefault(intent.key, intent.ready_at)
        latest += self.stage.deployment.max_lateness
        if self.now >= latest:
            return Skip("too late")
        return Hold(min(self.now + LOOK_AGAIN, latest), STOPPED)

    def _drop(self, intent: Intent, why: str) -> None:
        facts = self.lane.facts
        facts.sent = [one for one in facts.sent if one.key != intent.key]
        self.stage.counting.stayed(self.person, intent, why)

    def _go(self, intent: Intent, facts: Facts) -> None:
        now = self.now
        facts.sent = [
            one._replace(at=now, gone=True) if one.key == intent.key else one for one in facts.sent
        ]
        if intent.recipient == "customer":
            went = Went(
                intent.flow, intent.message, intent.channel, now, intent.step, intent.run,
                intent.version,
            )  # fmt: skip
            self.went.append(went)
            self.stage.counting.went(self.person, went)

    def _refusal(self, intent: Intent, run: Run | None) -> Objection | None:
        stage, facts, now = self.stage, self.lane.facts, self.now
        if now - intent.ready_at > stage.deployment.max_lateness:
            return Skip("too late")
        program = stage.deployment.versions[intent.flow, intent.version]
        own = facts.sent
        if self.beside:
            facts.sent = own + self._of_others()
        found = refusal(stage.deployment.rules, program, facts, intent, run, now)
        facts.sent = own
        if found is None and self.beside:
            found = self._has_it_already(intent, run)
        return found or self._code(intent, facts)

    def _of_others(self) -> list[Sent]:
        """What went to addresses that this person has, too, from others who have them."""
        mine = self.lane.facts.customer
        found = []
        for other in self.beside:
            theirs = other.lane.facts
            for one in theirs.sent:
                kind = CONTACT[one.channel]
                if one.gone and mine.get(kind) and mine[kind] == theirs.customer.get(kind):
                    found.append(one)
        return found

    def _has_it_already(self, intent: Intent, run: Run | None) -> Skip | None:
        program = self.stage.deployment.versions[intent.flow, intent.version]
        if intent.transactional or intent.recipient != "customer" or intent.to is not None:
            return None
        if any(line.dated is not None for line in program.schedules):
            return None
        kind, mine = CONTACT[intent.channel], self.lane.facts.customer
        for other in self.beside:
            if not mine.get(kind) or mine[kind] != other.lane.facts.customer.get(kind):
                continue
            for one in other.went:
                its = other.runs.get(one.run)
                if (
                    (one.flow, one.step, one.channel) == (intent.flow, intent.step, intent.channel)
                    and self.now - one.at < DAY
                    and (its.key if its else "") == (run.key if run else "")
                ):
                    return Skip("this address has it already")
        return None

    def _code(self, intent: Intent, facts: Facts) -> Skip | None:
        """A code is drawn with the first message that tells of it, and none tells of one that is
        over.
        """
        deployment = self.stage.deployment
        channel = "staff" if intent.recipient == "staff" else intent.channel
        promise = promised(intent.run, intent.payload)
        if promise is None or not tells(
            deployment.rules.coupons, intent.message, channel, intent.payload
        ):
            return None
        if promise.name in self.stage.shop.pooled:
            self.stage.counting.pooled(self.person, intent.flow)
        if promise not in self._until_of:
            coupon = deployment.coupons[promise.name]
            self._until_of[promise] = ends(coupon, self.now, facts.zone)
        until = self._until_of[promise]
        return Skip(EXPIRED) if until is not None and until < self.now else None
