"""One invented customer after the other lives through a flow, and it is counted what comes of it.

What can do nothing is not made a turn of: who does nothing that lets them in is not lived at all,
and what happens to somebody whom it cannot move, and cannot let in, only becomes known of them.
"""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush
from itertools import count
from operator import itemgetter
from typing import Any, Final

from engine.core.carts import CART_EVENTS
from engine.core.changes import Changes
from engine.core.customer import CustomerState
from engine.core.deployment import Deployment
from engine.core.dispatch import apply, come_in, settle
from engine.core.facts import Facts
from engine.core.foresight import Foresight
from engine.core.model import DAY, Event, History, Instant, Occurrence, ProductChange, Properties
from engine.core.orders import ORDER_EVENTS
from engine.core.ports import Ports
from engine.core.program import Program
from engine.core.triggers import PRODUCT
from engine.lab.behaviour import Answering, Profile, made_up, mixed, value_of
from engine.lab.crowd import MAILED, Act, Crowd
from engine.lab.occasions import Change, Occasions, kinds_of
from engine.lab.people import People
from engine.lab.season import Season
from engine.lab.striding import Striding

_PRODUCTS: Final = 50
_TOLD: Final = itemgetter(2, 3, 4)
"""Step, outcome and detail of a row of history."""

_ANOTHER: Final = "newsletter"
"""The message of another flow."""

_LONGEST: Final = 31 * DAY
"""No limit looks further back; who got so many messages is cleaned up after."""

_CAUSED: Final = 1 << 40
"""From here on what comes of messages and steps is numbered: after what people do by themselves."""


