"""Rows of customers into the store, a group at a time, with one statement per kind of fact.

A row is one person by its user id, else by its e-mail address. Who was known by the address
alone and now gets a user id stays the same person; two user ids with one address stay two
accounts (decision 81).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.core.values import Types
from engine.customers import identity, merging, profile
from engine.customers.consent import TRACKING, Consents, Given
from engine.customers.profile import Profile
from engine.imports import agreements
from engine.imports.people import Person
from engine.store import customers as customers_rows
from engine.store import events, identities
from engine.store.writer import Transaction


class CustomerImporter:
    """One group of people on their way into the store."""

    def __init__(
        self, transaction: Transaction, types: Types, now: Instant, source: str, mark: str
    ) -> None:
        """`source` is what proofs of consent name; `mark` and a line make an event's id."""
        self._transaction = transaction
        self._types = types
        newest = events.latest_receipt(transaction)
        self._now = now if newest is None else max(now, newest)
        self._source = source
        self._mark = mark
        self._found: dict[str, dict[str, int]] = {}
        self._alone: set[int] = set()  # customers that are known by their address alone
        self._profiles: dict[int, Profile] = {}
        self._fresh: set[int] = set()
        self._changed: dict[int, int] = {}  # customer -> line
        self._identities: list[tuple[str, str, int, Instant]] = []
        self._addresses: dict[tuple[int, str], tuple[str, str, int, Instant]] = {}
        self._gone: list[tuple[int, str, str, str, str]] = []
        self._left: set[identity.Key] = set()
        self._merges: list[tuple[int, int]] = []
        self._events: list[tuple[str, int, str, Instant, dict[str, Any]]] = []

    def store(self, people: Sequence[Person]) -> list[int]:
        """Write them; give the customer of each, in order."""
        self._look_up(people)
        customers = [self._customer(each) for each in people]
        missing = set(customers) - self._profiles.keys()
        self._profiles.update(profile.load(self._transaction, sorted(missing)))
        for each, customer in zip(people, customers, strict=True):
            self._describe(each, customer)
        self._agree(people, customers)
        self._flush()
        return customers

    # --- who ----------------------------------------------------------------------------

    def _look_up(self, people: Iterable[Person]) -> None:
        people = list(people)
        boxes = {each.mailbox for each in people if each.email}
        addresses = {
            kind: {
                value.casefold()
                for each in people
                if isinstance(value := each.about.properties.get(kind), str)
            }
            for kind in ("phone", "push")
        }
        find = self._transaction
        self._found = {
            identity.USER: identity.find(
                find,
                identity.USER,
                {name for each in people for name in (each.user, each.phone) if name} | boxes,
            ),
            identity.ANONYMOUS: identity.find(
                find, identity.ANONYMOUS, {each.anonymous for each in people if each.anonymous}
            ),
            "email": identity.find(find, "email", boxes),
            **{kind: identity.find(find, kind, values) for kind, values in addresses.items()},
        }
        owners = set(self._found["email"].values())
        names: dict[int, set[str]] = {owner: set() for owner in owners}
        if owners:
            for customer, value in identities.users(find, owners):
                names[customer].add(value.casefold())
        by_box = {customer: box for box, customer in self._found["email"].items()}
        self._alone = {owner for owner, known in names.items() if known <= {by_box[owner]}}

    def _customer(self, each: Person) -> int:
        users, boxes = self._found[identity.USER], self._found["email"]
        user = users.get(each.user) if each.user else None
        owner = boxes.get(each.mailbox) if each.email else None
        visitor = self._found[identity.ANONYMOUS].get(each.anonymous) if each.anonymous else None
        if each.user and user is None:
            customer = owner if owner in self._alone else self._create(each)
            assert customer is not None
            self._name(each.user, customer)
        elif user is not None:
            customer = user
            if owner in self._alone and owner is not None and owner != user:
                self._merges.append((user, owner))
                self._alone.discard(owner)
                boxes[each.mailbox] = user
        elif owner is not None:
            customer = owner
        elif each.email:
            named = users.get(each.mailbox)
            customer = named if named is not None else self._create(each)
            if named is None:
                self._name(each.email, customer)
                self._alone.add(customer)
        elif each.phone:
            owners = self._found["phone"]
            known = owners.get(each.phone.casefold(), users.get(each.phone))
            customer = known if known is not None else self._create(each)
            if known is None:
                self._name(each.phone, customer)
                owners[each.phone.casefold()] = customer
        else:
            customer = visitor if visitor is not None else self._create(each)
        if each.anonymous and visitor is None:
            self._found[identity.ANONYMOUS][each.anonymous] = customer
            self._identities.append((identity.ANONYMOUS, each.anonymous, customer, self._now))
        if each.email and owner is None:
            boxes[each.mailbox] = customer
        return customer

    def _create(self, each: Person) -> int:
        customer = self._transaction.number("customer")
        since = self._now if each.since is None else each.since
        self._profiles[customer] = Profile(customer, {"created_at": since})
        self._fresh.add(customer)
        return customer

    def _name(self, user: str, customer: int) -> None:
        self._found[identity.USER][user] = customer
        self._alone.discard(customer)
        self._identities.append((identity.USER, user, customer, self._now))
        if customer in self._profiles:
            self._profiles[customer].put("id", user)
        else:
            self._profiles.update(profile.load(self._transaction, [customer]))
            self._profiles[customer].put("id", user)

    # --- what ---------------------------------------------------------------------------

    def _describe(self, each: Person, customer: int) -> None:
        about = self._profiles[customer]
        before = {kind: about.properties.get(kind) for kind in identity.ADDRESSES}
        was_changed, about.changed = about.changed, False
        told = each.about.properties
        if each.fills:
            told = {
                name: value for name, value in told.items() if about.properties.get(name) is None
            }
        if customer in self._fresh:
            about.properties.update(told)
            about.zone = each.about.zone or about.zone
        else:
            for name, value in told.items():
                about.put(name, value)
        for name in each.cleared:
            about.put(name, None)
        if each.about.tags is not None and each.about.tags != (about.tags or []):
            about.tags = each.about.tags
            about.changed = True
        if about.changed or customer in self._fresh:
            self._changed.setdefault(customer, each.line)
        about.changed = about.changed or was_changed
        for kind in identity.ADDRESSES:
            if about.properties.get(kind) != before[kind] or customer in self._fresh:
                self._keep_address(customer, kind, about.properties.get(kind), before[kind])

    def _keep_address(self, customer: int, kind: str, told: Any, before: Any) -> None:
        """As `identity.keep_address`: the first to have an address is found by it."""
        value = told.casefold() if isinstance(told, str) else ""
        owners = self._found[kind]
        if isinstance(before, str) and owners.get(before.casefold()) == customer:
            del owners[before.casefold()]
            self._left.add((kind, before.casefold()))
        self._addresses.pop((customer, kind), None)
        if customer not in self._fresh:
            self._gone.append((customer, kind, f"same {kind}", value, f"{value} {customer}"))
        if not value:
            return
        if owners.setdefault(value, customer) == customer:
            self._addresses[customer, kind] = (kind, value, customer, self._now)
        else:
            same = f"{value} {customer}"
            self._addresses[customer, kind] = (f"same {kind}", same, customer, self._now)

    def _agree(self, people: Sequence[Person], customers: Sequence[int]) -> None:
        """Consents with their proof, unless something newer is known: an old file must not
        subscribe people again, and one that says no without a time takes nothing back.
        """
        asked = [(each, who) for each, who in zip(people, customers, strict=True) if each.consent]
        if not asked:
            return
        consents = Consents(self._transaction, self._now)
        consents.read({who for _, who in asked})
        events_say = agreements.last_told(self._transaction, {who for _, who in asked})
        for each, customer in asked:
            about = self._profiles[customer].properties
            for what, said in each.consent.items():
                address = about.get(CONTACT.get(what, ""), "")
                at = self._now if said.at is None else min(said.at, self._now)
                if consents.change(
                    customer,
                    what,
                    agreed=said.agreed,
                    source=f"{self._source}: {said.source}" if said.source else self._source,
                    address=address if isinstance(address, str) else "",
                    detail={"said": said.source},
                    given=Given(at, timed=said.at is not None, imported=True),
                ):
                    name = "subscribe" if said.agreed else "unsubscribe"
                    if events_say.get((customer, what)) == name:
                        continue  # the export of events came first and says so itself
                    self._emit(each.line, customer, what, at, agreed=said.agreed)
        consents.flush()

    def _emit(self, line: int, customer: int, what: str, at: Instant, *, agreed: bool) -> None:
        if what == TRACKING:
            return
        name = "subscribe" if agreed else "unsubscribe"
        which = "channel" if what in CONTACT else "topic"
        self._events.append((f"{line}\t{name}\t{what}", customer, name, at, {which: what}))

    # --- rows ---------------------------------------------------------------------------

    def _flush(self) -> None:
        transaction = self._transaction
        customers_rows.add_described(
            transaction,
            [
                (
                    number,
                    self._now,
                    about.zone,
                    orjson.dumps(about.properties),
                    orjson.dumps(about.tags) if about.tags else None,
                )
                for number in sorted(self._fresh)
                for about in (self._profiles[number],)
            ],
        )
        profile.save(
            transaction,
            [about for number, about in self._profiles.items() if number not in self._fresh],
            self._now,
        )
        identities.drop_others(transaction, self._gone)
        identities.add_free(transaction, [*self._identities, *self._addresses.values()])
        identity.inherit(transaction, sorted(self._left), self._now)
        self._record()
        for survivor, gone in self._merges:
            merging.merge(transaction, survivor, gone, self._now)

    def _record(self) -> None:
        """Each change as an event that enters no flow: segments and exits see it."""
        told = [
            (str(line), customer, "$identify", self._now, {"import": self._source})
            for customer, line in self._changed.items()
        ]
        happened = [
            (f"{self._mark} {mark}", customer, name, at, orjson.dumps(properties))
            for mark, customer, name, at, properties in (*told, *self._events)
        ]
        known = events.by_message(self._transaction, [event[0] for event in happened])
        happened = [event for event in happened if event[0] not in known]
        numbers = self._transaction.numbers("event", len(happened)) if happened else range(0)
        events.record(
            self._transaction,
            [
                (number, *event[:4], self._now, False, event[4])
                for number, event in zip(numbers, happened, strict=True)
            ],
        )
