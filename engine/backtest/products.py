"""Products as they were: prices and stock at any moment of the past, and what changed of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping

from engine.core.conditions.scope import Scope
from engine.core.deployment import Deployment
from engine.core.facts import Facts
from engine.core.families import family_of
from engine.core.model import Instant, PriceFall, ProductChange, Properties
from engine.core.prices import STANDS
from engine.core.triggers import PRODUCT
from engine.store import past, price_history, products
from engine.store.rows import Rows


class PastCatalogue(Mapping[str, Properties]):
    """The products as of `now`, which whoever plays moves. Price and stock are those of then, all
    else is today's. What came later is not there yet, or, with `as_if_known`, is as it came.
    """

    def __init__(self, rows: Rows, since: Instant, *, as_if_known: bool = False) -> None:
        self.now = since
        self._as_if_known = as_if_known
        self._today = products.all_of(rows)
        self._moments: dict[str, list[Instant]] = {}
        self._states: dict[str, list[Properties]] = {}
        for product, at, price, stock in past.product_history(rows, since):
            today = self._today.get(product)
            if today is not None:
                was = {**today, "price": price, "stock": stock}
                was = {name: value for name, value in was.items() if value is not None}
                self._moments.setdefault(product, []).append(at)
                self._states.setdefault(product, []).append(was)

    def __getitem__(self, product: str) -> Properties:
        moments = self._moments.get(product)
        if moments is None:
            return self._today[product]
        place = bisect_right(moments, self.now)
        if not place and not self._as_if_known:
            raise KeyError(product)
        return self._states[product][max(place - 1, 0)]

    def __iter__(self) -> Iterator[str]:
        return (one for one in self._today if one in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, product: object) -> bool:
        moments = self._moments.get(product) if isinstance(product, str) else None
        if moments is None or self._as_if_known:
            return product in self._today
        return moments[0] <= self.now

    def as_seen(self) -> Mapping[str, Properties]:
        """Itself, or, where nothing changed, the plain products."""
        return self if self._moments else self._today


class Changes:
    """What changed of products in the period that can move anybody, by product family."""

    def __init__(
        self, rows: Rows, deployment: Deployment, catalogue: PastCatalogue, period: tuple[int, int]
    ) -> None:
        self._entries = [
            (entry.matcher, entry.interest)
            for program in deployment.entering.get(PRODUCT, ())
            for entry in program.entries[PRODUCT]
        ]
        self._moved = [
            one for each in deployment.versions.values() for one in each.moved_by_products()
        ]
        self.everybody: list[ProductChange | PriceFall] = []
        self.by_family: dict[str, list[ProductChange | PriceFall]] = {}
        self.interest: frozenset[str] = frozenset().union(
            *(names for _, names in self._entries if names is not None)
        )
        if not self._entries and not self._moved:
            return
        since, until = period
        scope = Scope(Facts(0, deployment.zone), since)
        for change in sorted(_all(rows, since, until), key=lambda one: (one.at, one.seq)):
            asked = [names for matcher, names in self._entries if matcher(scope, change)]
            if any(names is None for names in asked):
                self.everybody.append(change)
            elif asked or any(matcher(scope, change) for matcher in self._moved):
                family = family_of(catalogue.as_seen(), change.product)
                self.by_family.setdefault(family, []).append(change)

    @property
    def any(self) -> bool:
        """Whether anything changed that can move somebody."""
        return bool(self.everybody or self.by_family)


def _all(rows: Rows, since: Instant, until: Instant) -> Iterator[ProductChange | PriceFall]:
    after = past.last_before(rows, since)
    while (change := products.next_change(rows, after)) is not None and change.at <= until:
        after = change.seq
        yield change
    after = past.last_before(rows, since - STANDS)
    while (price := price_history.next_price(rows, after, until)) is not None:
        after = price.seq
        if price.fall is not None and since <= price.fall.at <= until:
            yield price.fall
