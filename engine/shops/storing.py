"""What webhooks say, into the store: the same end whatever their order and however often.

Each purchase, refund or parcel is one event under a name of its own (`order #1001 purchase`, the
name that an import of the same order uses), so that a second telling finds it there. What follows
an order waits for it. States (a product, a person) are kept by their own moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.core.model import Instant
from engine.core.values import Types
from engine.customers import identity
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.intake.products import Around, read_row
from engine.intake.refusal import Refusal
from engine.shops import statuses
from engine.shops.customers import People
from engine.shops.products import ProductSync
from engine.shops.records import Record, digest, read, write
from engine.shops.updates import (
    Account,
    Cart,
    Checkout,
    Follow,
    OfOrder,
    Order,
    Person,
    ProductUpdate,
    ShopUpdate,
    StockLevel,
    Withdrawn,
)
from engine.store import events
from engine.store.writer import Transaction

_AMOUNTS = ("value", "tax", "discount", "shipping")


class Keeping:
    """One delivery on its way into the store. `notes` says what was left out, without values.

    `told` is when the shop sent it, in microseconds since 1970; without it, when it came.
    """

    def __init__(
        self,
        transaction: Transaction,
        shop: str,
        types: Types,
        now: Instant,
        told: int | None = None,
    ) -> None:
        self._told = now * 1000 if told is None else told
        self._transaction = transaction
        self._shop = shop
        self._types = types
        self._now = now
        self._source = f"{shop} webhook"
        self._people = People(transaction, shop, types, now, self._source, self._told)
        self._shelves = ProductSync(transaction, shop, now, self._told)
        self.notes: list[str] = []

    def store(self, news: Iterable[ShopUpdate]) -> None:
        for one in news:
            match one:
                case Account():
                    self._account(one)
                case Order():
                    self._order(one)
                case OfOrder():
                    self._of_order(one)
                case Checkout():
                    self._checkout(one)
                case Cart():
                    self._cart(one)
                case ProductUpdate():
                    self._goods(one)
                case Withdrawn():
                    self._shelves.withdraw(one)
                case StockLevel():
                    self._shelves.level(one)

    def _record(self, kind: str, ref: str) -> Record:
        return read(self._transaction, self._shop, kind, ref)

    # --- people -------------------------------------------------------------------------

    def _account(self, told: Account) -> None:
        customer = self._people.meet(told.person)
        if customer and told.signed_up:
            mark = f"{self._shop} customer {told.person.user} sign_up"
            self._emit(customer, Follow("sign_up", mark, told.signed_up), mark)

    # --- orders -------------------------------------------------------------------------

    def _order(self, told: Order) -> None:
        customer = self._people.meet(told.person) if told.person.known else 0
        record = self._record("order", told.ref)
        bought = f"order {told.number} purchase"
        if record.customer is None:
            # An import may have told of this order before.
            record.customer = self._whose(bought) or customer or None
        record.detail["number"] = told.number
        if told.bought and not record.detail.get("bought"):
            if record.customer:
                # An import may have used the order's name; it is told again, by the shop itself.
                mark = f"{bought} {self._shop}" if self._whose(bought) else bought
                event = Follow("purchase", mark, told.at, told.properties)
                self._emit(record.customer, event, mark, order=told.ref)
                record.detail["bought"] = True
                self._spend(told)
            else:
                self.notes.append("an order without a customer was left out")
        changes = statuses.changes(record, told, self._told)
        self._follow(record, [*told.follows, *changes])

    def _of_order(self, told: OfOrder) -> None:
        record = self._record("order", told.ref)
        self._follow(record, told.follows)

    def _follow(self, record: Record, follows: Iterable[Follow]) -> None:
        """Tell what happened to an order; what cannot be told yet waits in its record."""
        waiting = {each["mark"]: each for each in record.detail.pop("waiting", [])}
        for one in follows:
            waiting.setdefault(one.mark, _as_json(one))
        left = []
        for each in waiting.values():
            one = Follow(**each)
            if record.customer and (one.early or record.detail.get("bought")):
                number = record.detail["number"]
                told = {"order_id": number, **one.properties}
                if one.event == "refund" and one.mark != "refund":
                    told.setdefault("refund_id", one.mark.removeprefix("refund "))
                if one.event == "begin_checkout":
                    told.pop("order_id")
                one.properties = told
                enters = not (one.early and record.detail.get("bought"))
                self._emit(record.customer, one, f"order {number} {one.mark}", enters=enters)
            else:
                left.append(each)
        if left:
            record.detail["waiting"] = left
        write(self._transaction, record)

    def _whose(self, mark: str) -> int:
        """The customer of an event that is known already, else 0."""
        whose = events.whose(self._transaction, mark)
        return identity.living(self._transaction, whose) if whose else 0

    def _spend(self, told: Order) -> None:
        """What an order came from is over: late news of it start nothing."""
        for kind, token in (("checkout", told.checkout), ("cart", told.cart)):
            if token:
                record = self._record(kind, token)
                record.detail["spent"] = max(told.at, record.detail.get("spent", 0))
                write(self._transaction, record)

    # --- before the order ---------------------------------------------------------------

    def _checkout(self, told: Checkout) -> None:
        told.person.token = told.cart
        if not told.person.known:
            return  # nobody yet: it comes again with an address
        customer = self._people.meet(told.person)
        record = self._record("checkout", told.token)
        record.customer = customer
        items = _counted(told.properties.get("items", []))
        newer = record.newer(told.at, self._told)
        mark = f"{self._shop} checkout {told.token}"
        if not record.detail.get("begun"):
            record.detail["begun"] = True
            event = Follow("begin_checkout", mark, told.at, told.properties)
            self._emit(customer, event, mark, enters="spent" not in record.detail)
        elif newer and items != record.detail.get("items") and "spent" not in record.detail:
            looked = {
                "cart_id": told.cart or told.token,
                "cart_url": told.properties.get("checkout_url"),
                **{name: told.properties.get(name) for name in ("value", "currency", "items")},
            }
            again = f"{mark} {told.at}"
            self._emit(customer, Follow("view_cart", again, told.at, looked), again)
        if newer:
            record.detail["items"] = items
        if told.shipping and not record.detail.get("shipping"):
            record.detail["shipping"] = True
            chosen = Follow("add_shipping_info", f"{mark} shipping", told.at,
                            {"checkout_id": told.token})  # fmt: skip
            self._emit(customer, chosen, chosen.mark, enters="spent" not in record.detail)
        write(self._transaction, record)

    def _cart(self, told: Cart) -> None:
        """What was put in and taken out since the cart was told last."""
        record = self._record("cart", told.token)
        before: dict[str, Any] = record.detail.get("items", {})
        late = not record.newer(told.at, self._told)
        if late or told.at <= record.detail.get("spent", -1):
            return
        items = {item["id"]: item for item in self._named(told.items)}
        after = _counted(items.values())
        put_in = [
            {**items[number], "quantity": count - before.get(number, 0)}
            for number, count in after.items()
            if count > before.get(number, 0)
        ]
        taken = [
            {**items.get(number, {"id": number}), "quantity": count - after.get(number, 0)}
            for number, count in before.items()
            if count > after.get(number, 0)
        ]
        if put_in or taken:
            record.customer = self._people.meet(Person(token=told.token, at=told.at))
        common = {"cart_id": told.token, "cart_url": told.url, "currency": told.currency}
        for name, lines in (("remove_from_cart", taken), ("add_to_cart", put_in)):
            if lines and record.customer:
                mark = f"{self._shop} cart {told.token} {told.at} {name} {digest(after)}"
                event = Follow(name, mark, told.at, {**common, "items": lines})
                self._emit(record.customer, event, event.mark)
        record.detail["items"] = after
        write(self._transaction, record)

    # --- the catalogue ------------------------------------------------------------------

    def _goods(self, told: ProductUpdate) -> None:
        around = Around(self._types, self._now)
        rows: list[tuple[str, dict[str, Any]]] = []
        self._shelves.name(told)
        if told.untold is None or told.untold:
            self.notes.append("a product has more variants than a webhook tells; the others stay")
        for row in told.rows:
            try:
                rows.append(read_row(row, around))
            except Refusal as refusal:
                self.notes.append(f"a product's {refusal.field} {refusal.message}")
        self._shelves.put(told, rows)

    # --- events -------------------------------------------------------------------------

    def _emit(
        self, customer: int, told: Follow, mark: str, *, enters: bool = True, order: str = ""
    ) -> None:
        """One event, once. A number that was given to something else before is left alone."""
        if self._whose(mark):
            return
        properties = self._in_our_money(told.properties)
        if "items" in properties:
            properties["items"] = self._named(properties["items"])
        told_of = {name: value for name, value in properties.items() if value not in (None, "")}
        incoming = Incoming(
            "track",
            mark,
            customer=customer,
            event=told.event,
            properties=told_of,
            occurred_at=told.at,
            enters=enters,
            source=self._source,
            named=True,
            order_ref=order,
            shop=True,
        )
        (taken,) = take(self._transaction, [incoming], self._types, self._now)
        if taken.error:
            self.notes.append(f"{told.event} was left out: {taken.message}")

    def _in_our_money(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Amounts of another currency than the store's are no amounts of ours: left out."""
        currency = str(properties.get("currency") or "").upper()
        if not currency or currency == self._types.currency:
            return dict(properties)
        self.notes.append(f"amounts in another currency than {self._types.currency} are left out")
        kept = {name: value for name, value in properties.items() if name not in _AMOUNTS}
        if "items" in kept:
            kept["items"] = [
                {name: value for name, value in item.items() if name != "price"}
                for item in kept["items"]
            ]
        return kept

    def _named(self, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Items under the ids of the catalogue: the SKU, else what the catalogue said of the
        variant, else the vendor's number.
        """
        named = []
        for told in items:
            item = dict(told)
            variant, product = item.pop("variant_id", ""), item.pop("product_id", "")
            known = self._record("variant", variant).detail.get("row") if variant else None
            # Two variants may have one SKU: the number says which of them it is.
            item["id"] = known or item.get("id") or variant or product or item.get("name") or "?"
            if product and product != item["id"]:
                item["product_id"] = product
            named.append(item)
        return named


def _as_json(one: Follow) -> dict[str, Any]:
    return {
        "event": one.event,
        "mark": one.mark,
        "at": one.at,
        "properties": one.properties,
        "early": one.early,
    }


def _counted(items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """How many of what."""
    counts: dict[str, Any] = {}
    for item in items:
        number = str(item.get("id") or item.get("variant_id") or "?")
        quantity = item.get("quantity")
        counted = quantity if isinstance(quantity, int | float) else 1
        counts[number] = counts.get(number, 0) + counted
    return counts
