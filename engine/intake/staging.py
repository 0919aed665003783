"""What has come in and is not written yet: rows that wait for one statement per kind.

Everything of one call of `take` goes through here, so that who was made a moment ago is found,
and each table is written once.
"""

from __future__ import annotations

from typing import Any

import orjson

from engine.core.model import Instant
from engine.customers import consent, profile
from engine.customers.profile import Profile
from engine.store import customers, events, identities, orders
from engine.store.events import STALE_AFTER
from engine.store.writer import Transaction


class Staging:
    """The rows of one transaction on their way into the store."""

    def __init__(
        self, transaction: Transaction, at: Instant, waited_for: frozenset[str] | None = None
    ) -> None:
        """`at` is when they were received; `waited_for` names the events that the worker is told
        of, None for all.
        """
        self._waited_for = waited_for
        self.transaction = transaction
        self.at = at
        self.fresh: set[int] = set()
        self.consents = consent.Consents(transaction, at)
        self._profiles: dict[int, Profile] = {}
        self._touched: dict[int, Profile] = {}
        self._customers: list[tuple[Any, ...]] = []
        self._identities: list[tuple[str, str, int, Instant]] = []
        self._events: list[tuple[Any, ...]] = []
        self._orders: dict[tuple[str, str], tuple[str, str, int, Instant, dict[str, Any]]] = {}

    def customer(self) -> int:
        """Make a customer about whom nothing is known."""
        customer = self.transaction.number("customer")
        self.fresh.add(customer)
        about = {"created_at": self.at}
        self._customers.append((customer, self.at, orjson.dumps(about)))
        self._profiles[customer] = Profile(customer, about)
        self.consents.is_new(customer)
        return customer

    def identity(self, kind: str, value: str, customer: int) -> None:
        """Let a customer be found by this; who was found by it before is so no more."""
        self._identities.append((kind, value, customer, self.at))

    def profile(self, customer: int) -> Profile:
        """What the customer's row says, to be changed."""
        found = self._profiles.get(customer)
        if found is None:
            self._profiles.update(profile.load(self.transaction, [customer]))
            found = self._profiles[customer]
        self._touched[customer] = found
        return found

    def event(
        self,
        message_id: str,
        customer: int,
        name: str,
        occurred_at: Instant,
        enters: bool,
        told: dict[str, Any],
    ) -> int:
        """Let an event be stored, and give its number; what is too old enters nothing."""
        enters = enters and self.at - occurred_at <= STALE_AFTER
        number = self.transaction.number("event")
        row = (number, message_id, customer, name, occurred_at, self.at, enters)
        self._events.append((*row, orjson.dumps(told)))
        return number

    def order(self, kind: str, key: str, customer: int, detail: dict[str, Any]) -> None:
        """Note what is to be known of an order or a refund; the last word stands."""
        self._orders[kind, key] = (kind, key, customer, self.at, detail)

    def flush(self) -> None:
        """Write what has gathered, so that single statements find it."""
        transaction = self.transaction
        if self._customers:
            customers.add(transaction, self._customers)
            self._customers = []
        if self._identities:
            identities.keep(transaction, self._identities)
            self._identities = []
        if self._events:
            events.record(transaction, self._events, self._waited_for)
            self._events = []
        if self._orders:
            orders.keep(transaction, self._orders.values())
            self._orders = {}
        profile.save(transaction, self._touched.values(), self.at)
        for each in self._touched.values():
            each.changed = False
        self._touched = {}
        self.consents.flush()

    def forget(self) -> None:
        """Read people anew: somebody else has written (a merge). Flush first."""
        self._profiles.clear()
        self.consents.forget()
