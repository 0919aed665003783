"""A stage for flows in tests: one customer, a clock that is turned by hand, and what came out."""

from dataclasses import fields
from itertools import count

from dsl import tree
from dsl.graph.compiler import compile_flow
from dsl.parsing.parser import parse
from engine.core import calendar
from engine.core.changes import Changes
from engine.core.deployment import compile_shop
from engine.core.dispatch import CustomerState, apply, settle
from engine.core.facts import Facts
from engine.core.model import (
    DAY,
    HOUR,
    MINUTE,
    Event,
    Firing,
    ManualStart,
    ManualStop,
    PriceFall,
    ProductChange,
    Refresh,
)
from engine.core.ports import CLOSED
from engine.core.prices import STANDS, Step, fall_of, price_of
from engine.core.values import Types

BERLIN = "Europe/Berlin"

_EVENT = {
    "item": "text",
    "items": "list",
    "value": "money",
    "price": "money",
    "quantity": "number",
    "category": "text",
    "name": "text",
    "order_id": "text",
    "message": "text",
    "url": "text",
    "search_term": "text",
    "starts_at": "date",
    "referrer_id": "text",
}
_EVENTS = (
    "add_to_cart remove_from_cart view_cart purchase view_item click_email open_email search"
    " begin_checkout subscribe unsubscribe sign_up leave_site add_to_wishlist notify_me page_view"
    " remove_from_wishlist payment_failed shipped delivered refund referred sent_email"
)

BUILTIN = Types(
    {
        "email": "text",
        "phone": "text",
        "country": "text",
        "birthday": "date",
        "created_at": "date",
        "total_spent": "money",
        "orders": "number",
        "tier": "text",
        "budget": "money",
        "seen_at": "date",
        "days": "number",
        "first_name": "text",
    },
    {
        "price": "money",
        "stock": "number",
        "category": "text",
        "name": "text",
        "usage_days": "number",
        "guide_url": "text",
    },
    {name: dict(_EVENT) for name in _EVENTS.split()},
)

STORE = """\
store "Test":
  timezone "Europe/Berlin"
  currency EUR
"""
_CAME_TO_ITS_END = (None, "finished", "exit")


def declarations(*texts):
    found = []
    for text in texts:
        parsed = parse(text)
        assert not [one for one in parsed.diagnostics if one.severity == "error"]
        found += parsed.tree.declarations
    return found


def shop_of(*texts, flows=None, messages=None, **more):
    """A shop from flow texts; a plain store in Berlin stands in where none is declared."""
    found = declarations(*texts)
    if not any(isinstance(one, tree.Store) for one in found):
        found = [*declarations(STORE), *found]
    graphs = {one.name: compile_flow(one) for one in found if isinstance(one, tree.Flow)}
    return compile_shop(found, graphs, BUILTIN, flows=flows, messages=messages, **more)


def moment(text, zone=BERLIN):
    """`2026-01-05 10:00` as an instant."""
    from datetime import datetime

    return calendar.instant(datetime.fromisoformat(text), zone)


