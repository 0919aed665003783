"""The right to be forgotten: what says who somebody is goes, what was done stays counted.

What stays: that a run, a message or a goal existed, for the reports, under the number of a row that
says nothing any more, and keyed hashes of the addresses, so that a later import cannot bring the
person back onto a list. Source: GDPR, article 17.
"""

from __future__ import annotations

from typing import Final

import orjson

from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.customers.identity import ADDRESSES
from engine.store import audit, erasing, firings, intents, runs
from engine.store.audit import Act
from engine.store.customers import find_customer
from engine.store.dialects import Numbers, members
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

REASON: Final = "erased"


def erase(
    transaction: Transaction, customer: int, suppressions: Suppressions, now: Instant, who: str
) -> None:
    """Erase `customer` with every row that was merged into it.

    Active runs end, messages that have not left are skipped, addresses are suppressed by their
    hash. `who` did it, for the audit log, which keeps the customer's number and nothing else.
    """
    rows = erasing.all_rows(transaction, customer)
    everyone = members(sorted(number for number, _ in rows))
    for channel, contact in CONTACT.items():
        for _, properties in rows:
            address = orjson.loads(properties).get(contact)
            if isinstance(address, str) and address and contact in ADDRESSES:
                suppressions.add(transaction, channel, address, REASON, now)
    _end_runs(transaction, everyone, now)
    firings.forget(transaction, firings.had(transaction, everyone))
    erasing.erase(transaction, everyone)
    transaction.leave_no_trace()
    audit.note(transaction, Act(now, who, "erase", {"customer": customer}))


def erase_by_name(
    transaction: Transaction, who: str, suppressions: Suppressions, now: Instant, by: str
) -> int | None:
    """Erase the customer with this user id, address or number; None when there is nobody."""
    customer = find_customer(transaction, who)
    if customer is not None:
        erase(transaction, customer, suppressions, now, by)
    return customer


def _end_runs(transaction: Transaction, everyone: Numbers, now: Instant) -> None:
    ended = [
        runs.Ending(run, head, node, now, "stopped", REASON)
        for run, head, node in runs.of_customers(transaction, everyone)
    ]
    runs.end(transaction, ended)
    runs.forget(transaction, everyone)
    intents.forget(transaction, everyone, REASON, now)
