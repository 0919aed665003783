"""What came in, into the store: who it is about, what they said of themselves, what they did.

One call of `take` handles everything that waited, inside one transaction of the writer, with one
query per kind. What has a `messageId` that is known already changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.core.bounces import SOFT_BOUNCES
from engine.core.model import Instant, Properties
from engine.core.values import Types
from engine.customers import addresses
from engine.intake import browser, items, repeats
from engine.intake.endings import ENDINGS, end
from engine.intake.incoming import RECORD_NAMES, Incoming, Taken, refused
from engine.intake.orders import Orders
from engine.intake.persons import Persons
from engine.intake.staging import Staging
from engine.intake.statements import Statements, emit
from engine.store import coupons, events
from engine.store.writer import Transaction

_KNOWN = "a known customer without a signed userId"
_OF_AN_ITEM = ("price",)
_OF_A_LONE_ITEM = ("name", "price", "category", "brand")
"""What the catalogue says of an item that does not say it itself."""
_OBJECT = (dict, Mapping)
_HOLDERS = (dict, list)
_HINT = "$user"
"""A userId that nobody vouched for: who reads the event later may want it, no flow can name it."""


def take(
    transaction: Transaction,
    incoming: Sequence[Incoming],
    types: Types,
    now: Instant,
    *,
    by_address: bool = True,
    soft_bounces: int = SOFT_BOUNCES,
    waited_for: frozenset[str] | None = None,
) -> list[Taken]:
    """Store what is new; say for each what became of it, in their order.

    `by_address`: a server's call without a userId is about whoever alone has its address.
    `soft_bounces`: after so many an address is suppressed, 0 for never.
    `waited_for` names the events that the worker is told of, None for all: as what is live says
    (`Deployment.waited_for`).

    `now` must be read from the clock inside the piece of work.
    """
    staging = Staging(transaction, _received_at(transaction, now), waited_for)
    intake = _Intake(staging, types, by_address=by_address, soft_bounces=soft_bounces)
    return intake.take(incoming)


def _received_at(transaction: Transaction, now: Instant) -> Instant:
    """The order of ids is the order of receipt, also when the machine's clock is set back."""
    newest = events.latest_receipt(transaction)
    return now if newest is None else max(now, newest)


