"""Who must not be reached: addresses are kept as keyed hashes, which no database can make.

So they are resolved to customers here, and handed to the query as a list. Only customers who have
consented to a channel and have an address for it are looked at, and only where the list of
suppressed addresses holds anything at all for that channel.
"""

from __future__ import annotations

from collections.abc import Collection

from dsl import tree
from engine.core.deployment import Deployment
from engine.core.facts import CONTACT
from engine.segments.sql.writing import Suppressed
from engine.store.rows import Rows
from engine.store.suppression import Suppressions


def channels_of(
    condition: tree.Condition | tree.ConditionBlock, deployment: Deployment
) -> frozenset[str]:
    """The channels that a condition asks about, in the segments that it speaks of too."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting: list[tree.Condition | tree.ConditionBlock] = [condition]
    while waiting:
        for node in tree.walk(waiting.pop()):
            if isinstance(node, tree.CanReceive) and node.what in CONTACT:
                found.add(node.what)
            elif isinstance(node, tree.InSegment) and node.segment not in seen:
                seen.add(node.segment)
                if node.segment in deployment.blocks:
                    waiting.append(deployment.blocks[node.segment])
    return frozenset(found)


def suppressed_customers(
    reader: Rows, suppressions: Suppressions, channels: Collection[str]
) -> Suppressed:
    """By channel the customers whose address is suppressed; for `customers_where`."""
    suppressions.read(reader)
    found = {}
    for channel in channels:
        if suppressions.holds(channel):
            rows = reader.rows(
                "select c.id, json_extract(cast(c.properties as text),"
                f" '$.{CONTACT[channel]}') from consent k join customer c on c.id = k.customer"
                " where k.what = ? and k.allowed and c.merged_into is null",
                (channel,),
            )
            found[channel] = [
                customer
                for customer, address in rows
                if isinstance(address, str) and address and suppressions.includes(channel, address)
            ]
    return found
