"""Who is in a segment, asked of all customers at once."""

from __future__ import annotations

from dsl import tree
from engine.core.deployment import Deployment
from engine.core.model import Instant
from engine.segments.sql import Query, members_of
from engine.segments.sql.suppressed import channels_of, suppressed_customers
from engine.store.database import Database, Reader
from engine.store.suppression import Suppressions


class Inside:
    """Makes the queries that tell a segment's members. For one thread at a time."""

    def __init__(self, suppressions: Suppressions, database: Database) -> None:
        self._dialect = database.dialect
        # A list of its own: what a reader sees may be older than what the worker has read.
        self._suppressions = suppressions.anew()
        self._asked: tuple[Deployment | None, dict[str, frozenset[str]]] = (None, {})

    def query(
        self,
        reader: Reader,
        deployment: Deployment,
        segment: str,
        now: Instant,
        *,
        within: Query | None = None,
    ) -> Query:
        """The ids of a segment's members, of all customers or of those `within`; for `reader`."""
        channels = self._channels(deployment, segment)
        return members_of(
            segment,
            deployment,
            dialect=self._dialect,
            now=now,
            within=within,
            suppressed=suppressed_customers(reader, self._suppressions, channels),
        )

    def _channels(self, deployment: Deployment, segment: str) -> frozenset[str]:
        """The channels that a segment asks about: as long as a deployment is, the same."""
        if self._asked[0] is not deployment:
            self._asked = (deployment, {})
        known = self._asked[1]
        if segment not in known:
            known[segment] = channels_of(tree.InSegment(segment), deployment)
        return known[segment]
