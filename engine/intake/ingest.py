"""What came in, into the store: who it is about, what they said of themselves, what they did.

One call of `take` handles everything that waited, inside one transaction of the writer, with one
query per kind. What has a `messageId` that is known already changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from engine.core.facts import CONTACT
from engine.core.model import Instant, Properties
from engine.core.values import Types
from engine.customers import consent, identity, profile
from engine.customers.profile import Profile
from engine.intake.incoming import RECORD_NAMES, Incoming, Taken
from engine.store import coupons, events
from engine.store.dialects import TEXTS, texts
from engine.store.events import STALE_AFTER
from engine.store.writer import Transaction

# Derived message ids hold a tab, which no client's id can: they collide with nothing.
_DERIVED = "\t"
_FILLED_IN = frozenset(("item", "items", "name", "price", "category", "brand", "value"))


def take(
    transaction: Transaction,
    incoming: Sequence[Incoming],
    types: Types,
    now: Instant,
) -> list[Taken]:
    """Store what is new; say for each what became of it, in their order.

    `now` must be read from the clock inside the piece of work.
    """
    return _Intake(transaction, types, now).take(incoming)


class _Intake:
    def __init__(self, transaction: Transaction, types: Types, now: Instant) -> None:
        self._transaction = transaction
        self._types = types
        newest = transaction.row("select received_at from event order by id desc limit 1")
        # The order of ids is the order of receipt, also when the machine's clock is set back.
        self._at = max(now, newest[0]) if newest else now
        self._users: dict[str, int] = {}
        self._visitors: dict[str, int] = {}
        self._known: set[int] = set()
        self._standing: set[int] = set()
        self._fresh: set[int] = set()
        self._profiles: dict[int, Profile] = {}
        self._touched: dict[int, Profile] = {}
        self._consents = consent.Consents(transaction, self._at)
        self._new_customers: list[tuple[Any, ...]] = []
        self._new_identities: list[tuple[str, str, int, Instant]] = []
        self._new_events: list[tuple[Any, ...]] = []
        self._products: dict[str, Properties] = {}

    def take(self, incoming: Sequence[Incoming]) -> list[Taken]:
        stored = self._stored(incoming)
        self._look_up(incoming)
        first: dict[str, int] = {}
        results: list[Taken] = []
        for index, each in enumerate(incoming):
            earlier = first.setdefault(each.message_id, index)
            if earlier != index:
                same = _same_call(incoming[earlier], each)
                before = results[earlier]
                failed = same and before.error
                results.append(before if failed else _again(before.customer, same=same))
            elif each.message_id in stored:
                results.append(self._repeated(each, stored[each.message_id]))
            else:
                results.append(self._take_one(each))
        self._flush()
        return results

    # --- once ---------------------------------------------------------------------------

    def _stored(self, incoming: Iterable[Incoming]) -> dict[str, tuple[Any, ...]]:
        """Which of these message ids are known, with what they were used for."""
        return {
            row[0]: row
            for row in self._transaction.rows(
                "select message_id, customer, name, properties from event"
                f" where message_id in {TEXTS}",
                (texts(each.message_id for each in incoming),),
            )
        }

    def _repeated(self, each: Incoming, stored: tuple[Any, ...]) -> Taken:
        """A retry changes nothing; another body under a known id is refused."""
        _, customer, name, told = stored
        same = name == (each.event or RECORD_NAMES.get(each.kind))
        # A visitor's id may have gone to another person since; a userId stays with its row.
        if same and (each.customer or each.user):
            same = (each.customer or self._users.get(each.user)) == customer
        if same:
            before = orjson.loads(told)
            # Through JSON, as the stored one went.
            after = orjson.loads(orjson.dumps(self._record(each)))
            ours = {key: value for key, value in before.items() if key in after}
            added = before.keys() - after.keys() - _FILLED_IN
            same = not added and all(
                ours.get(key) == value for key, value in after.items() if key != "items"
            )
            same = same and len(ours.get("items") or ()) == len(after.get("items") or ())
        return _again(customer, same=same)

    # --- who ----------------------------------------------------------------------------

    def _look_up(self, incoming: Iterable[Incoming]) -> None:
        users: set[str] = set()
        visitors: set[str] = set()
        for each in incoming:
            if each.user:
                users.add(each.user)
            if each.anonymous:
                visitors.add(each.anonymous)
            if each.previous:
                users.add(each.previous)
                visitors.add(each.previous)
        self._users = identity.find(self._transaction, identity.USER, users)
        self._visitors = identity.find(self._transaction, identity.ANONYMOUS, visitors)
        self._known = set(self._users.values())
        self._known |= identity.known(self._transaction, set(self._visitors.values()) - self._known)
        self._standing = identity.standing(
            self._transaction, {each.customer for each in incoming if each.customer}
        )

    def _customer(self, each: Incoming) -> int:
        """The row that this is about, made or merged where needed."""
        if each.customer:
            if each.customer in self._standing:
                return each.customer
            return identity.living(self._transaction, each.customer)
        user = self._users.get(each.user) if each.user else None
        visitor = self._visitors.get(each.anonymous) if each.anonymous else None
        if not each.user:
            return visitor or self._create("", each.anonymous)
        if not each.anonymous:
            return user or self._create(each.user, "")
        if user is None:
            if visitor is None or visitor in self._known:
                # A second person at this browser: what comes now is theirs.
                return self._create(each.user, each.anonymous)
            self._attach_user(each.user, visitor)
            return visitor
        if visitor is None or (visitor != user and visitor in self._known):
            self._attach_visitor(each.anonymous, user)
        elif visitor != user:
            self._merge(user, visitor)
        return user

    def _create(self, user: str, anonymous: str) -> int:
        customer = self._transaction.number("customer")
        self._fresh.add(customer)
        about = {"created_at": self._at}
        self._new_customers.append((customer, self._at, orjson.dumps(about)))
        self._profiles[customer] = Profile(customer, about)
        self._consents.is_new(customer)
        if user:
            self._attach_user(user, customer)
        if anonymous:
            self._attach_visitor(anonymous, customer)
        return customer

    def _attach_user(self, user: str, customer: int) -> None:
        self._users[user] = customer
        self._known.add(customer)
        self._profile(customer).put("id", user)
        self._new_identities.append((identity.USER, user, customer, self._at))

    def _attach_visitor(self, anonymous: str, customer: int) -> None:
        self._visitors[anonymous] = customer
        self._new_identities.append((identity.ANONYMOUS, anonymous, customer, self._at))

    def _merge(self, survivor: int, gone: int) -> None:
        self._flush()
        identity.merge(self._transaction, survivor, gone, self._at)
        self._standing.discard(gone)
        self._profiles.clear()
        self._consents.forget()
        for found in (self._users, self._visitors):
            for value, customer in found.items():
                if customer == gone:
                    found[value] = survivor

    def _alias(self, each: Incoming) -> Taken:
        previous = self._visitors.get(each.previous) or self._users.get(each.previous)
        customer = self._users.get(each.user)
        if previous is None:
            customer = customer or self._create(each.user, "")
            self._attach_visitor(each.previous, customer)
        elif customer is None:
            if previous in self._known and each.browser:
                return _refused("forbidden", "A browser key cannot rename a user.", "previousId")
            self._attach_user(each.user, previous)
            customer = previous
        elif customer != previous:
            if previous in self._known and each.browser:
                return _refused("forbidden", "A browser key cannot merge users.", "previousId")
            self._merge(customer, previous)
        self._record_event(each, customer)
        return Taken(customer)

    # --- what ---------------------------------------------------------------------------

    def _take_one(self, each: Incoming) -> Taken:
        if each.kind == "alias":
            return self._alias(each)
        before = self._visitors.get(each.anonymous) if each.anonymous else None
        customer = self._customer(each)
        if not customer:
            return _refused("unknown", "There is no such customer.", "customer")
        taken = Taken(customer)
        # Stored first: the consents that follow from it are later occurrences.
        self._record_event(each, customer)
        if each.kind == "identify":
            own = not each.browser or customer in self._fresh or before == customer
            # A visitor that was merged just now into a known person is not yet that person.
            if own:
                self._identify(each, customer, taken)
            elif each.traits or each.consent:
                taken.ignored.append("traits: a browser key writes only its own visitor's")
        elif each.zone and customer in self._fresh:
            self._profile(customer).put("timezone", each.zone)
        told = each.properties
        if each.event == "purchase" and (told.get("coupon") or told.get("coupons")):
            self._redeem(each, customer)
        return taken

    def _identify(self, each: Incoming, customer: int, taken: Taken) -> None:
        about = self._profile(customer)
        addresses = {kind: about.properties.get(kind) for kind in identity.ADDRESSES}
        taken.ignored += about.apply(each.traits, self._types)
        if each.zone and not about.zone:
            about.put("timezone", each.zone)
        if each.language and not about.properties.get("language"):
            about.put("language", each.language)
        for kind, before in addresses.items():
            address = about.properties.get(kind)
            if address != before:
                value = address if isinstance(address, str) else ""
                identity.keep_address(
                    self._transaction, customer, kind, value, self._at, first=not before
                )
                if each.browser and before:
                    self._forget_consent(customer, kind, str(before))
        for what, agreed in each.consent.items():
            self._consent(each, customer, what, agreed=agreed, taken=taken)

    def _forget_consent(self, customer: int, kind: str, address: str) -> None:
        """A consent belongs to the address that it was given for."""
        for channel, property_name in CONTACT.items():
            if property_name == kind and self._consents.allowed(customer, channel):
                self._consents.change(
                    customer,
                    channel,
                    agreed=False,
                    source="the address was changed in a browser",
                    address=address,
                )

    def _consent(
        self, each: Incoming, customer: int, what: str, *, agreed: bool, taken: Taken
    ) -> None:
        address = self._profile(customer).properties.get(CONTACT.get(what, ""), "")
        if not isinstance(address, str):
            address = ""
        if each.browser and agreed:
            if what != "email":
                taken.ignored.append(f"traits.consent.{what}: a browser key cannot assert it")
            elif not address:
                taken.ignored.append(f"traits.consent.{what}: there is no address to confirm")
            else:
                self._flush()
                consent.ask(
                    self._transaction,
                    customer,
                    what,
                    address=address,
                    at=self._at,
                    source=each.source,
                )
            return
        confirmed = each.source == "double opt-in"
        changed = self._consents.change(
            customer,
            what,
            agreed=agreed,
            source=each.source,
            address=address,
            detail={**each.properties, "told_at": each.occurred_at or self._at},
            act="confirmed" if confirmed and agreed else None,
        )
        if changed and what != consent.TRACKING:
            which = "channel" if what in CONTACT else "topic"
            told = {which: what, **each.properties}
            name = "subscribe" if agreed else "unsubscribe"
            if confirmed and agreed:
                self._emit(each, customer, "confirm_subscription", what, told)
            self._emit(each, customer, name, what, told)

    def _redeem(self, each: Incoming, customer: int) -> None:
        """Our code on an order is redeemed, once; other codes are nothing to us."""
        told = [each.properties.get("coupon"), *_as_list(each.properties.get("coupons"))]
        codes = [code for one in told if isinstance(one, str) for code in one.split(",")]
        order = each.properties.get("order_id")
        record = self._record(each)
        value = record.get("value")
        self._flush()
        for one in coupons.redeem(
            self._transaction,
            codes,
            customer,
            min(each.occurred_at or self._at, self._at),
            str(order) if order is not None else None,
            value if isinstance(value, int) else None,
        ):
            said = {"coupon": one.coupon, "code": one.code, "order_id": order}
            if one.others:
                said["given_to_another"] = True
            self._emit(each, customer, "redeem_coupon", one.code, said)

    # --- rows ---------------------------------------------------------------------------

    def _profile(self, customer: int) -> Profile:
        found = self._profiles.get(customer)
        if found is None:
            self._profiles.update(profile.load(self._transaction, [customer]))
            found = self._profiles[customer]
        self._touched[customer] = found
        return found

    def _record(self, each: Incoming) -> dict[str, Any]:
        """What is stored of a call: an event's properties by their types, else what it said."""
        if each.kind == "track":
            return self._types.read_event(each.event, each.properties, self._catalogue(each))
        if each.kind == "identify":
            told: dict[str, Any] = {"traits": each.traits} if each.traits else {}
            return {**told, "consent": each.consent} if each.consent else told
        if each.kind == "alias":
            return {"previous": each.previous}
        return each.properties

    def _catalogue(self, each: Incoming) -> Mapping[str, Properties]:
        """The products that this event leaves something unsaid about."""
        items = each.properties.get("items")
        if items is None:
            item = each.properties.get("item")
            items = [item] if item is not None else []
        lone = isinstance(items, list) and len(items) == 1
        for item in items if isinstance(items, list) else ():
            told = item if isinstance(item, Mapping) else {"id": item}
            number = told.get("id")
            if number is None or isinstance(number, dict | list) or str(number) in self._products:
                continue
            wanted = ("name", "price", "category", "brand") if lone else ("price",)
            if all(told.get(name) is not None for name in wanted):
                continue
            row = self._transaction.row(
                "select properties from product where id = ?", (str(number),)
            )
            self._products[str(number)] = orjson.loads(row[0]) if row else {}
        return self._products

    def _record_event(self, each: Incoming, customer: int) -> None:
        name = each.event or RECORD_NAMES[each.kind]
        occurred_at = min(each.occurred_at or self._at, self._at)
        self._add(each.message_id, customer, name, occurred_at, each.enters, self._record(each))

    def _emit(
        self, each: Incoming, customer: int, name: str, what: str, told: dict[str, Any]
    ) -> None:
        """An event of the engine's own that follows from an incoming one."""
        message_id = _DERIVED.join((each.message_id, name, what))
        self._add(message_id, customer, name, self._at, each.enters, told)

    def _add(
        self,
        message_id: str,
        customer: int,
        name: str,
        occurred_at: Instant,
        enters: bool,
        told: dict[str, Any],
    ) -> None:
        enters = enters and self._at - occurred_at <= STALE_AFTER
        number = self._transaction.number("event")
        row = (number, message_id, customer, name, occurred_at, self._at, enters)
        self._new_events.append((*row, orjson.dumps(told)))

    def _flush(self) -> None:
        """Write what has gathered, so that single statements find it."""
        transaction = self._transaction
        if self._new_customers:
            transaction.executemany(
                "insert into customer (id, created_at, properties) values (?, ?, ?)",
                self._new_customers,
            )
            self._new_customers = []
        if self._new_identities:
            transaction.executemany(
                "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)"
                " on conflict (kind, value) do update set customer = excluded.customer,"
                " at = excluded.at",
                self._new_identities,
            )
            self._new_identities = []
        if self._new_events:
            events.record(transaction, self._new_events)
            self._new_events = []
        profile.save(transaction, self._touched.values(), self._at)
        for each in self._touched.values():
            each.changed = False
        self._touched = {}
        self._consents.flush()


def _same_call(one: Incoming, other: Incoming) -> bool:
    return (
        (one.kind, one.event, one.user, one.anonymous, one.previous, one.customer)
        == (other.kind, other.event, other.user, other.anonymous, other.previous, other.customer)
        and one.properties == other.properties
        and one.traits == other.traits
        and one.consent == other.consent
    )


def _as_list(told: Any) -> list[Any]:
    return told if isinstance(told, list) else []


def _again(customer: int, *, same: bool) -> Taken:
    if same:
        return Taken(customer, duplicate=True)
    message = "This messageId was used before, for something else."
    return Taken(customer, error="conflict", message=message, place="messageId")


def _refused(code: str, message: str, place: str) -> Taken:
    return Taken(error=code, message=message, place=place)