class Lives:
    """Lives one customer after the other, and counts. `plain` False: every turn is one of the
    machine proper, and everybody is lived.
    """

    def __init__(
        self,
        deployment: Deployment,
        program: Program,
        season: Season,
        profile: Profile,
        foresight: Foresight,
        *,
        plain: bool,
    ) -> None:
        self._foresight = foresight
        self._chooses = bool(foresight.specs)
        self._ports = Ports(choices=foresight.choices)
        self._deployment = deployment
        self._season = season
        self._profile = profile
        self._told: list[History] = []
        self._catalogue = _products(deployment, profile)
        start, end = season.start, season.start + season.days * DAY
        self._end = end
        self._occasions = Occasions(deployment, program, season.seed, (start, end))
        self._changes: list[Change] = self._occasions.changes(self._catalogue, profile.changes)
        kinds = kinds_of(program)
        asks = program.wanted.past or not {"segment", "calendar", "product"}.isdisjoint(kinds)
        past = profile.past * DAY if asks else 0
        interests = _interests(program)
        self._hears = _heard(deployment, program)
        if self._hears is not None:
            self._hears |= foresight.events
        by_doing = plain and self._occasions.none and not self._changes
        self.crowd = Crowd(
            profile,
            season.seed,
            (start - past, end),
            _PRODUCTS,
            heard=self._hears,
            triggers=[one for one in program.entries if one != PRODUCT and " " not in one],
            asked=program.needs.events | interests | program.wanted.events,
            mails=program.wanted.events,
            letting_in=deployment.entering.keys() if by_doing else None,
            begin=start,
        )
        entries = program.entries.get(PRODUCT, ())
        anybody = PRODUCT in deployment.moving or any(one.interest is None for one in entries)
        self._interests = None if anybody else interests
        self._people = People(profile, season.seed, start, program.wanted)
        self._made_up: dict[str, list[tuple[str, Any]]] = {}
        self._read: dict[tuple[str, int], Properties] = {}
        self._striding = Striding(deployment, self._sent, self._come_in) if plain else None
        self._answering = Answering(profile, season.seed, _PRODUCTS, self._hears)
        self._gone: list[tuple[str, str, Instant]] = []
        self._answers: list[tuple[Instant, str, int, Properties]] = []
        self._person = 0
        self._runs = self._seqs = count().__next__

    def live(self, number: int, acts: list[Act]) -> None:
        """The whole season of one customer."""
        deployment, season, striding = self._deployment, self._season, self._striding
        foresight = self._foresight if self._chooses else None
        if foresight is not None:
            foresight.born()
        self._person = number
        self._runs, self._seqs = count(1).__next__, count(_CAUSED).__next__
        facts = self._somebody(number)
        lane = CustomerState(facts)
        start, end = season.start, self._end
        ahead: list[tuple[Instant, int, Any, Any]] = acts
        if acts and acts[0][0] < start:
            ahead = self._before(lane, acts)
        if deployment.watched:
            settle(deployment, lane, start)
        if not self._occasions.none:
            for one in self._occasions.of(facts, number):
                heappush(ahead, (one.at, self._seqs(), one, None))
        for change in self._changes:
            heappush(ahead, (change[0], self._seqs(), change, None))
        answers = self._answers
        while True:
            wake, first, tie = None, None, False
            for run in lane.runs:
                due = run.wake_at
                if due is not None:
                    if wake is None or due < wake:
                        wake, first, tie = due, run, False
                    elif due == wake:
                        tie = True
            at = ahead[0][0] if ahead else end
            if wake is not None and wake < at:
                at = wake
            if at >= end:
                break
            if foresight is not None:
                foresight.turn(at)
                if striding is not None:
                    striding.choose(foresight.choices)
            if not ahead or ahead[0][0] > at:
                if tie or striding is None or not striding.wake(lane, first, at):  # type: ignore[arg-type]
                    self._turn(lane, [], at)
            else:
                _, order, what, about = heappop(ahead)
                occurrence = self._occurrence(facts, at, order, what, about)
                if wake == at or (ahead and ahead[0][0] == at) or striding is None:
                    self._at_once(lane, ahead, occurrence, at, turns=wake == at)
                elif occurrence is not None and not striding.happen(
                    lane, occurrence, at, self._runs
                ):
                    self._turn(lane, [occurrence], at)
            if answers:
                for when, name, *about in answers:
                    if when < end:
                        heappush(ahead, (when, self._seqs(), name, tuple(about)))
                answers.clear()

    def _at_once(
        self,
        lane: CustomerState,
        ahead: list[Any],
        first: Occurrence | None,
        at: Instant,
        *,
        turns: bool,
    ) -> None:
        """All that happens at one moment, in one turn; `turns`: there is one in any case."""
        occurrences = [] if first is None else [first]
        while ahead and ahead[0][0] == at:
            _, order, what, about = heappop(ahead)
            occurrence = self._occurrence(lane.facts, at, order, what, about)
            if occurrence is not None:
                occurrences.append(occurrence)
        if occurrences or turns:
            self._turn(lane, occurrences, at)

    def count(self) -> None:
        """Add up what was told since the last time."""
        outcomes, striding = self._season.outcomes, self._striding
        outcomes.update(Counter(map(_TOLD, self._told)))
        self._told.clear()
        self._season.send(self._gone)
        self._gone.clear()
        if striding is not None:
            outcomes.update(Counter(striding.rows))
            self._season.straight += len(striding.rows)
            self._season.entered += striding.entered
            striding.entered = 0
            self._season.refused.update(striding.refused)
            striding.refused.clear()
            striding.rows.clear()

    # --- what happens ---------------------------------------------------------------------

    def _somebody(self, number: int) -> Facts:
        facts = Facts(number, self._deployment.zone, catalogue=self._catalogue, trackable=True)
        self._people.be(facts, number)
        for name in self._occasions.dates:
            if not facts.customer.get(name):
                facts.customer[name] = self._occasions.some_date(number, name)
        facts.carts_known = True
        if self._changes:
            facts.catalogue = dict(self._catalogue)
        return facts

    def _before(self, lane: CustomerState, acts: list[Act]) -> list[Any]:
        """What happened before the season is known, and lets nobody in: what is still ahead."""
        start, striding = self._season.start, self._striding
        changes = Changes()
        for place, (at, order, name, product) in enumerate(acts):
            if at >= start:
                return list(acts[place:])
            event = self._event(at, order, name, product)
            event.enters = False
            if striding is None:
                apply(self._deployment, lane, [event], at, changes, self._runs, self._seqs)
            else:
                striding.know(lane, event, at)
        return []

    def _occurrence(
        self, facts: Facts, at: Instant, order: int, what: Any, about: Any
    ) -> Occurrence | None:
        if what.__class__ is str:
            return self._event(at, order, what, about)
        if what.__class__ is not tuple:
            return what  # type: ignore[no-any-return]
        _, occurrence, product, then = what
        facts.catalogue[product] = then  # type: ignore[index]
        return occurrence if self._concerns(facts, occurrence) else None

    def _concerns(self, facts: Facts, occurrence: ProductChange) -> bool:
        """As in life, only those are asked who did something about the product."""
        interests = self._interests
        if interests is None or PRODUCT in self._deployment.moving:
            return True
        return any(
            event.properties.get("item") == occurrence.product
            for name in interests
            for event in facts.history.get(name, ())
        )

    def _event(self, at: Instant, order: int, name: str, about: Any) -> Event:
        """`about` is a product's number, or that and what else the event says."""
        says = None
        if about.__class__ is tuple:
            product, says = about
        else:
            product = about
        read = self._read.get((name, product))
        if read is None:
            types = self._deployment.types
            told = {"item": f"p{product}", "quantity": 1}
            read = types.read_event(name, told, self._catalogue)
            self._read[name, product] = read
        properties = dict(read)
        if name == "purchase":
            properties["order_id"] = f"o{self._person}-{at}"
        if says is not None:
            properties |= says
        elif name in MAILED:
            properties = {"message": _ANOTHER}
        elif name not in CART_EVENTS:
            self._say(name, at, order, properties)
        if self._chooses and name in self._foresight.events:
            self._foresight.did(self._person, name, at, properties)
        return Event(name, properties, at, at, order + 1)

    def _say(self, name: str, at: Instant, order: int, properties: Properties) -> None:
        """What else an event has: as one of the shop's own, or made up by its declaration."""
        known = self._profile.says.get(name)
        if known:
            draw = mixed(self._season.seed, self._person, at, order)
            properties.update(known[draw % len(known)])
            return
        kinds = self._made_up.get(name)
        if kinds is None:
            declared = self._deployment.types.events.get(name, {})
            kinds = [*made_up(declared), *self._people.words(name, declared)]
            self._made_up[name] = kinds
        for place, (what, kind) in enumerate(kinds):
            if what not in properties:
                draw = mixed(self._season.seed, self._person, at, place)
                words = kind.__class__ is list
                properties[what] = kind[draw % len(kind)] if words else value_of(kind, draw)

    # --- what comes of it -----------------------------------------------------------------

    def _turn(self, lane: CustomerState, occurrences: list[Occurrence], at: Instant) -> None:
        """A turn of the machine proper."""
        changes = Changes()
        apply(self._deployment, lane, occurrences, at, changes, self._runs, self._seqs, self._ports)
        self._turned(lane, changes, at)

    def _come_in(self, lane: CustomerState, event: Event, at: Instant) -> None:
        """What is left to the machine proper of an event that moves nobody."""
        changes = Changes()
        come_in(self._deployment, lane, event, at, changes, self._runs, self._seqs, self._ports)
        self._turned(lane, changes, at)

    def _turned(self, lane: CustomerState, changes: Changes, at: Instant) -> None:
        season = self._season
        if changes.begun:
            self._foresight.begun(changes.begun)
        if changes.goals:
            season.goals += len(changes.goals)
        for refused in changes.skipped:
            season.refused[refused.reason] += 1
        if not changes.history:
            return
        self._told.extend(changes.history)
        season.entered += len(changes.entered)
        for run in lane.runs:
            run.unclaimed = False  # what it decided on has gone out
        lane.tidy(at)
        gone = {one.run for one in changes.withdrawn}
        for one in changes.intents:
            if one.run not in gone and one.recipient == "customer":
                self._sent(one.channel, one.message, one.ready_at, one.run, one.step)
        if len(lane.facts.sent) > 40:
            lane.facts.sent = [one for one in lane.facts.sent if one.at > at - _LONGEST]

    def _sent(self, channel: str, message: str, at: Instant, run: int, step: str) -> None:
        """A message went: what the person does with it is still ahead."""
        self._gone.append((channel, message, at))
        if self._chooses:
            self._foresight.sent(self._person, step, channel, at, run)
        acts = self._answering.to(self._person, channel, message, at)
        if acts:
            flow = self._season.flow
            about = {"message": message, "flow": flow, "run": run, "step": step}
            for when, name, product in acts:
                self._answers.append((when, name, product, {} if name == "purchase" else about))


