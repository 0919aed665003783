"""What every part of a running service shares: the published shop and what is kept in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from engine.clock import Clock
from engine.core.bounces import SOFT_BOUNCES
from engine.core.choices import Choices
from engine.core.deployment import Deployment
from engine.core.model import HOUR, Instant
from engine.core.ports import Ports
from engine.learning.current import Learned
from engine.messages.return_paths import ReturnPaths
from engine.publishing.brakes import Brakes
from engine.publishing.routes import Version
from engine.publishing.schedule_lines import Lines
from engine.store import states
from engine.store.products import Catalogue
from engine.store.states import FlowNumbers, Loaded, Needs
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction


class Live:
    """Its contents are replaced by a publish, inside a piece of the writer's work.

    `lines` are the numbers of the lines that are due by the calendar; `folders` says where the
    sources of each (flow, version) lie, messages too, and `versions` what each is. `holds` are the
    flows that somebody paused or stopped, `brakes` the marketing that is stopped, `providers` the
    channels that can leave the house (None: every one), `choices` how far experiments with `winner`
    were when a batch last looked, `soft_bounces` after how many of them an
    address is suppressed, `returns` the addresses that mail comes back to (None: its sender's),
    `gone_before` the messages that went out before the database was restored. `deployment` is there
    once something went live.
    """

    deployment: Deployment

    def __init__(self, clock: Clock, suppressions: Suppressions) -> None:
        self.clock = clock
        self.suppressions = suppressions
        self.max_lateness: Instant = 24 * HOUR
        self.soft_bounces = SOFT_BOUNCES
        self.returns: ReturnPaths | None = None
        self.holds: Mapping[str, str] = {}
        self.choices: Choices = {}
        self.brakes = Brakes()
        self.providers: frozenset[str] | None = None
        self.gone_before: frozenset[tuple[int, str, int, int]] = frozenset()
        self.needs = Needs()
        self.flows = FlowNumbers()
        self.catalogue = Catalogue()
        self.learned = Learned()
        self.lines: Lines = {}
        self.folders: dict[tuple[str, int], Path] = {}
        self.versions: dict[tuple[str, int], Version] = {}

    def ports(self) -> Ports:
        """What a turn is told of now."""
        learned = self.learned
        return Ports(self.holds, learned.find, learned.habits, self.providers, self.choices)

    def load(
        self,
        transaction: Transaction,
        customers: Collection[int],
        now: Instant,
        *,
        needs: Needs | None = None,
        since: Instant | None = None,
    ) -> Loaded:
        """The lanes of these customers, with what the shop needs of them or with other `needs`.
        `since` as in `engine.store.states.load`.
        """
        return states.load(
            transaction,
            customers,
            needs=self.needs if needs is None else needs,
            flows=self.flows,
            suppressions=self.suppressions,
            catalogue=self.catalogue.read(transaction),
            zone=self.deployment.zone,
            now=now,
            since=since,
        )
