"""People through the machine, from one moment that matters to the next.

The machine is the one of production (`engine.core.dispatch`), each customer a lane in memory. What
production does between lanes is done here for the few that share an address: they are played side
by side. A message is taken as delivered the moment it may go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any, Final

from engine.backtest.people import Person, Went, take
from engine.backtest.stage import Due, Stage, concerning
from engine.core.carts import CART_EVENTS, keep_cart
from engine.core.changes import Changes
from engine.core.conditions.scope import Scope
from engine.core.coupons import EXPIRED, Promise, ends, promised, tells
from engine.core.dispatch import apply, leave
from engine.core.eligibility import ExitedRun, Hold, Objection, Skip, refusal
from engine.core.facts import CONTACT, Facts, Sent
from engine.core.model import DAY, Event, Firing, Instant, Intent, Occurrence, Refresh, Run
from engine.core.projection import MERGED
from engine.core.reachable import REACHABLE

_FIRST_RUN: Final = 1 << 40
"""Runs that are begun here have numbers that no stored run has."""
_FIRST_EVENT: Final = 1 << 50
_FAR: Final = 1 << 62


def play(stage: Stage, persons: Sequence[Person]) -> None:
    """Live the period: one person, or all who share addresses with each other."""
    lives = [Life(stage, person) for person in persons]
    for one in lives:
        one.beside = [other for other in lives if other is not one]
    if len(lives) == 1:
        (life,) = lives
        while (at := life.next_moment()) <= stage.until:
            life.live(at)
        return
    while True:
        at, place = min((life.next_moment(), place) for place, life in enumerate(lives))
        if at > stage.until:
            return
        lives[place].live(at)


class Life:
    """One person's way through the period."""

    def __init__(self, stage: Stage, person: Person) -> None:
        self.stage = stage
        self.person = person
        self.lane = person.lane
        self.beside: list[Life] = []
        self.now = stage.since
        self.intents = person.intents
        self.went: list[Went] = []
        self._runs = count(_FIRST_RUN)
        self._seqs = count(_FIRST_EVENT)
        self._events = 0
        self._updates = 0
        self._looks = 0
        self._changes = concerning(stage, person)
        self._change = 0
        self._by_id: dict[int, Run] = {run.id: run for run in person.lane.runs}
        self._until_of: dict[Promise, Instant | None] = {}
        self._fired_until = max(stage.since, person.came) - 1
        self._bounded_until = stage.since
        self._due: list[tuple[Due, Instant, date]] | None = None
        self._patient = self._waits = False

    # --- time ------------------------------------------------------------------------------

    def next_moment(self) -> Instant:
        """The next moment at which anything can happen; beyond the end when nothing can."""
        person, stage = self.person, self.stage
        at = self.lane.next_wake() or _FAR
        if self._events < len(person.events):
            at = min(at, person.events[self._events].received_at)
        if self._updates < len(person.updates):
            at = min(at, person.updates[self._updates].at)
        if self._looks < len(person.looks):
            at = min(at, person.looks[self._looks])
        if self._change < len(self._changes):
            at = min(at, self._changes[self._change].at)
        for intent in self.intents:
            at = min(at, intent.ready_at)
        if stage.lines:
            at = min([at, *(moment for _, moment, _ in self._firings())])
        bounds = stage.shop.bounds
        if bounds is not None:
            last = min(at, stage.until)
            change = bounds.next_after(self.lane.facts, self._bounded_until, last)
            at = at if change is None else min(at, change)
        return max(at, self.now)

    def _firings(self) -> list[tuple[Due, Instant, date]]:
        """When each line is due next."""
        if self._due is None:
            facts, after = self.lane.facts, self._fired_until
            self._due = [
                (due, *found)
                for due in self.stage.lines
                if (found := due.line.next_after(facts, after)) is not None
            ]
        return self._due

    def live(self, at: Instant) -> None:
        """Everything that is due at a moment. An answer waits for what goes at this very moment."""
        self._patient, self._waits = True, False
        self._pass(at)
        if self._waits:
            self._patient = False
            self._pass(at)

    def _pass(self, at: Instant) -> None:
        stage = self.stage
        self.now = at
        stage.catalogue.now = at
        updated = self._update(at)
        occurrences = self._occurrences(at)
        if not occurrences and not updated and not self.intents:
            wake = self.lane.next_wake()
            if wake is None or wake > at:
                return  # what happened was only kept in mind
        changes = Changes()
        apply(
            stage.deployment, self.lane, occurrences, at, changes, self._runs.__next__,
            self._seqs.__next__, stage.shop.ports,
        )  # fmt: skip
        self._note(changes)
        if changes.facts:
            self._due = None  # dates of theirs may be others
        if changes.intents or changes.withdrawn or self.intents:
            self._send(changes)
        self.lane.tidy(at)

    def _update(self, at: Instant) -> bool:
        """Let hold what is otherwise from now on; whether anything is."""
        updates, before = self.person.updates, self._updates
        while self._updates < len(updates) and updates[self._updates].at <= at:
            update = updates[self._updates]
            may_play = update.about is None or self._may_play(dict(update.about), update.at)
            if not may_play and self._patient:
                self._waits = True
                break
            self._updates += 1
            self._due = None
            if update.about is not None and not may_play:
                flow = str(update.about.get("flow", ""))
                self.stage.counting.unknowable(self.person, flow, "unsubscribe")
                continue
            take(self.person, update, self.stage.suppressed, self.stage.deployment.zone)
        return self._updates > before

    def _occurrences(self, at: Instant) -> list[Occurrence]:
        person, found = self.person, list[Occurrence]()
        while self._events < len(person.events):
            event = person.events[self._events]
            if event.received_at > at:
                break
            told = event.properties
            if self._patient and _is_about_a_message(told) and not self._may_play(told, event.at):
                self._waits = True
                break
            self._events += 1
            silent = event.name in self.stage.silent and not found
            if silent and not _is_about_a_message(event.properties):
                self._keep_in_mind(event)
            elif self._fits(event):
                found.append(event)
        while self._change < len(self._changes) and self._changes[self._change].at <= at:
            found.append(self._changes[self._change])
            self._change += 1
        if self._looks < len(person.looks) and person.looks[self._looks] <= at:
            found.append(Refresh(at, next(self._seqs)))
            while self._looks < len(person.looks) and person.looks[self._looks] <= at:
                self._looks += 1
        bounds = self.stage.shop.bounds
        if bounds is not None:
            if bounds.next_after(self.lane.facts, self._bounded_until, at) is not None:
                found.append(Refresh(at, next(self._seqs)))
            self._bounded_until = at
        if self.stage.lines:
            fired = [one for one in self._firings() if one[1] <= at]
            scope = Scope(self.lane.facts, at)
            found += [
                Firing(due.flow, due.line.index, day.isoformat(), moment)
                for due, moment, day in fired
                if due.line.audience is None or due.line.audience(scope, None, None)
            ]
            self._fired_until = max(self._fired_until, at)
            if fired:
                self._due = None
        return found

    def _keep_in_mind(self, event: Event) -> None:
        """All that a lane does with an event that moves nothing (`engine.core.projection`)."""
        facts = self.lane.facts
        facts.remember(event)
        if event.name in CART_EVENTS:
            keep_cart(facts, event)

    # --- what a message caused -------------------------------------------------------------

    def _fits(self, event: Event) -> bool:
        """Whether it is played; what it says of messages is made to say it of those sent here."""
        told = event.properties
        if event.name == MERGED:
            told.pop("missed", None)
        elif event.name == REACHABLE:
            wanted = told.get("events")
            told["recent"] = [
                one
                for one in self.person.events[: self._events - 1]
                if one.occurred_at >= event.occurred_at - DAY
                and not one.name.startswith("$")
                and (wanted is None or one.seq in wanted)
            ]
        elif _is_about_a_message(told) and not self._may_play(told, event.at):
            self.stage.counting.unknowable(self.person, str(told["flow"]), event.name)
            return False
        return True

    def _may_play(self, told: dict[str, Any], at: Instant) -> bool:
        """Whether the message that something came of has gone here, too; `told` then names it."""
        run, step, person = told.get("run"), told.get("step"), self.person
        known = run in person.begun or (run in person.old and (run, step) not in person.gone_before)
        if not known:
            return True  # it went before the beginning
        same = [
            one
            for one in self.went
            if one.at <= at and (one.flow, one.message) == (told.get("flow"), told.get("message"))
        ]
        if not same:
            return False
        exact = [one for one in same if one.step == step]
        told["run"], told["step"] = (exact or same)[-1].run, (exact or same)[-1].step
        return True

    # --- messages --------------------------------------------------------------------------

    def _note(self, changes: Changes) -> None:
        for run in changes.entered:
            self._by_id[run.id] = run
        for show in changes.shows:
            run = self._by_id[show.run]
            self.went.append(
                Went(run.flow, show.message, "onsite", show.at, show.step, run.id, run.version)
            )
        self.stage.counting.moved(self.person, changes)

    def _send(self, changes: Changes) -> None:
        """Claim what is ready, the more important first, and let it go."""
        withdrawn = {one.run for one in changes.withdrawn}
        self.intents.extend(changes.intents)
        self.intents.sort(key=lambda one: (one.ready_at, -one.priority, one.flow, one.order))
        waiting: list[Intent] = []
        facts, now = self.lane.facts, self.now
        for intent in self.intents:
            if intent.ready_at > now and intent.run not in withdrawn:
                waiting.append(intent)
                continue
            run = self._by_id.get(intent.run)
            if intent.run in withdrawn:
                self._drop(intent, "the flow was left")
                continue
            found = self._refusal(intent, run)
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
                its = other._by_id.get(one.run)  # noqa: SLF001 - of the same kind
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
        if promise not in self._until_of:
            coupon = deployment.coupons[promise.name]
            self._until_of[promise] = ends(coupon, self.now, facts.zone)
        until = self._until_of[promise]
        return Skip(EXPIRED) if until is not None and until < self.now else None


def _is_about_a_message(told: Mapping[str, Any]) -> bool:
    return isinstance(told.get("run"), int) and "flow" in told and "message" in told
