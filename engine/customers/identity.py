"""Who is who: anonymous visitors, users, and the rows that turn out to be one person.

Each anonymousId is a customer row. Learning its userId attaches it; where that user is known
already, the two rows are merged: the known one survives, and what the other had moves there.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import DAY, Instant
from engine.customers import contact
from engine.store import customers as customers_rows
from engine.store import identities, merging
from engine.store.writer import Transaction

ANONYMOUS = "anonymous"
USER = "user"
LINKED = "linked"
"""A visitor's id that a server told beside a customer's address: it opens nothing to a page."""
READER = "reader"
"""A visitor's id of a browser that came by a click in a customer's mail: what it looks at counts
for that customer. It opens nothing to a page."""
READER_FOR = 90 * DAY
"""So long a browser is read by whoever clicked a mail in it last."""
ADDRESSES = ("email", "phone", "push")

Key = tuple[str, str]

find = identities.find
"""The customers with identities of one kind, by value; see there."""


def known(transaction: Transaction, customers: Iterable[int]) -> set[int]:
    """Those of `customers` that have a userId."""
    wanted = list(customers)
    if not wanted:
        return set()
    return {customer for customer, _ in identities.users(transaction, wanted)}


def standing(transaction: Transaction, customers: Iterable[int]) -> set[int]:
    """Those of `customers` that have not been merged into another row, with one query."""
    wanted = sorted(customers)
    return set(customers_rows.standing(transaction, wanted)) if wanted else set()


def living(transaction: Transaction, customer: int) -> int:
    """The row that `customer` became by merging, itself if it still stands, 0 if there is none."""
    for _ in range(100):
        row = merging.became(transaction, customer)
        if row is None:
            return 0
        if row[0] is None:
            return customer
        customer = row[0]
    return 0


def keep_address(
    transaction: Transaction,
    customer: int,
    kind: str,
    value: str,
    at: Instant,
    *,
    first: bool = False,
) -> None:
    """Let a customer be found by an address; `first` where they have had none of this kind.

    The first to have it is found by it. Others with the same address (two accounts, one mailbox)
    stand beside, so that unsubscribing an address reaches all of them.
    """
    value = contact.one_address(value)
    if not first:
        _leave_others(transaction, customer, kind, value, at)
    if not value:
        return
    if identities.take(transaction, kind, value, customer, at):
        return
    owner = identities.owner(transaction, kind, value)
    if owner is not None and owner != customer:
        identities.take(transaction, f"same {kind}", f"{value} {customer}", customer, at)


def _leave_others(
    transaction: Transaction, customer: int, kind: str, value: str, at: Instant
) -> None:
    """Let a customer no longer be found by addresses of this kind other than `value`."""
    left = identities.others(transaction, customer, kind, value)
    identities.drop_others(
        transaction, [(customer, kind, f"same {kind}", value, f"{value} {customer}")]
    )
    inherit(transaction, [(kind, one) for one in left], at)


def inherit(transaction: Transaction, left: Iterable[Key], at: Instant) -> None:
    """Let addresses (kind, value) that their owner has left lead to the first of those who share
    them.
    """
    identities.inherit(
        transaction,
        [(kind, value, f"same {kind}", f"{value} ", f"{value}!", at) for kind, value in left],
    )


def sharing(transaction: Transaction, kind: str, value: str) -> set[int]:
    """All customers with this address."""
    value = contact.one_address(value)
    span = (f"{value} ", f"{value}!")
    return identities.sharing(transaction, kind, value, f"same {kind}", span)