class Stage:
    """Ada and her shop. `at` is minutes after the start, or a local time."""

    def __init__(self, *texts, start="2026-01-05 10:00", holdout=frozenset(), **customer):
        self.deployment = shop_of(*texts) if isinstance(texts[0], str) else texts[0]
        self.start = self.now = moment(start)
        self.catalogue = {}
        facts = Facts(7, BERLIN, catalogue=self.catalogue, trackable=True)
        facts.customer = {"email": "ada@example.com", "phone": "+49", "push": "token"}
        facts.customer.update(self.deployment.types.read_customer(customer))
        facts.consent = {"email": True, "sms": True, "push": True}
        self.lane = CustomerState(facts, holdout=holdout)
        self.ports = CLOSED
        self.changes = Changes()
        self.gone = []
        self.run_ids = count(1)
        self.seqs = count(1_000_000)
        self.events = count(1)

    @property
    def facts(self):
        return self.lane.facts

    def given(self, product, **properties):
        self.catalogue[product] = self.deployment.types.read_product(properties)

    def at(self, when):
        return moment(when) if isinstance(when, str) else self.start + round(when * MINUTE)

    def past(self, days, name, **properties):
        """History: applied long ago."""
        self.play(-days * 24 * 60, name, enters=False, **properties)

    def event(self, when, name, *, occurred=None, enters=True, **properties):
        at = self.at(when)
        read = self.deployment.types.read_event(name, properties, self.catalogue)
        happened = at if occurred is None else self.at(occurred)
        return Event(name, read, happened, at, next(self.events), enters)

    def play(self, when, name, *, occurred=None, enters=True, **properties):
        event = self.event(when, name, occurred=occurred, enters=enters, **properties)
        self.apply([event], event.at)
        return event

    def change(self, when, product, **properties):
        before = dict(self.catalogue.get(product, {}))
        after = {**before, **self.deployment.types.read_product(properties)}
        self.catalogue[product] = after
        at = self.at(when)
        self.apply([ProductChange(product, before, after, at, next(self.events))], at)
        was, price = price_of(before.get("price")), price_of(after.get("price"))
        if was != price:
            at += STANDS
            fall = fall_of([Step(at - DAY, was), Step(at - STANDS, price)], at)
            if fall is not None:
                self.apply(
                    [PriceFall(product, fall, after.get("stock"), at, next(self.events))], at
                )

    def fire(self, when, flow, line=0):
        at = self.at(when)
        day = calendar.local_date(at, BERLIN).isoformat()
        self.apply([Firing(flow, line, day, at)], at)

    def start_by_hand(self, when, flow, **properties):
        self.apply([ManualStart(flow, properties, self.at(when))], self.at(when))

    def stop(self, when, flow):
        self.apply([ManualStop(flow, self.at(when))], self.at(when))

    def refresh(self, when):
        self.apply([Refresh(self.at(when))], self.at(when))

    def settle(self):
        settle(self.deployment, self.lane, self.now)

    def run(self, when):
        """Turn the clock, visiting each due moment."""
        until = self.at(when)
        while (wake := self.lane.next_wake()) is not None and wake <= until:
            self.apply([], max(wake, self.now))
        self.now = max(self.now, until)
        return self

    def apply(self, occurrences, at):
        if at > self.now or occurrences:
            while (wake := self.lane.next_wake()) is not None and wake < at and wake >= self.now:
                self._apply([], wake)
        self._apply(occurrences, at)

    def _apply(self, occurrences, at):
        """A pass with changes of its own, as the worker makes it: its messages go at its end."""
        self.now = max(self.now, at) if at >= self.start else self.now
        changes = Changes()
        apply(
            self.deployment,
            self.lane,
            occurrences,
            at,
            changes,
            self.run_ids.__next__,
            self.seqs.__next__,
            self.ports,
        )
        left = {gone.run for gone in changes.withdrawn} | {
            run.id for run in changes.changed.values() if run.end_kind not in _CAME_TO_ITS_END
        }
        self.gone += [intent for intent in changes.intents if intent.run not in left]
        for whole in fields(Changes):
            all_of, of_pass = getattr(self.changes, whole.name), getattr(changes, whole.name)
            if isinstance(all_of, list):
                all_of.extend(of_pass)
            else:
                all_of.update(of_pass)

    # --- what came out ---------------------------------------------------------------------

    @property
    def sent(self):
        """Messages to the customer: (channel message, local time)."""
        return [
            (f"{one.channel} {one.message}", f"{calendar.local(one.ready_at, BERLIN):%m-%d %H:%M}")
            for one in self.changes.intents
            if one.recipient == "customer"
        ]

    @property
    def messages(self):
        return [what for what, _ in self.sent]

    @property
    def runs(self):
        return self.changes.entered

    @property
    def ends(self):
        return [(run.end_kind, run.end_reason) for run in self.runs]

    @property
    def skipped(self):
        return [one.reason for one in self.changes.skipped]

    def outcomes(self, outcome):
        return [row.detail for row in self.changes.history if row.outcome == outcome]


__all__ = ["BERLIN", "DAY", "HOUR", "MINUTE", "Stage", "moment", "shop_of"]
