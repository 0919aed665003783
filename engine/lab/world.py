"""A world for one test: a customer, products, and time that jumps from due moment to due moment.

Source: semantics, "Tests in the language". The lane is the one that production uses; here its
customer lives in memory, and its changes become a chronicle instead of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from dsl import tree
from engine.core import bounces
from engine.core.bounces import leaves
from engine.core.changes import Changes
from engine.core.choices import Choice
from engine.core.conditions.boundaries import Boundaries
from engine.core.conditions.operations import can_receive
from engine.core.deployment import Deployment
from engine.core.dispatch import apply, leave, settle
from engine.core.eligibility import ExitedRun, Hold, Skip, refusal
from engine.core.facts import CONTACT, Facts
from engine.core.model import (
    DAY,
    Event,
    Firing,
    Instant,
    Intent,
    ManualStart,
    Occurrence,
    Properties,
    Refresh,
)
from engine.core.orders import AGAIN, filled, is_told, order_key
from engine.core.ports import Ports
from engine.core.reachable import REACHABLE
from engine.lab import customer
from engine.lab.chronicler import Chronicler
from engine.lab.codes import Codes
from engine.lab.literals import arguments
from engine.lab.outcome import Chronicle
from engine.lab.script import Cue, Script
from engine.lab.shelf import Shelf

MOST_STEPS = 20_000
"""A test whose runs take more steps than this is taken for one that never ends."""

_AHEAD = 400 * DAY
"""So far is looked for a membership that changes by time alone."""

IsMet = Callable[[Chronicle], bool]
Compose = Callable[[Intent, Facts, Instant], Any]
"""What a message looks like that goes out now."""


class World:
    """One customer of a shop in virtual time. `run` may be called once."""

    def __init__(
        self,
        deployment: Deployment,
        script: Script,
        chronicler: Chronicler,
        boundaries: Boundaries | None,
        is_met: IsMet,
        ports: Ports,
        compose: Compose | None = None,
        known: customer.Known | None = None,
    ) -> None:
        """`is_met` says of a chronicle whether it already holds all that the test expects."""
        self.choices: dict[tuple[str, str], Choice] = {}
        self.ports = replace(ports, choices=self.choices)
        self.compose = compose
        self.deployment = deployment
        self.script = script
        self.told = chronicler
        self.boundaries = boundaries
        self.is_met = is_met
        self.now = script.start
        self.shelf = Shelf(script.start, self._number)
        self.catalogue = self.shelf.catalogue
        for it in script.products:
            self.shelf.give(it.product, deployment.types.read_product(arguments(it.arguments)))
        self.lane = customer.given(script, deployment, self.catalogue, known)
        self.intents: list[Intent] = []
        self.codes = Codes(deployment)
        self.cues = list(script.cues)
        self._just_played: list[Event] = []
        self._soft: dict[str, list[Instant]] = {}
        # Where a test does not say who may be written to, whoever subscribes had not yet.
        self._left: dict[str, Instant] = {}
        self._agreed: set[str] = set(arguments(script.customer).get("can_receive") or ())
        self._looked_until = script.start - 1
        self._runs = 0
        self._seq = 0

    def run(self, *, looks_ahead: bool = False) -> Chronicle:
        """Play the script to its end; with `looks_ahead` the chronicle tells what time alone would
        bring next, the calendar included.
        """
        self._remember()
        settle(self.deployment, self.lane, self.script.start)
        left: Instant | None = None
        while (at := self._next_moment()) is not None:
            if self._is_over(at):
                left = at
                break
            self.now = at
            self._choose()
            changes = Changes()
            apply(
                self.deployment,
                self.lane,
                self._occurrences(),
                at,
                changes,
                self._run_id,
                self._number,
                self.ports,
            )
            self.told.note(changes)
            self.choices |= {key: Choice(begun) for key, begun in changes.begun.items()}
            self._send(changes)
            self.lane.tidy(at)
            self._looked_until = at
            if self.told.steps_taken > MOST_STEPS:
                self.told.never_ends(at, MOST_STEPS)
                break
        if looks_ahead:
            left = self._ahead(left)
        return self.told.chronicle(self.now, self.lane, left)

    # --- what is given ---------------------------------------------------------------------

    def _remember(self) -> None:
        """The given past: it is folded into what is known, and moves nobody."""
        still = replace(self.deployment, programs={}, entering={}, moving=frozenset(), watched={})
        for cue in self.script.past:
            self.told.play(cue)
            self._just_played = []
            occurrences = self._played(cue, enters=False)
            apply(still, self.lane, occurrences, cue.at, Changes(), self._run_id, self._number)

    def _choose(self) -> None:
        """What is due is chosen: the arm that the test gives, else the first."""
        for key, choice in self.choices.items():
            spec = self.deployment.choosing.get(key)
            if spec is None or spec.winner is None or choice.arm is not None:
                continue
            if spec.winner.due(choice.began_at) <= self.now:
                arm = self.script.chosen.get(spec.name, spec.shares[0][1])
                self.choices[key] = choice._replace(arm=arm)

    # --- time ------------------------------------------------------------------------------

    def _next_moment(self) -> Instant | None:
        """The next moment at which anything can happen, None when nothing can any more."""
        due = [cue.at for cue in self.cues[:1]]
        wake = self.lane.next_wake()
        if wake is not None:
            due.append(wake)
        due.extend(intent.ready_at for intent in self.intents)
        due.extend(self.shelf.moments)
        until = self.script.until
        if until is not None:
            due.extend(firing.at for firing in self._firings(until))
            change = self._next_change(until)
            if change is not None:
                due.append(change)
        # Nothing happens twice at one moment, and nothing before what has already happened.
        return max(min(due), self.now) if due else None

    def _is_over(self, at: Instant) -> bool:
        """Past `run for`, runs are followed to their end only while something expected is missing.

        Plays are always played.
        """
        until = self.script.until
        if until is None or at <= until or self.cues:
            return False
        return self.is_met(self.told.chronicle(until, self.lane))

    def _ahead(self, left: Instant | None) -> Instant | None:
        until = self.script.until
        assert until is not None, "only what stops somewhere can look ahead"
        since = max(until, self._looked_until)
        due = [] if left is None else [left]
        for program in self.deployment.programs.values():
            for line in program.schedules:
                found = line.next_after(self.lane.facts, since)
                if found is not None:
                    due.append(found[0])
        if self.boundaries is not None:
            change = self.boundaries.next_after(self.lane.facts, since, since + _AHEAD)
            if change is not None:
                due.append(change)
        return min(due, default=None)

    def _firings(self, until: Instant) -> Iterator[Firing]:
        """What is due by the calendar next, of each line, up to `until`."""
        for program in self.deployment.programs.values():
            for line in program.schedules:
                found = line.next_after(self.lane.facts, self._looked_until)
                if found is not None and found[0] <= until:
                    yield Firing(program.flow, line.index, found[1].isoformat(), found[0])

    def _next_change(self, until: Instant) -> Instant | None:
        """When a membership may change by time alone."""
        if self.boundaries is None:
            return None
        return self.boundaries.next_after(self.lane.facts, self._looked_until, until)

    def _occurrences(self) -> list[Occurrence]:
        """Everything that is due now, but for timers, which the lane knows itself."""
        occurrences: list[Occurrence] = []
        self._just_played = []
        while self.cues and self.cues[0].at <= self.now:
            cue = self.cues.pop(0)
            self.told.play(cue)
            before = self._reach()
            occurrences.extend(self._played(cue))
            occurrences.extend(self._tried_again(before))
        occurrences.extend(self.shelf.falls(self.now))
        until = self.script.until
        if until is not None and self.now <= until:
            occurrences.extend(it for it in self._firings(self.now) if it.at == self.now)
            if self._next_change(until) == self.now:
                occurrences.append(Refresh(self.now, self._number()))
        return occurrences

    # --- plays -----------------------------------------------------------------------------

    def _played(self, cue: Cue, *, enters: bool = True) -> list[Occurrence]:
        if isinstance(cue.play, tree.ProductPlay):
            read = self.deployment.types.read_product(arguments(cue.play.arguments))
            return self.shelf.change(cue.play.product, read, cue.at)
        if isinstance(cue.play, tree.EventPlay) and cue.play.event == "subscribe":
            named = _named(arguments(cue.play.arguments))
            if all(one in self._agreed or self._left.get(one) == cue.at for one in named):
                return []  # no news, or withdrawn at the same moment: the engine says only what is
        return [self._occurrence(cue, cue.play, enters=enters)]

    def _occurrence(
        self,
        cue: Cue,
        play: tree.EventPlay | tree.CustomerPlay | tree.StartPlay,
        *,
        enters: bool,
    ) -> Occurrence:
        match play:
            case tree.CustomerPlay():
                facts, number = self.lane.facts, self._number()
                return customer.change(facts, play, self.script, self.deployment, cue.at, number)
            case tree.StartPlay():
                return ManualStart(play.flow, {}, cue.at, self._number())
        told = arguments(play.arguments)
        self._stock_up(told)
        properties = self.deployment.types.read_event(play.event, told, self.catalogue)
        if play.of is not None:
            properties = {**self._message_of(play.event, play.of), **properties}
        self._agree(play.event, properties, cue.at)
        name = self._told_again(play.event, properties)
        event = Event(name, properties, cue.at, cue.at, self._number(), enters)
        self._just_played.append(event)
        return event

    def _reach(self) -> frozenset[str]:
        facts = self.lane.facts
        return frozenset(what for what in (*CONTACT, *facts.consent) if can_receive(facts, what))

    def _tried_again(self, before: frozenset[str]) -> list[Occurrence]:
        """What was done before a channel could reach the customer is offered once more."""
        gained = [what for what in self._reach() if what not in before]
        if not gained:
            return []
        recent = [
            one
            for name, past in self.lane.facts.history.items()
            for one in past
            if one.occurred_at >= self.now - DAY and not name.startswith(AGAIN)
        ]
        news: Properties = {"gained": sorted(gained), "recent": recent}
        return [Event(REACHABLE, news, self.now, self.now, self._number(), enters=False)]

    def _told_again(self, name: str, properties: Properties) -> str:
        """An order or a refund that is known already is not had a second time."""
        history = self.lane.facts.history
        # What is played at the same moment came before, though the lane has not seen it yet.
        played = [it for it in self._just_played if it.name == name]
        if name == "purchase" and (order := order_key(properties)):
            for earlier in (*history.get(name, ()), *played):
                if order_key(earlier.properties) == order:
                    filling = filled(earlier.properties, properties, replaces=False)
                    earlier.properties.update(filling)
                    return AGAIN + name
        elif name == "refund" and is_told(properties, [*history.get(name, ()), *played]):
            return AGAIN + name
        return name

    def _stock_up(self, told: Properties) -> None:
        """Products that a test speaks of without giving them are created empty."""
        items = told.get("items")
        for item in (told.get("item"), *(items if isinstance(items, list) else ())):
            if isinstance(item, str):
                self.catalogue.setdefault(item, {})

    def _message_of(self, event: str, name: str) -> Properties:
        """`click_email of first` is about the latest message of that label or name."""
        _, _, channel = event.rpartition("_")
        intent = self.told.latest(name, channel if channel in CONTACT else None)
        if intent is None:
            return {"message": self.told.message_of(name)}
        return {
            "message": intent.message,
            "flow": intent.flow,
            "run": intent.run,
            "step": intent.step,
        }

    def _agree(self, event: str, properties: Properties, at: Instant) -> None:
        """What the engine does when these happen: consent follows, dead addresses are not used."""
        facts = self.lane.facts
        said = bounces.reported(event, properties)
        if said is not None:
            kind, channel = said
            soft = self._soft.setdefault(channel, [])
            if kind == "delivered":
                soft.clear()
            elif kind == "soft_bounce":
                soft.append(at)
            if reason := bounces.ends(kind, soft, at):
                facts.suppressed[channel] = reason
        for what in leaves(event, properties):
            facts.consent[what] = False
            self._agreed.discard(what)
            self._left[what] = at
        if event != "subscribe":
            return
        for what in _named(properties):
            self._agreed.add(what)
            facts.consent[what] = True
            if facts.suppressed.get(what) == customer.LEFT_OUT:
                del facts.suppressed[what]

    # --- messages --------------------------------------------------------------------------

    def _send(self, changes: Changes) -> None:
        """Claim what is ready, the more important first, and let it go."""
        withdrawn = {it.run for it in changes.withdrawn}
        self.intents.extend(changes.intents)
        self.intents.sort(key=lambda it: (it.ready_at, -it.priority, it.flow))
        waiting: list[Intent] = []
        facts = self.lane.facts
        for intent in self.intents:
            if intent.ready_at > self.now:
                waiting.append(intent)
                continue
            run = self.told.runs[intent.run]
            program = self.deployment.program(intent.flow, intent.version)
            if intent.run in withdrawn:
                facts.sent = [one for one in facts.sent if one.key != intent.key]
                self.told.withheld(intent, self.now, "the flow was left")
                continue
            found = refusal(self.deployment.rules, program, facts, intent, run, self.now)
            found = found or self.codes.refusal(intent, facts, self.now)
            if isinstance(found, Hold):
                waiting.append(replace(intent, ready_at=found.until))
            elif isinstance(found, Skip):
                facts.sent = [one for one in facts.sent if one.key != intent.key]
                self.told.withheld(intent, self.now, found.reason)
                if isinstance(found, ExitedRun) and run in self.lane.runs:
                    left = Changes()
                    leave(self.deployment, self.lane, run, self.now, left, found.reason)
                    withdrawn |= {it.run for it in left.withdrawn}
                    self.told.note(left)
            else:
                facts.sent = [
                    one._replace(at=self.now, gone=True) if one.key == intent.key else one
                    for one in facts.sent
                ]
                made = self.compose(intent, facts, self.now) if self.compose else None
                self.told.sent(intent, self.now, made)
        self.intents = waiting
        still_waiting = {it.run for it in waiting}
        for run in self.lane.runs:
            run.unclaimed = run.id in still_waiting

    def _run_id(self) -> int:
        self._runs += 1
        return self._runs

    def _number(self) -> int:
        self._seq += 1
        return self._seq


def _named(told: Properties) -> list[str]:
    """The channels and topics that somebody subscribes to: those that are named, else all."""
    return [told[it] for it in ("channel", "topic") if told.get(it)] or list(CONTACT)
