"""Which products to show: the strategies of `products N ..` over a trained model.

Each strategy scores all products by what it starts from, and blends in the next source where the
one before rests on little. What nobody could buy, or the customer has before them already, is never
shown: sold out, taken away, in the cart, bought just now, or the product that the message is about.
`else ..` fills up with what another strategy finds. Without it `products 4 ..` fills up with best
sellers, of the same categories first; `products 3 to 8 ..` does not, for it asks whether the
strategy itself has found enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dsl import tree
from engine.core.conditions.operations import items_of as lines_of
from engine.core.conditions.scope import Scope
from engine.core.model import DAY, Event, Instant
from engine.core.ports import Eligible
from engine.core.products import period_of, words_of
from engine.core.signals import BOUGHT, SEARCHED, WEIGHTS
from engine.learning import by_catalogue
from engine.learning.reading import WINDOW, group_of, items_of
from engine.learning.tastes import Tastes
from engine.learning.words import normal

JUST_BOUGHT: Final = 30 * DAY
"""For so long nobody is shown what they bought and may want again: what has `usage_days` (for less,
if it is used up before), and what many buy again."""

LASTING: Final = WINDOW
"""For so long nobody is shown anything else that they bought: one tent is enough."""

BOUGHT_AGAIN: Final = 0.3
"""The share of its buyers from which a product counts as bought again."""

TASTE_HALF_LIFE: Final = 180 * DAY
_LOUDEST: Final = 6.0
_SEEDS: Final = 60
_VISIT: Final = 7 * DAY
"""Views this far behind the latest one are what was `viewed`."""
_VIEWED_LAST: Final = 10
_TERMS: Final = 3
_ENOUGH: Final = 10.0
"""So many rows with a product make what they say count half."""
_CATEGORIES: Final = 0.1
_ALIKE: Final = 0.02
_AVAILABLE: Final = frozenset({"", "in_stock", "instock", "available"})

Reals = npt.NDArray[np.float64]


class Found(NamedTuple):
    """`why` is the source: the strategy's own words, or `bestsellers` for what filled up."""

    product: str
    score: float
    why: str