class _Intake:
    def __init__(
        self, staging: Staging, types: Types, *, by_address: bool, soft_bounces: int
    ) -> None:
        self._staging = staging
        self._transaction = transaction = staging.transaction
        self._types = types
        self._soft_bounces = soft_bounces
        self._at = staging.at
        self._persons = Persons(self._staging, by_address=by_address)
        self._orders = Orders(self._staging)
        self._statements = Statements(self._staging, types)
        self._products = items.Catalogue(transaction)

    def take(self, incoming: Sequence[Incoming]) -> list[Taken]:
        self._products = items.find_rows(self._transaction, incoming)
        stored = repeats.stored(self._transaction, incoming)
        self._persons.look_up(incoming)
        said = self._persons.named(one for one in incoming if one.kind == "identify")
        self._staging.consents.read(said)
        self._orders.look_up(incoming, self._record)
        seen: set[str] = set()
        results: list[Taken] = []
        for each in incoming:
            if each.message_id in seen:  # as if it came by itself, after what stands before it
                self._staging.flush()
                stored |= repeats.stored(self._transaction, [each])
            seen.add(each.message_id)
            if each.message_id in stored:
                results.append(self._repeated(each, stored[each.message_id]))
            else:
                results.append(self._take_one(each))
        self._staging.flush()
        return results

    def _repeated(self, each: Incoming, stored: tuple[Any, ...]) -> Taken:
        """A retry changes nothing; another body under a known id is refused."""
        _, customer, name, told = stored
        # A visitor's id may have gone to another person since; a userId stays with its row.
        about = each.customer or (self._persons.users.get(each.user) if each.user else customer)
        # A visitor may have become known since, of whom a page tells less.
        records = [self._record(each, known=known) for known in {False, each.browser}]
        called = each.event or RECORD_NAMES.get(each.kind, "")
        same = about == customer and any(
            repeats.says_the_same(called, record, name, told) for record in records
        )
        return repeats.again(customer, same=same)

    def _take_one(self, each: Incoming) -> Taken:
        if each.kind == "alias":
            renamed = self._persons.alias(each)
            if isinstance(renamed, Taken):
                return renamed
            self._record_event(each, renamed)
            return Taken(renamed)
        staging = self._staging
        made = len(staging.fresh)
        customer = self._persons.of(each)
        if not customer:
            return refused("unknown", "There is no such customer.", "customer")
        new = len(staging.fresh) > made  # for this call, not for an earlier one of the batch
        taken = Taken(customer, ignored=[*each.notes])
        if each.browser and self._persons.is_spoken_for(each, customer):
            self._of_somebody_known(each, customer, taken)
            return taken
        if each.event == "purchase":
            return self._buy(each, customer, taken, new=new)
        # Stored first: the consents that follow from it are later occurrences.
        self._record_event(each, customer)
        if each.kind == "identify":
            self._statements.identify(each, customer, taken, new=new)
        elif each.zone and new:
            staging.profile(customer).put("timezone", each.zone)
        if each.event in ENDINGS and not each.browser and not each.settled:
            end(staging, each, customer, self._soft_bounces)
        return taken

    def _buy(self, each: Incoming, customer: int, taken: Taken, *, new: bool) -> Taken:
        """An order, once; with our codes on it."""
        at = min(each.occurred_at or self._at, self._at)
        bought = self._orders.purchase(each, customer, self._record(each), at, each.enters)
        if each.zone and new:
            self._staging.profile(customer).put("timezone", each.zone)
        for said in bought.redeemed:
            emit(self._staging, each, bought.customer, "redeem_coupon", said["code"], said)
        told = each.properties
        if told.get("coupon") or told.get("coupons"):
            self._redeem(each, bought.customer)
        return taken

    def _of_somebody_known(self, each: Incoming, customer: int, taken: Taken) -> None:
        """What anybody may say who knows the id of a known customer's visitor."""
        if each.kind == "track" and each.event in browser.PAGE_EVENTS:
            self._record_event(each, customer, known=True)
            if each.properties:
                taken.ignored.append(f"properties: words are not kept of {_KNOWN}")
        elif each.kind == "identify" and each.consent.get("email"):
            taken.ignored.append(f"traits: not taken of {_KNOWN}")
            self._statements.ask_known(each, customer)
        else:
            taken.ignored.append(f"{each.event or each.kind}: not taken of {_KNOWN}")

    def _redeem(self, each: Incoming, customer: int) -> None:
        """Our code on an order is redeemed, once; other codes are nothing to us."""
        told = [each.properties.get("coupon"), *_as_list(each.properties.get("coupons"))]
        codes = [code for one in told if isinstance(one, str) for code in one.split(",")]
        order = each.properties.get("order_id")
        record = self._record(each)
        value = record.get("value")
        self._staging.flush()
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
            emit(self._staging, each, customer, "redeem_coupon", one.code, said)

    def _record(self, each: Incoming, *, known: bool = False) -> dict[str, Any]:
        """What is stored of a call: an event's properties by their types, else what it said.

        `known` says that a page tells of a known customer.
        """
        kept: dict[str, Any] = {_HINT: each.hint} if each.hint and not known else {}
        if each.kind == "track":
            catalogue = {} if each.complete else self._catalogue(each)
            told: Mapping[str, Any] = each.properties
            if each.browser:
                told = browser.without_foreign_items(told, catalogue, known=known)
            if known:
                told = browser.of_a_known_visitor(told)
            record = self._types.read_event(each.event, told, catalogue)
            return {**record, **kept} if kept else record
        if each.kind == "identify":
            told = {"traits": each.traits, **kept} if each.traits else kept
            return {**told, "consent": each.consent} if each.consent else told
        if each.kind == "alias":
            return {"previous": each.previous}
        return each.properties

    def _catalogue(self, each: Incoming) -> Mapping[str, Properties]:
        """The products that this event leaves something unsaid about."""
        told_items = each.properties.get("items")
        if told_items is None:
            item = each.properties.get("item")
            told_items = [item] if item is not None else []
        catalogue = self._products
        if isinstance(told_items, list):
            wanted = _OF_A_LONE_ITEM if len(told_items) == 1 else _OF_AN_ITEM
            for item in told_items:
                told = item if isinstance(item, _OBJECT) else {"id": item}
                number = told.get("id")
                if number is None or isinstance(number, _HOLDERS):
                    continue
                for name in wanted:
                    if told.get(name) is None:
                        catalogue.look_up(str(number))
                        break
        return catalogue.read

    def _record_event(self, each: Incoming, customer: int, *, known: bool = False) -> None:
        name = each.event or RECORD_NAMES[each.kind]
        occurred_at = min(each.occurred_at or self._at, self._at)
        record = self._record(each, known=known)
        if each.kind == "identify":
            timed = each.timed or each.browser
            addresses.note(record, each.source, timed=timed, taken=True)
        if name in ("refund", "order_cancelled"):
            record |= self._orders.known_as(record)
        if name == "refund":
            name = self._orders.refund(customer, record)
        self._staging.event(each.message_id, customer, name, occurred_at, each.enters, record)


def _as_list(told: Any) -> list[Any]:
    return told if isinstance(told, list) else []
