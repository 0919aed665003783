"""One purchase per order, by whatever way it is told: by a server, a webhook, an import.

The first telling counts. A later one fills in what was missing; the shop system's value and items
replace others'. A shop has two numbers for an order, `#1301` for people and its own: either
leads to it. The first fresh one that is no import enters flows, also where an import came
before: then it takes the import's place in the history, and the order is not counted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.core.orders import (
    AGAIN,
    COUNTED,
    FILLED,
    ORDER,
    ORDER_EVENTS,
    filled,
    number_key,
    order_key,
    refund_keys,
)
from engine.intake.incoming import Incoming
from engine.intake.staging import Staging
from engine.store import orders
from engine.store.events import STALE_AFTER

_NUMBERS: Final = ("order_number", "order_name")
"""Where an event may tell another number of its order."""


@dataclass(frozen=True, slots=True)
class Bought:
    """What became of a purchase. `first` is false where the order was known; `redeemed` are the
    codes that an import of it had redeemed and that are told anew.
    """

    customer: int
    first: bool
    redeemed: tuple[dict[str, Any], ...] = ()


class Orders:
    """The purchases and refunds of one batch of calls."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def look_up(
        self, incoming: Iterable[Incoming], record: Callable[[Incoming], Mapping[str, Any]]
    ) -> None:
        """Read which of these orders and refunds are known, with one query per kind.

        `record` gives what is stored of a call: its amounts are in minor units.
        """
        bought: set[str] = set()
        returned: set[str] = set()
        told = [each for each in incoming if each.event in ORDER_EVENTS]
        for each in told:
            bought.update((order_key(each.properties), *_other_keys(each)))
        self._read("purchase", bought)
        self._read("purchase", {own for key in bought if (own := self._own_key(key)) != key})
        for each in told:
            if each.event == "refund":
                said = record(each)
                returned.update(_refund_keys({**said, **self.known_as(said)}))
        self._read("refund", returned)

    def _read(self, kind: str, keys: set[str]) -> None:
        if keys - {""}:
            found = orders.known(self._staging.transaction, kind, keys - {""})
            self._known.update(((kind, key), detail) for key, detail in found.items())

    def _own_key(self, key: str) -> str:
        """By what an order is known that also has this number."""
        return str(self._known.get(("purchase", key), {}).get("as", key))

    def known_as(self, record: Mapping[str, Any]) -> dict[str, str]:
        """What is to be noted in a refund or a cancellation of an order of several numbers."""
        key = order_key(record)
        own = self._own_key(key)
        return {} if own == key else {ORDER: own}

    def refund(self, customer: int, record: dict[str, Any]) -> str:
        """Under which name a refund is stored: its own once, then as one that is told again."""
        own, amount = _refund_keys(record)
        mine = self._known.get(("refund", own)) if own else None
        same = self._known.get(("refund", amount)) if amount else None
        # One telling may know the refund's id and the other not.
        again = mine is not None or (same is not None and (not own or same.get("open", False)))
        if own:
            self._note("refund", own, customer, {})
        if amount and (same is None or own):
            self._note("refund", amount, customer, {"open": not own and not again})
        return f"{AGAIN}refund" if again else "refund"

    def purchase(
        self, each: Incoming, customer: int, record: dict[str, Any], at: int, enters: bool
    ) -> Bought:
        """Store a purchase: for itself, or as another telling of a known order."""
        staging = self._staging
        key, known, before = self._find(each, customer, record)
        enters = enters and staging.at - at <= STALE_AFTER
        if known is None or before is None:
            number = staging.event(each.message_id, customer, "purchase", at, enters, record)
            if key:
                self._note_purchase(key, customer, number, each, enters=enters, shop=each.shop)
            return Bought(customer, first=True)
        both = filled(before.properties, record, replaces=each.shop and not known["shop"])
        owner = before.customer
        if not before.pending:
            self._count(owner, before.properties.get("value"), both.get("value"))
        shop = each.shop or known["shop"]
        if not enters or known["enters"]:
            if both != before.properties:
                orders.fill(staging.transaction, known["event"], {**both, FILLED: True})
            again = f"{AGAIN}purchase"
            staging.event(each.message_id, owner, again, at, False, record)
            number, enters = known["event"], known["enters"]
            self._note_purchase(key, owner, number, each, enters=enters, shop=shop)
            return Bought(owner, first=False)
        orders.supersede(staging.transaction, known["event"], before.message_id)
        told = {**both, FILLED: True}
        if not before.pending:
            told[COUNTED] = True
        if key != order_key(record):
            told[ORDER] = key
        number = staging.event(each.message_id, owner, "purchase", at, True, told)
        self._note_purchase(key, owner, number, each, enters=True, shop=shop)
        redeemed = orders.redeemed_by(staging.transaction, before.message_id)
        return Bought(owner, first=False, redeemed=tuple(redeemed))

    def _find(
        self, each: Incoming, customer: int, record: dict[str, Any]
    ) -> tuple[str, dict[str, Any] | None, orders.Stored | None]:
        """By what an order is known, and what is known of it.

        One number may be the shop's own of one order and the printed one of another: where only
        such a number leads to an order, its customer or its value must be the same.
        """
        key = order_key(record)
        for number in (key, *_other_keys(each)):
            own = self._own_key(number)
            known = self._known.get(("purchase", own)) if number else None
            if known is None or "event" not in known:
                continue
            if each.order_ref and known.get("ref") not in (None, number_key(each.order_ref)):
                continue
            self._staging.flush()
            before = orders.stored(self._staging.transaction, known["event"])
            plain = number == key == own
            if plain or before is None or before.customer == customer:
                return own, known, before
            value = before.properties.get("value")
            if value is not None and value == record.get("value"):
                return own, known, before
        return key, None, None

    def _note_purchase(
        self, key: str, customer: int, number: int, each: Incoming, *, enters: bool, shop: bool
    ) -> None:
        detail: dict[str, Any] = {"event": number, "enters": enters, "shop": shop}
        before = self._known.get(("purchase", key), {})
        ref = number_key(each.order_ref) or (before.get("ref") if "event" in before else None)
        if ref:
            detail["ref"] = ref
        self._note("purchase", key, customer, detail)
        for other in (number_key(each.properties.get("order_id")), *_other_keys(each)):
            if other and ("purchase", other) not in self._known:
                self._note("purchase", other, customer, {"as": key})

    def _note(self, kind: str, key: str, customer: int, detail: dict[str, Any]) -> None:
        self._known[kind, key] = detail
        self._staging.order(kind, key, customer, detail)

    def _count(self, customer: int, before: Any, after: Any) -> None:
        """An order turns out to be worth something else than it was counted with."""
        more = _number(after) - _number(before)
        if more:
            about = self._staging.profile(customer)
            spent = _number(about.properties.get("total_spent"))
            about.put("total_spent", max(spent + more, 0))


def _other_keys(each: Incoming) -> list[str]:
    """The other numbers that a call has for its order."""
    told = [each.order_ref, *(each.properties.get(name) for name in _NUMBERS)]
    return [key for one in told if (key := number_key(one))]


def _number(told: Any) -> int:
    return round(told) if isinstance(told, int | float) and not isinstance(told, bool) else 0


def _refund_keys(properties: Mapping[str, Any]) -> tuple[str, str]:
    """Ids and amounts are different things, so that one is never taken for the other."""
    own, amount = refund_keys(properties)
    return own and f"id {own}", amount and f"of {amount}"