def _products(deployment: Deployment, profile: Profile) -> dict[str, Properties]:
    """A shop's catalogue of some products: its own, or made up as far as they are declared."""
    types, own = deployment.types, profile.products
    found: dict[str, Properties] = {}
    for number in range(_PRODUCTS):
        if own:
            found[f"p{number}"] = {**own[number % len(own)], "id": f"p{number}", "parent": None}
            continue
        told: Properties = {name: 1 + number % 5 for name, _ in made_up(types.product, "number")}
        told |= {name: name for name, _ in made_up(types.product, "text") if number % 2}
        price = round(10 * 1.08**number, 2)  # from 10 to 430, as many cheap ones as dear ones
        told |= {"name": f"Product {number}", "price": price, "stock": 100}
        found[f"p{number}"] = {**types.read_product(told), "id": f"p{number}"}
    return found


def _heard(deployment: Deployment, program: Program) -> frozenset[str] | None:
    """The events that can change anything here; None for all. As in life, others go past the lane
    (decision 126), and here also those that only fill a cart or a score that nobody asks about.
    """
    if deployment.watched:
        return None
    needs = program.needs
    heard = needs.events | deployment.moving | deployment.entering.keys() | ORDER_EVENTS
    heard |= _interests(program)
    if needs.cart:
        heard |= CART_EVENTS
    if needs.scores:
        heard |= deployment.scoring.keys()
    return frozenset(heard)


def _interests(program: Program) -> frozenset[str]:
    """The events by which somebody may be meant by a product's change."""
    found = [one.interest for one in program.entries.get(PRODUCT, ()) if one.interest is not None]
    return frozenset().union(*found)
