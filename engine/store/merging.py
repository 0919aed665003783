"""Two rows of one person: what the one had becomes the other's."""

from __future__ import annotations

from typing import Any

from engine.store import figure_marks
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.writer import Transaction

_TABLES = (
    *("identity", "consent_proof", "event", "pending", "failure", "feedback"),
    *(
        "intent",
        "on_site",
        "coupon_code",
        "skipped_entry",
        "shop_record",
        "push_device",
        "short_link",
        "mail_copy",
        "touch",
    ),
)
"""Tables whose rows go over as they are."""


def profiles(rows: Rows, one: int, other: int) -> dict[int, Row]:
    """By number: properties, tags, scores, cart, zone, when they were first seen."""
    return {
        row[0]: row[1:]
        for row in rows.rows(
            "select id, properties, tags, scores, cart, zone, created_at from customer"
            " where id in (?, ?)",
            (one, other),
        )
    }


def put_together(transaction: Transaction, customer: int, profile: tuple[Any, ...]) -> None:
    """Properties, tags, scores, cart, zone, when they were first seen."""
    transaction.execute(
        "update customer set properties = ?, tags = ?, scores = ?, cart = ?, zone = ?,"
        " created_at = ? where id = ?",
        (*profile, customer),
    )


def hand_over(transaction: Transaction, survivor: int, gone: int) -> None:
    """Everything that needs no decision."""
    pair = (survivor, gone)
    figure_marks.of_merge(transaction, survivor, gone)
    for table in _TABLES:
        transaction.execute(f"update {table} set customer = ? where customer = ?", pair)
    transaction.execute("update coupon_code set redeemed_by = ? where redeemed_by = ?", pair)
    transaction.execute("delete from consent where customer = ?", (gone,))
    transaction.execute("delete from zone_move where customer = ?", (gone,))


def become(transaction: Transaction, survivor: int, gone: int) -> None:
    """Whoever asks for `gone`, or for whom that one had become, finds the survivor."""
    pair = (survivor, gone)
    transaction.execute("update customer set merged_into = ? where merged_into = ?", pair)
    transaction.execute("update customer set merged_into = ? where id = ?", pair)


def became(rows: Rows, customer: int) -> Row | None:
    """Whom a row was merged into (None: it stands); None where there is no such row."""
    return rows.row("select merged_into from customer where id = ?", (customer,))
