"""The events that say that somebody agreed or withdrew, once, although two files tell of them.

An export of customers says what holds, and importing it makes a `subscribe` of that. The export of
events of the same shop says it again, under its own name: both are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.customers import identity
from engine.intake.incoming import Incoming
from engine.store import events
from engine.store.writer import Transaction

NAMES: Final = ("subscribe", "unsubscribe")


def what(told: Mapping[str, Any]) -> str:
    """The channel or topic that it is about."""
    return str(told.get("channel") or told.get("topic") or "")


def supersede(transaction: Transaction, calls: Sequence[Incoming]) -> None:
    """Let exported events take the place of those that an import of customers had made up."""
    told = [call for call in calls if call.complete and call.event in NAMES]
    if not told:
        return
    users = identity.find(transaction, identity.USER, {one.user for one in told if one.user})
    visitors = {one.anonymous for one in told if one.anonymous}
    unknown = identity.find(transaction, identity.ANONYMOUS, visitors)
    stored = events.by_message(transaction, (one.message_id for one in told))
    whose = {
        one.message_id: customer
        for one in told
        if one.message_id not in stored
        and (customer := one.customer or users.get(one.user) or unknown.get(one.anonymous))
    }
    made = [
        event
        for event in events.of_names(transaction, whose.values(), NAMES)
        if event[1].startswith("import ") and "\t" in event[1]
    ]
    for one in told:
        for event in made:
            number, _, customer, name, _, properties = event
            if (whose.get(one.message_id), one.event) == (customer, name) and what(
                one.properties
            ) == what(properties):
                events.replace(transaction, number, one.message_id, one.occurred_at, one.properties)
                made.remove(event)
                break


def last_told(transaction: Transaction, customers: Iterable[int]) -> dict[tuple[int, str], str]:
    """The newest of the events of each customer that say so, by channel or topic."""
    return {
        (customer, what(properties)): name
        for _, _, customer, name, _, properties in sorted(
            events.of_names(transaction, customers, NAMES), key=lambda event: event[4]
        )
    }
