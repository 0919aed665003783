"""Which orders and refunds are known, by whatever way they came; and what they were worth.

They stand among the records of the shop system, as those of no shop in particular.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from engine.core.customer import CustomerState
from engine.core.model import Event, Instant, Occurrence, Refunded
from engine.core.orders import AGAIN, ORDER_EVENTS
from engine.store import events, figure_marks, shop_records
from engine.store.dialects import TEXTS, texts
from engine.store.writer import Row, Transaction

_NO_SHOP: Final = ""


class Stored(NamedTuple):
    """An event as it stands. `pending`: no customer's state holds it yet."""

    customer: int
    message_id: str
    occurred_at: Instant
    properties: dict[str, Any]
    pending: bool


def known(transaction: Transaction, kind: str, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """What is noted of these orders (or refunds), with one query."""
    if not keys:
        return {}
    rows: list[Row] = transaction.rows(
        f"select ref, detail from shop_record where shop = ? and kind = ? and ref in {TEXTS}",
        (_NO_SHOP, kind, texts(keys)),
    )
    return {ref: orjson.loads(detail) for ref, detail in rows}


def keep(
    transaction: Transaction, rows: Iterable[tuple[str, str, int, Instant, Mapping[str, Any]]]
) -> None:
    """Note orders or refunds: kind, key, customer, when, what is to be known of it."""
    shop_records.keep_many(
        transaction, [(_NO_SHOP, *row[:4], orjson.dumps(dict(row[4]))) for row in rows]
    )


def stored(transaction: Transaction, number: int) -> Stored | None:
    """The event of this number; None where it was erased."""
    row = transaction.row(
        "select customer, message_id, occurred_at, properties,"
        " exists (select 1 from pending where pending.id = event.id) from event where id = ?",
        (number,),
    )
    if row is None:
        return None
    return Stored(row[0], row[1], row[2], orjson.loads(row[3]), bool(row[4]))


def fill(transaction: Transaction, number: int, properties: Mapping[str, Any]) -> None:
    """Let a purchase say what another telling of the same order added."""
    figure_marks.of_event(transaction, number)
    transaction.execute(
        "update event set properties = ? where id = ?", (orjson.dumps(dict(properties)), number)
    )


def supersede(transaction: Transaction, number: int, message_id: str) -> None:
    """Let a purchase be one that was only told again, with the redeemed codes told by it."""
    figure_marks.of_event(transaction, number)
    transaction.execute("update event set name = ? where id = ?", (f"{AGAIN}purchase", number))
    derived = f"{message_id}\tredeem_coupon"
    transaction.execute(
        "update event set name = ? where message_id >= ? and message_id < ?",
        (f"{AGAIN}redeem_coupon", f"{derived}\t", f"{derived}\n"),
    )


def redeemed_by(transaction: Transaction, message_id: str) -> list[dict[str, Any]]:
    """What the redeemed codes of a superseded purchase said."""
    derived = f"{message_id}\tredeem_coupon"
    return [
        orjson.loads(told)
        for (told,) in transaction.rows(
            "select properties from event where message_id >= ? and message_id < ?"
            " order by message_id",
            (f"{derived}\t", f"{derived}\n"),
        )
    ]


def know_orders(
    transaction: Transaction,
    lanes: Mapping[int, CustomerState],
    happened: Mapping[int, Sequence[Occurrence]],
) -> None:
    """Let who takes an order back be known with all their orders."""
    wanted = [
        customer
        for customer, occurrences in happened.items()
        if customer in lanes
        and any(
            isinstance(one, Event) and one.name in ("refund", "order_cancelled")
            for one in occurrences
        )
    ]
    if not wanted:
        return
    for customer in wanted:
        for name in ORDER_EVENTS:
            lanes[customer].facts.history.pop(name, None)
    for customer, event in events.applied(transaction, wanted, ORDER_EVENTS):
        lanes[customer].facts.history.setdefault(event.name, []).append(event)


def pay_back(transaction: Transaction, refunds: Iterable[Refunded]) -> None:
    """Let goals have brought in so much less, never less than nothing."""
    refunds = list(refunds)
    figure_marks.mark(transaction, (one.at for one in refunds))
    transaction.executemany(
        "update goal set revenue = case when revenue > ? then revenue - ? else 0 end"
        " where event = ? and at = ? and revenue > 0 and run in (select id from run where"
        " customer = ? and ended_at is null union all select id from run where"
        " customer = ? and ended_at is not null)",
        [(one.value, one.value, one.event, one.at, one.customer, one.customer) for one in refunds],
    )
