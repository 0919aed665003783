"""Reads people as they stood at the beginning, with what happened to them since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from engine.backtest.imported import BEGINNING, Imports, let_know
from engine.backtest.person import Person, Went
from engine.backtest.products import PastCatalogue
from engine.backtest.shop import Shop
from engine.backtest.standing import standing
from engine.backtest.updates import Suppressed, Update, agree
from engine.core import calendar, membership
from engine.core.carts import CART_EVENTS, cart_of
from engine.core.conditions.scope import Scope
from engine.core.customer import CustomerState
from engine.core.facts import Facts, Sent
from engine.core.model import Event, Instant, Intent
from engine.core.orders import COUNTED, FILLED
from engine.core.projection import add_past_points
from engine.store import past, past_properties
from engine.store.connection import Row
from engine.store.past_properties import TAGS
from engine.store.rows import Rows
from engine.store.states import RECIPIENTS, FlowNumbers

COUNTED_BY_US: Final = frozenset(("orders", "total_spent", "last_order_at", "first_order_at"))
"""Properties that follow from events: they are counted again."""
_GRANTS: Final = {"granted": True, "confirmed": True, "withdrawn": False}


class People:
    """Reads people page by page, each kind of fact with one statement."""

    def __init__(
        self,
        rows: Rows,
        shop: Shop,
        catalogue: PastCatalogue,
        suppressed: Suppressed,
        imports: Imports,
        period: tuple[Instant, Instant],
    ) -> None:
        self._rows = rows
        self._shop = shop
        self._catalogue = catalogue
        self._suppressed = suppressed
        self._imports = imports
        self._since, self._until = period
        self._flows = FlowNumbers()
        self._flows.read(rows)

    def read(self, found: Sequence[Row]) -> dict[int, Person]:
        """The people of these rows (`engine.store.past.people`), by number."""
        persons = {row[0]: self._person(row) for row in found}
        numbers = sorted(persons)
        self._properties(persons, numbers)
        self._events(persons, numbers)
        self._consents(persons, numbers)
        self._memberships(persons, numbers)
        self._runs(persons, numbers)
        self._messages(persons, numbers)
        for number in past.heirs(self._rows, numbers):
            persons[number].heir = True
        for person in persons.values():
            self._settle(person)
        return persons

    def _person(self, row: Row) -> Person:
        number, came, zone, properties, tags = row
        facts = Facts(
            number,
            zone or self._shop.deployment.zone,
            orjson.loads(properties),
            set(orjson.loads(tags)) if tags else set(),
            catalogue=self._catalogue.as_seen(),
        )
        facts.carts_known = True
        return Person(CustomerState(facts), came)

    def _properties(self, persons: Mapping[int, Person], numbers: Sequence[int]) -> None:
        """Back from today, change by change."""
        for number, at, derived, before in reversed(
            past_properties.since(self._rows, numbers, self._since)
        ):
            if not derived and self._imports.brought(at):
                continue  # it is taken as always having been so
            person = persons[number]
            facts, person.changed = person.lane.facts, True
            for name, was in orjson.loads(before).items():
                if name == TAGS:
                    if not derived and at <= self._until:
                        person.updates.append(Update(at, "tags", name, sorted(facts.tags)))
                    facts.tags = set(was)
                    continue
                if not derived and name not in COUNTED_BY_US and at <= self._until:
                    now = facts.customer.get(name)
                    person.updates.append(Update(at, "property", name, now))
                if was is None:
                    facts.customer.pop(name, None)
                else:
                    facts.customer[name] = was
                if name == "timezone":
                    zone = was if calendar.is_zone(was) else None
                    facts.zone = zone or self._shop.deployment.zone
        for person in persons.values():
            person.updates.reverse()

    def _events(self, persons: Mapping[int, Person], numbers: Sequence[int]) -> None:
        known, loads = self._shop.known, orjson.loads
        for run, who, entered_at in past.all_runs(self._rows, numbers):
            persons[who].mine.add(run)
            if entered_at >= self._since:
                persons[who].begun.add(run)
        for number, seq, mark, name, occurred_at, received_at, enters, properties in past.events(
            self._rows, numbers, self._shop.names, self._until, later=self._imports.as_if_known
        ):
            person = persons[number]
            if received_at >= self._since:
                if mark.startswith("run:") and int(mark.split(":", 2)[1]) in person.mine:
                    continue  # a step recorded it: it is recorded again
                told = loads(properties)
                event = Event(name, told, occurred_at, received_at, seq, bool(enters))
                if name == "purchase":
                    told.pop(FILLED, None)
                    event.counts = not told.pop(COUNTED, False)
                person.events.append(event)
            elif name in known:
                event = Event(name, loads(properties), occurred_at, received_at, seq, bool(enters))
                person.lane.facts.history.setdefault(name, []).append(event)
        for person in persons.values():
            for events in person.lane.facts.history.values():
                events.sort(key=lambda one: (one.occurred_at, one.seq))
            if self._imports.as_if_known:
                brought = self._imports.brought(person.came)
                let_know(person, self._since, self._shop.deployment, brought=brought)

    def _consents(self, persons: Mapping[int, Person], numbers: Sequence[int]) -> None:
        proofs: dict[tuple[int, str], list[Row]] = {}
        for number, what, act, at, source, detail in past.proofs(self._rows, numbers):
            began = BEGINNING if self._imports.brought(at, source) else at
            if act in _GRANTS and began <= self._until:
                proof = (_GRANTS[act], began, source, detail)
                proofs.setdefault((number, what), []).append(proof)
        for number, what, allowed, _ in past.consents(self._rows, numbers):
            if (number, what) not in proofs:
                agree(persons[number].lane.facts, what, allowed=bool(allowed))
        for (number, what), told in proofs.items():
            person = persons[number]
            for allowed, at, source, detail in told:
                if at < self._since:
                    agree(person.lane.facts, what, allowed=allowed)
                elif source != "flow":
                    about = orjson.loads(detail) if detail else {}
                    message = about if isinstance(about.get("run"), int) else None
                    person.updates.append(Update(at, "consent", what, allowed, message))

    def _memberships(self, persons: Mapping[int, Person], numbers: Sequence[int]) -> None:
        watched = self._shop.deployment.watched.keys() - self._shop.anew
        if not watched:
            return
        for number, segment, member in past.memberships(self._rows, numbers):
            if segment in watched:
                persons[number].lane.facts.segments[segment] = bool(member)
        changes = past.membership_changes(self._rows, numbers, self._since)
        for number, segment, joined, at in reversed(changes):
            if segment in watched:
                persons[number].lane.facts.segments[segment] = not joined
                if at <= self._until:
                    persons[number].looks.append(at)
        for person in persons.values():
            person.looks.reverse()

    def _runs(self, persons: Mapping[int, Person], numbers: Sequence[int]) -> None:
        flows = self._flows
        for number, flow, key, entered_at in past.entries(self._rows, numbers, self._since):
            entries = persons[number].lane.entries
            place = (flows.name(flow), key)
            entries[place] = max(entries.get(place, 0), entered_at)
        found, lost = standing(self._rows, self._shop.deployment, flows, numbers, self._since)
        for number, runs in found.items():
            persons[number].lane.runs = runs
        for person in persons.values():
            person.lost = len(person.mine & lost)
            person.old = {run.id for run in person.lane.runs}

    def _messages(self, persons: Mapping[int, Person], numbers: Sequence[int]) -> None:
        flows, rows = self._flows, self._rows
        window = self._shop.window
        for number, at, gone, channel, run, step, visit, recipient in (
            past.limited(rows, numbers, self._since, window) if window else ()
        ):
            key = f"{run}:{step}:{visit}:{RECIPIENTS[recipient]}"
            persons[number].lane.facts.sent.append(Sent(at, channel, key, bool(gone)))
        for row in past.open_intents(rows, numbers, self._since):
            intent = _intent(row, flows)
            if (intent.flow, intent.version) in self._shop.deployment.versions:
                persons[intent.customer].intents.append(intent)
        for number, flow, version, step, channel, message, at, run, _ in past.sent(
            rows, numbers, self._since, self._until
        ):
            went = Went(flows.name(flow), message, channel, at, step, run, version)
            persons[number].live.append(went)
        for run, step, number in past.gone_of(rows, numbers, self._since):
            persons[number].gone_before.add((run, step))

    def _settle(self, person: Person) -> None:
        """What follows from all that."""
        facts, deployment = person.lane.facts, self._shop.deployment
        if not person.counted_again:
            of_carts = (one for name in CART_EVENTS for one in facts.history.get(name, ()))
            facts.cart = cart_of(of_carts)
            if deployment.scores:
                self._scores(facts)
        for channel, reason, at in self._suppressed.of(facts.customer):
            if at < self._since or self._imports.brought(at):
                facts.suppressed[channel] = reason
            elif at <= self._until:
                person.updates.append(Update(at, "suppressed", channel, reason))
        person.updates.sort(key=lambda one: one.at)
        if self._shop.anew:
            inside = membership.evaluate(deployment, facts, self._since)
            facts.segments |= {name: inside[name] for name in self._shop.anew}
        waiting = {intent.run for intent in person.intents}
        for run in person.lane.runs:
            run.unclaimed = run.id in waiting

    def _scores(self, facts: Facts) -> None:
        """Points of what happened before, by today's rules."""
        happened = [event for events in facts.history.values() for event in events]
        for event in sorted(happened, key=lambda one: one.seq):
            for score, matcher, points in self._shop.deployment.scoring.get(event.name, ()):
                if matcher(Scope(facts, event.received_at), event):
                    add_past_points(
                        facts, score.name, points, score.halves, event.occurred_at,
                        event.received_at,
                    )  # fmt: skip


def _intent(row: Row, flows: FlowNumbers) -> Intent:
    detail = orjson.loads(row[14]) if row[14] else {}
    return Intent(
        row[0], row[1], row[2], "staff" if RECIPIENTS[row[3]] == "staff" else "customer", row[7],
        row[8], row[10], row[4], flows.name(row[5]), row[6], row[11], not row[12],
        detail.get("payload") or {}, detail.get("staff"), detail.get("to"),
        order=detail.get("order") or 0, over=detail.get("over"),
    )  # fmt: skip
