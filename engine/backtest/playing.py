"""People through the machine, from one moment that matters to the next.

The machine is the one of production (`engine.core.dispatch`), each customer a lane in memory. The
few that share an address are played side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count
from typing import Any, Final

from engine.backtest.person import Person, Went
from engine.backtest.sending import Sending
from engine.backtest.shop import BY_HAND
from engine.backtest.stage import Due, Stage, concerning
from engine.backtest.updates import take
from engine.core.carts import CART_EVENTS, keep_cart
from engine.core.changes import Changes
from engine.core.conditions.scope import Scope
from engine.core.dispatch import apply
from engine.core.model import (
    DAY,
    Event,
    Firing,
    Instant,
    ManualStart,
    ManualStop,
    Occurrence,
    Refresh,
    Run,
)
from engine.core.program import WaitSpec
from engine.core.projection import MERGED
from engine.core.reachable import REACHABLE

_FIRST_RUN: Final = 1 << 40
"""Runs that are begun here have numbers that no stored run has."""
_FIRST_EVENT: Final = 1 << 50
_FAR: Final = 1 << 62


def play(stage: Stage, persons: Sequence[Person]) -> None:
    """Live the period: one person, or all who share addresses with each other."""
    lives = [Life(stage, person) for person in persons]
    stage.foresight.born()
    for one in lives:
        one.sending.beside = [other.sending for other in lives if other is not one]
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
        self._runs = count(_FIRST_RUN)
        self._seqs = count(_FIRST_EVENT)
        self._events = 0
        self._updates = 0
        self._looks = 0
        self._changes = concerning(stage, person)
        self._change = 0
        self._by_id: dict[int, Run] = {run.id: run for run in person.lane.runs}
        self.sending = Sending(stage, person, self._by_id)
        self.now = stage.since
        self._standing = stage.standings[0]
        self._stood = 1
        self._fired_until = max(stage.since, person.came) - 1
        self._bounded_until = stage.since
        self._due: list[tuple[Due, Instant, date]] | None = None
        self._patient = self._waits = False

    # --- time ------------------------------------------------------------------------------

    def next_moment(self) -> Instant:
        """The next moment at which anything can happen; beyond the end when nothing can."""
        person, stage = self.person, self.stage
        at = self._next_wake()
        if self._stood < len(stage.standings):
            at = min(at, stage.standings[self._stood].at)
        if self._events < len(person.events):
            at = min(at, person.events[self._events].received_at)
        if self._updates < len(person.updates):
            at = min(at, person.updates[self._updates].at)
        if self._looks < len(person.looks):
            at = min(at, person.looks[self._looks])
        if self._change < len(self._changes):
            at = min(at, self._changes[self._change].at)
        at = self.sending.next_moment(at, self._standing)
        if stage.lines:
            at = min([at, *(moment for _, moment, _ in self._firings())])
        bounds = stage.shop.bounds
        if bounds is not None:
            last = min(at, stage.until)
            change = bounds.next_after(self.lane.facts, self._bounded_until, last)
            at = at if change is None else min(at, change)
        return max(at, self.now)

    def _next_wake(self) -> Instant:
        holds = self._standing.ports.holds
        if not holds:
            return self.lane.next_wake() or _FAR
        moments = (run.wake_at for run in self.lane.runs if run.flow not in holds)
        return min((at for at in moments if at is not None), default=_FAR)

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
        stage, sending = self.stage, self.sending
        self.now = stage.catalogue.now = at
        stopped = self._stand(at)
        stage.foresight.turn(at)
        updated = self._update(at)
        occurrences = [*stopped, *self._occurrences(at)]
        if not (occurrences or updated or sending.intents) and self._next_wake() > at:
            return  # what happened was only kept in mind
        changes = Changes()
        apply(
            stage.deployment, self.lane, occurrences, at, changes, self._runs.__next__,
            self._seqs.__next__, self._standing.ports,
        )  # fmt: skip
        stage.foresight.begun(changes.begun)
        self._note(changes)
        if changes.facts:
            self._due = None  # dates of theirs may be others
        if changes.intents or changes.withdrawn or sending.intents:
            sending.send(changes, at, self._standing)
        self.lane.tidy(at)

    def _stand(self, at: Instant) -> list[Occurrence]:
        """Let what was held back then be held back, as `engine.publishing.pausing` does."""
        standings, stops = self.stage.standings, list[Occurrence]()
        while self._stood < len(standings) and standings[self._stood].at <= at:
            before, standing = self._standing, standings[self._stood]
            self._standing, self._stood = standing, self._stood + 1
            if standing.act == "flow stop":
                stops.append(ManualStop(standing.flow, at, next(self._seqs)))
            elif before.ports.holds.get(standing.flow) == "paused":
                for run in self.lane.runs:
                    if run.flow == standing.flow:
                        self._wake(run, at)
        return stops

    def _wake(self, run: Run, at: Instant) -> None:
        """Whoever waited for something is asked what happened meanwhile."""
        op = self.stage.deployment.versions[run.flow, run.version].ops[run.node]
        looks = isinstance(op.spec, WaitSpec) and bool(op.spec.arms) and run.state == "waiting"
        if looks and run.wake_at is not None and run.wake_at > run.arrived_at:
            run.memory.setdefault("retime", run.wake_at)
            run.wake_at = at

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
            take(self.lane.facts, update, self.stage.suppressed, self.stage.deployment.zone)
        return self._updates > before

    def _occurrences(self, at: Instant) -> list[Occurrence]:
        person, found = self.person, list[Occurrence]()
        while self._events < len(person.events):
            event = person.events[self._events]
            if event.received_at > at:
                break
            answers = _is_about_a_message(event.properties)
            known = not answers or self._may_play(event.properties, event.at)
            if not known and self._patient:
                self._waits = True
                break
            self._events += 1
            if not known:
                flow = str(event.properties["flow"])
                self.stage.counting.unknowable(person, flow, event.name)
            elif event.name in self.stage.silent and not found and not answers:
                self._keep_in_mind(event)
            else:
                found.append(self._told_here(event))
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

    def _told_here(self, event: Event) -> Occurrence:
        """What happened, as those who are played here are told of it."""
        told = event.properties
        if event.name in BY_HAND:
            flow = str(told.pop("flow", ""))
            if event.name == "$stop":
                return ManualStop(flow, event.at, event.seq)
            return ManualStart(flow, told, event.at, event.seq)
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
        return event

    def _may_play(self, told: dict[str, Any], at: Instant) -> bool:
        """Whether the message that something came of has gone here, too; `told` then names it."""
        run, step, person = told.get("run"), told.get("step"), self.person
        known = run in person.begun or (run in person.old and (run, step) not in person.gone_before)
        if not known:
            return True  # it went before the beginning
        same = [
            one
            for one in self.sending.went
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
            self.sending.went.append(
                Went(run.flow, show.message, "onsite", show.at, show.step, run.id, run.version)
            )
        self.stage.counting.moved(self.person, changes)


def _is_about_a_message(told: Mapping[str, Any]) -> bool:
    return isinstance(told.get("run"), int) and "flow" in told and "message" in told
