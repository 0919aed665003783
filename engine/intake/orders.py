"""One purchase per order, by whatever way it is told: by a server, a webhook, an import.

The first telling counts. A later one fills in what was missing; the shop system's value and items
replace others'. The first fresh one that is no import enters flows, also where an import came
before: then it takes the import's place in the history, and the order is not counted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.orders import AGAIN, COUNTED, FILLED, filled, order_key, refund_keys
from engine.intake.incoming import Incoming
from engine.intake.staging import Staging
from engine.store import orders
from engine.store.events import STALE_AFTER


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
        for each in incoming:
            if each.event == "purchase":
                bought.add(order_key(each.properties))
            elif each.event == "refund":
                returned.update(_refund_keys(record(each)))
        for kind, keys in (("purchase", bought - {""}), ("refund", returned - {""})):
            if keys:
                found = orders.known(self._staging.transaction, kind, keys)
                self._known.update(((kind, key), detail) for key, detail in found.items())

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
        staging, key = self._staging, order_key(record)
        known = self._known.get(("purchase", key)) if key else None
        before = None
        if known is not None:
            staging.flush()
            before = orders.stored(staging.transaction, known["event"])
        enters = enters and staging.at - at <= STALE_AFTER
        if known is None or before is None:
            number = staging.event(each.message_id, customer, "purchase", at, enters, record)
            if key:
                self._note_purchase(key, customer, number, enters=enters, shop=each.shop)
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
            self._note_purchase(key, owner, known["event"], enters=known["enters"], shop=shop)
            return Bought(owner, first=False)
        orders.supersede(staging.transaction, known["event"], before.message_id)
        told = {**both, FILLED: True}
        if not before.pending:
            told[COUNTED] = True
        number = staging.event(each.message_id, owner, "purchase", at, True, told)
        self._note_purchase(key, owner, number, enters=True, shop=shop)
        redeemed = orders.redeemed_by(staging.transaction, before.message_id)
        return Bought(owner, first=False, redeemed=tuple(redeemed))

    def _note_purchase(
        self, key: str, customer: int, number: int, *, enters: bool, shop: bool
    ) -> None:
        detail = {"event": number, "enters": enters, "shop": shop}
        self._note("purchase", key, customer, detail)

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


def _number(told: Any) -> int:
    return round(told) if isinstance(told, int | float) and not isinstance(told, bool) else 0


def _refund_keys(properties: Mapping[str, Any]) -> tuple[str, str]:
    """Ids and amounts are different things, so that one is never taken for the other."""
    own, amount = refund_keys(properties)
    return own and f"id {own}", amount and f"of {amount}"
