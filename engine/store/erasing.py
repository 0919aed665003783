"""A person's rows, taken out or emptied."""

from __future__ import annotations

from typing import Final

from engine.store import figure_marks, tables
from engine.store.connection import Row
from engine.store.dialects import MEMBERS, Numbers
from engine.store.rows import Rows
from engine.store.tables import NOBODY
from engine.store.writer import Transaction

_COUNTED: Final = frozenset({"customer", "run", "intent", "goal", "coupon_code"})
"""Tables about customers whose rows are emptied instead of deleted."""

_BY_LINE: Final = frozenset({"firing"})
"""Tables that have no index by customer."""

_ABOUT_PEOPLE: Final = sorted(
    table.name
    for table in tables.Customer.metadata.tables.values()
    if "customer" in table.columns and table.name not in _COUNTED | _BY_LINE
)


def all_rows(rows: Rows, customer: int) -> list[Row]:
    """The customer's row and all that were merged into it: number, properties."""
    return rows.rows(
        "select id, properties from customer where id = ? union all"
        " select id, properties from customer where merged_into = ?",
        (customer, customer),
    )


def erase(transaction: Transaction, everyone: Numbers) -> None:
    """Take out what is about these customers, and empty what is counted."""
    figure_marks.of_customers(transaction, everyone)
    for table in _ABOUT_PEOPLE:
        transaction.execute(f"delete from {table} where customer in {MEMBERS}", (everyone,))
    transaction.execute(
        "update customer set properties = ?, tags = null, scores = null, cart = null, zone = null,"
        f" merged_into = ? where id in {MEMBERS}",
        (b"{}", NOBODY, everyone),
    )
    transaction.execute(
        f"update coupon_code set order_id = null where customer in {MEMBERS}", (everyone,)
    )