class Recommender:
    """Answers out of one trained model. Keeps nothing of anybody."""

    def __init__(self, tastes: Tastes) -> None:
        self.tastes = tastes

    def find(
        self,
        scope: Scope,
        strategy: tree.Strategy,
        most: int,
        *,
        fill: bool,
        filling: tree.Strategy | None = None,
        eligible: Eligible | None = None,
    ) -> list[Found]:
        """At most `most` products, best first. `filling` adds what another strategy finds, `fill`
        best sellers; without both it is only what the strategy finds.
        """
        hidden = self._hidden(scope, strategy)
        unbound = set(hidden)
        if eligible is not None:
            everything = {*self.tastes.products, *scope.facts.catalogue}
            hidden |= {one for one in everything if not eligible(scope, one)}
        found: list[Found] = []
        self._add(found, scope, strategy, hidden, most)
        if filling is not None and len(found) < most:
            # A `where` stands before the `else`: what fills up is not bound by it.
            hidden = unbound | self._hidden(scope, filling) | {one.product for one in found}
            if filling.kind == "bestsellers":
                fill = True
            else:
                self._add(found, scope, filling, hidden, most)
        if fill and len(found) < most:
            self._fill(found, scope, self._seeds(scope, strategy), hidden, most)
        return found

    def _add(
        self, found: list[Found], scope: Scope, strategy: tree.Strategy, hidden: set[str], most: int
    ) -> None:
        """What one strategy finds."""
        says = words_of(strategy)
        listed = None
        match strategy.kind, strategy.of:
            case "recently viewed", _:
                listed = _viewed(scope)
            case "dearer than", "order":
                listed = by_catalogue.dearer(scope, _order(scope))
            case "dearer than", _:
                this = _this(scope)
                listed = by_catalogue.dearer(scope, [] if this is None else [this])
            case "new in last", _:
                listed = by_catalogue.new(scope, period_of(strategy))
        if listed is None:
            scores = self._scores(scope, strategy, self._seeds(scope, strategy))
            self._best(found, scope, scores, says, hidden, most)
        else:
            for product in listed:
                self._take(found, scope, product, 1.0, says, hidden, most)

    def _fill(
        self, found: list[Found], scope: Scope, seeds: dict[int, float], hidden: set[str], most: int
    ) -> None:
        """With best sellers, of the same categories first."""
        tastes = self.tastes
        categories = {int(tastes.category[seed]) for seed in seeds} - {-1}
        if categories:
            there = np.isin(tastes.category, list(categories))
            scores = np.where(there, tastes.sales, 0.0)
            self._best(found, scope, scores, "bestsellers", hidden, most)
        self._best(found, scope, tastes.sales, "bestsellers", hidden, most)
        self._best(found, scope, self._rated(scope), "bestsellers", hidden, most)

    def _best(
        self,
        found: list[Found],
        scope: Scope,
        scores: Reals,
        why: str,
        hidden: set[str],
        most: int,
    ) -> None:
        """Add the best that may be shown; at a tie the smaller id."""
        if len(found) >= most:
            return
        positive = np.flatnonzero(scores > 0)
        order = positive[np.lexsort((positive, -np.round(scores[positive], 12)))]
        for place in order:
            if len(found) >= most:
                return
            product = self.tastes.products[place]
            self._take(found, scope, product, float(scores[place]), why, hidden, most)

    @staticmethod
    def _take(
        found: list[Found],
        scope: Scope,
        product: str,
        score: float,
        why: str,
        hidden: set[str],
        most: int,
    ) -> None:
        if len(found) < most and product not in hidden and sellable(scope.facts.catalogue, product):
            hidden.add(product)
            found.append(Found(product, round(score, 6), why))

    # --- what it starts from ----------------------------------------------------------------

    def _seeds(self, scope: Scope, strategy: tree.Strategy) -> dict[int, float]:
        catalogue, index = scope.facts.catalogue, self.tastes.index
        match strategy.kind, strategy.of:
            case _, "cart":
                weights = dict.fromkeys(scope.facts.cart.items, 1.0)
            case _, "order":
                weights = dict.fromkeys(_order(scope), 1.0)
            case _, "this product":
                this = _this(scope)
                weights = {} if this is None else {this: 1.0}
            case _, "viewed":
                viewed = _viewed(scope, within=_VISIT)
                weights = {
                    product: 0.8**place for place, product in enumerate(viewed[:_VIEWED_LAST])
                }
            case "for customer", _:
                weights = _liked(scope)
            case _:
                weights = {}
        seeds: dict[int, float] = {}
        for product, weight in weights.items():
            place = index.get(group_of(product, catalogue))
            if place is not None:
                seeds[place] = seeds.get(place, 0.0) + weight
        return seeds

    # --- what is not shown ------------------------------------------------------------------

    def _hidden(self, scope: Scope, strategy: tree.Strategy) -> set[str]:
        """What this customer has before them already."""
        facts = scope.facts
        hidden = set(facts.cart.items)
        for event in facts.history.get(BOUGHT, ()):
            for product in items_of(event.properties):
                if scope.now - event.occurred_at < self._wanted_again_after(scope, product):
                    hidden.add(product)
        if strategy.of == "order":
            hidden.update(_order(scope))
        if strategy.kind == "similar to" and strategy.of == "viewed":
            hidden.update(_viewed(scope, within=_VISIT)[:_VIEWED_LAST])
        this = _this(scope)
        if this is not None:
            hidden.add(this)
        return hidden | {group_of(product, facts.catalogue) for product in hidden}

    def _wanted_again_after(self, scope: Scope, product: str) -> Instant:
        used = _number(scope.facts.product(product).get("usage_days"))
        if used > 0:
            return min(JUST_BOUGHT, round(used * DAY))
        place = self.tastes.index.get(group_of(product, scope.facts.catalogue))
        again = place is not None and self.tastes.rebought[place] >= BOUGHT_AGAIN
        return JUST_BOUGHT if again else LASTING

    # --- scores -----------------------------------------------------------------------------

    def _scores(self, scope: Scope, strategy: tree.Strategy, seeds: dict[int, float]) -> Reals:
        tastes, nothing = self.tastes, np.zeros(len(self.tastes.products))
        match strategy.kind:
            case "bestsellers":
                return tastes.sales
            case "from search":
                return self._searched(scope)
            case _ if not seeds:
                return nothing
            case "bought with":
                return self._cascade(seeds, ("bought", "viewed", "alike"))
            case "similar to":
                return self._cascade(seeds, ("viewed", "alike"))
        return self._for_customer(seeds)

    def _cascade(self, seeds: dict[int, float], sources: Sequence[str]) -> Reals:
        """Each source counts the more the more rows know the seeds, the next one the rest."""
        left, total = 1.0, np.zeros(len(self.tastes.products))
        for name in sources:
            source = getattr(self.tastes, name)
            scores = np.zeros(len(total))
            source.add(seeds, scores)
            known = sum(weight * float(source.seen[seed]) for seed, weight in seeds.items())
            known /= sum(seeds.values())
            share = 1.0 if name == sources[-1] else known / (known + _ENOUGH)
            total += left * share * _shares(scores)
            left *= 1 - 0.95 * share
        return total

    def _for_customer(self, seeds: dict[int, float]) -> Reals:
        """What people with these tastes like, what sells in these categories, what is like it."""
        tastes = self.tastes
        size = len(tastes.products)
        weights = {seed: float(np.log1p(weight)) for seed, weight in seeds.items()}
        liked, alike = np.zeros(size), np.zeros(size)
        tastes.liked.add(weights, liked)
        tastes.alike.add(weights, alike)
        total = _shares(liked) + _CATEGORIES * self._by_category(weights) + _ALIKE * _shares(alike)
        # What was bought is hidden or wanted again; what was only looked at may still be wanted.
        places = sorted(seeds)
        total[places] = np.maximum(total[places], float(total.mean())) * tastes.lift
        return total

    def _by_category(self, seeds: dict[int, float]) -> Reals:
        tastes = self.tastes
        total = np.zeros(len(tastes.products))
        weights: dict[int, float] = {}
        for seed, weight in seeds.items():
            category = int(tastes.category[seed])
            if category >= 0:
                weights[category] = weights.get(category, 0.0) + weight
        if not weights:
            return total
        whole = sum(weights.values())
        for category, weight in weights.items():
            there = np.where(tastes.category == category, tastes.sales, 0.0)
            total += weight / whole * _shares(there)
        return total

    def _searched(self, scope: Scope) -> Reals:
        tastes = self.tastes
        total = np.zeros(len(tastes.products))
        terms: list[str] = []
        own = scope.entry.get("search_term")
        past = scope.facts.history.get(SEARCHED, ())
        for told in (own, *(event.properties.get("search_term") for event in reversed(past))):
            term = normal(told) if isinstance(told, str) else ""
            if term and term not in terms:
                terms.append(term)
            if len(terms) == _TERMS:
                break
        for place, term in enumerate(terms):
            total += 0.5**place * _shares(tastes.searches.find(term, len(total)))
        return total

    def _rated(self, scope: Scope) -> Reals:
        """Where nothing was sold: the best rated, and behind them everything else."""
        catalogue = scope.facts.catalogue
        return np.array(
            [1.0 + (_number(catalogue.get(one, {}).get("rating"))) for one in self.tastes.products]
        )


