"""What all lives of a backtest share, and who is told of them."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from engine.backtest.holding import Standing
from engine.backtest.person import Person, Went
from engine.backtest.products import Changes as ProductChanges
from engine.backtest.products import PastCatalogue
from engine.backtest.shop import Shop
from engine.backtest.updates import Suppressed
from engine.core.changes import Changes
from engine.core.conditions.operations import items_of
from engine.core.model import Instant, Intent
from engine.core.orders import ORDER_EVENTS
from engine.core.schedules import ScheduleLine


class Counting(Protocol):
    """Who is told what happens."""

    def moved(self, person: Person, changes: Changes) -> None: ...

    def went(self, person: Person, went: Went) -> None: ...

    def stayed(self, person: Person, intent: Intent, why: str) -> None: ...

    def waited(self, person: Person, intent: Intent, why: str) -> None: ...

    def unknowable(self, person: Person, flow: str, event: str) -> None: ...

    def pooled(self, person: Person, flow: str) -> None: ...


class Due(NamedTuple):
    """A line of the calendar, and when it is due next for a person."""

    flow: str
    line: ScheduleLine


class Stage:
    """What all lives share."""

    def __init__(
        self,
        shop: Shop,
        catalogue: PastCatalogue,
        products: ProductChanges,
        suppressed: Suppressed,
        period: tuple[Instant, Instant],
        standings: tuple[Standing, ...],
        counting: Counting,
    ) -> None:
        self.shop = shop
        self.deployment = shop.deployment
        self.catalogue = catalogue
        self.products = products
        self.suppressed = suppressed
        self.since, self.until = period
        self.standings = standings
        self.counting = counting
        self.silent = _silent(shop)
        self.foresight = shop.foresight
        self.lines = [
            Due(program.flow, line)
            for program in self.deployment.programs.values()
            for line in program.schedules
        ]


def _silent(shop: Shop) -> frozenset[str]:
    """Events that are only kept in mind: no flow is entered or moved by them, no score and no total
    changes, and nobody looks whether a segment was joined.
    """
    deployment = shop.deployment
    if shop.names is None:
        return frozenset()
    moving = deployment.moving | deployment.entering.keys() | deployment.scoring.keys()
    return frozenset(
        name for name in shop.names - moving - ORDER_EVENTS if not name.startswith("$")
    )


def concerning(stage: Stage, person: Person) -> list[Any]:
    """The changes of products that may concern somebody: of what they ever asked or told about."""
    products = stage.products
    if not products.any:
        return []
    found = list(products.everybody)
    if products.by_family:
        families: dict[str, Instant] = {}
        facts = person.lane.facts
        past = (event for events in facts.history.values() for event in events)
        for event in (*past, *person.events):
            named = [item.get("id") for item in items_of(event.properties)]
            for product in (*named, event.properties.get("item")):
                if isinstance(product, str):
                    families.setdefault(facts.family(product), event.received_at)
        for family, since in families.items():
            found += [one for one in products.by_family.get(family, ()) if one.at >= since]
    return sorted(found, key=lambda one: (one.at, one.seq))
