"""Which products to show: the strategies of `products N ..` over a trained model.

Each strategy scores all products by what it starts from, and blends in the next source where the
one before rests on little. What nobody could buy, or the customer has before them already, is never
shown: sold out, taken away, in the cart, bought just now, or the product that the message is about.
`else ..` fills up with what another strategy finds, best sellers of the same categories first;
without it a block is what was asked for and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dsl import tree
from engine.core.conditions.scope import Scope
from engine.core.families import group_of
from engine.core.model import DAY, Event, Instant
from engine.core.offers import (
    before_them,
    lately,
    listed,
    order_of,
    sellable,
    this_product,
)
from engine.core.ports import Eligible
from engine.core.products import words_of
from engine.core.signals import SEARCHED, WEIGHTS
from engine.learning.reading import items_of
from engine.learning.tastes import Tastes
from engine.learning.words import normal

BOUGHT_AGAIN: Final = 0.3
"""The share of its buyers from which a product counts as bought again."""

TASTE_HALF_LIFE: Final = 180 * DAY
_LOUDEST: Final = 6.0
_SEEDS: Final = 60
_TERMS: Final = 3
_ENOUGH: Final = 10.0
"""So many rows with a product make what they say count half."""
_CATEGORIES: Final = 0.1
_ALIKE: Final = 0.02

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
        names = listed(scope, strategy)
        if names is None:
            scores = self._scores(scope, strategy, self._seeds(scope, strategy))
            self._best(found, scope, scores, says, hidden, most)
        else:
            for product in names:
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
                weights = dict.fromkeys(order_of(scope), 1.0)
            case _, "this product":
                this = this_product(scope)
                weights = {} if this is None else {this: 1.0}
            case _, "viewed":
                weights = {product: 0.8**place for place, product in enumerate(lately(scope))}
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
        return before_them(scope, strategy, lambda product: self._bought_again(scope, product))

    def _bought_again(self, scope: Scope, product: str) -> bool:
        place = self.tastes.index.get(group_of(product, scope.facts.catalogue))
        return place is not None and bool(self.tastes.rebought[place] >= BOUGHT_AGAIN)

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