def sellable(catalogue: Mapping[str, Mapping[str, Any]], product: str) -> bool:
    """Whether it may be shown: told of by the shop, not sold out, not taken away.

    A product without a stock number is not counted. A shop that never told of any product is
    taken at its events' word.
    """
    if not catalogue:
        return True
    properties = catalogue.get(product)
    if properties is None:
        return False
    availability = str(properties.get("availability") or "").lower().replace(" ", "_")
    stock = properties.get("stock")
    return availability in _AVAILABLE and (stock is None or _number(stock) > 0)


def _this(scope: Scope) -> str | None:
    """The product that the run is about."""
    this = scope.product or (scope.item or {}).get("id")
    return this if isinstance(this, str) else None


def _order(scope: Scope) -> list[str]:
    """The order that the run is about, else the customer's latest."""
    entry = scope.entry
    if entry.get("order_id") and (lines := lines_of(entry)):
        return [line["id"] for line in lines if isinstance(line.get("id"), str)]
    past = scope.facts.history.get(BOUGHT)
    return items_of(past[-1].properties) if past else []


def _viewed(scope: Scope, within: Instant | None = None) -> list[str]:
    """What was looked at, the latest first; `within` counts back from the latest."""
    past = scope.facts.history.get("view_item", [])
    catalogue = scope.facts.catalogue
    found: dict[str, None] = {}
    for event in reversed(past):
        if within is not None and past[-1].occurred_at - event.occurred_at > within:
            break
        for product in items_of(event.properties):
            found[group_of(product, catalogue)] = None
        if len(found) >= _SEEDS:
            break
    return list(found)


def _liked(scope: Scope) -> dict[str, float]:
    """Products by how much the customer has shown to like them, fading with time."""
    catalogue = scope.facts.catalogue
    events: list[tuple[Instant, int, float, Event]] = [
        (event.occurred_at, event.seq, weight, event)
        for name, weight in WEIGHTS.items()
        for event in scope.facts.history.get(name, ())
    ]
    events.sort(key=lambda row: (row[0], row[1]), reverse=True)
    weights: dict[str, float] = {}
    for at, _, weight, event in events:
        fresh = 0.5 ** (max(scope.now - at, 0) / TASTE_HALF_LIFE)
        for product in items_of(event.properties):
            group = group_of(product, catalogue)
            if group in weights or len(weights) < _SEEDS:
                weights[group] = min(weights.get(group, 0.0) + weight * fresh, _LOUDEST)
    return weights


def _shares(scores: Reals) -> Reals:
    total = float(scores.sum())
    result: Reals = scores / total if total > 0 else scores
    return result


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
