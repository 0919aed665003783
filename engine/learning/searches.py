"""From what people search for to what they then look at, put into the cart and buy.

A term is known by what followed it, its words by what followed them in any search, and the rest by
the catalogue's own words: each steps in where the one before says little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from engine.core.model import HOUR, MINUTE, Instant
from engine.learning.reading import Happened
from engine.learning.words import searchable, tokens

LOOKED_WITHIN: Final = 30 * MINUTE
BOUGHT_WITHIN: Final = 24 * HOUR
"""What follows a search in this time, and before the next one, is its answer."""

_TRUST: Final = 3.0
"""So much evidence makes a source count half, what comes behind it the other half."""
_PEOPLE: Final = 2
"""A term that fewer people searched for is not kept: it may say who they are."""
_MOST_TERMS: Final = 50_000
_WITHIN: Final = 0.5
"""What a word within another counts."""
_LONG_ENOUGH: Final = 4
"""Words of this length are found inside of others: `zelt` in `zweipersonenzelt`."""

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Searches:
    """`followed[k]` holds by product what followed the term or word `keys[k]`; a term's key starts
    with "=". `described` holds the catalogue's words in the same way, by `vocabulary`.
    """

    keys: Mapping[str, int]
    followed: sparse.csr_matrix
    vocabulary: Mapping[str, int]
    described: sparse.csr_matrix
    meant: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    def find(self, words: str, products: int) -> Reals:
        """Scores of all products for normalised words; 0 for what has nothing to do with them."""
        each = tokens(words)
        by_text = self._by_text(each, products)
        learned = np.zeros(products)
        for word in each:
            row = self._row(word)
            if row is not None:
                learned += row / len(each)
        found = _blend(learned, by_text)
        row = self._row("=" + words)
        return found if row is None else _blend(row, found)

    def _row(self, key: str) -> Reals | None:
        place = self.keys.get(key)
        if place is None:
            return None
        row: Reals = self.followed[place].toarray().ravel()
        return row

    def _by_text(self, words: Sequence[str], products: int) -> Reals:
        """Rarer words say more; a product that has all of them comes first."""
        score, hits = np.zeros(products), np.zeros(products)
        for word in words:
            row = np.zeros(products)
            for place, weight in self._meant(word):
                start, end = self.described.indptr[place : place + 2]
                ids = self.described.indices[start:end]
                row[ids] = np.maximum(row[ids], weight * self.described.data[start:end])
            having = int(np.count_nonzero(row))
            if having:
                score += row * np.log1p(products / having)
                hits += row > 0
        result: Reals = score * (hits / max(len(words), 1)) ** 2
        return result

    def _meant(self, word: str) -> list[tuple[int, float]]:
        """The catalogue's words that a searched word may mean: itself, and those around it."""
        found = self.meant.get(word)
        if found is None:
            known = self.vocabulary.get(word)
            found = [] if known is None else [(known, 1.0)]
            if len(word) >= _LONG_ENOUGH:
                found += [
                    (place, _WITHIN)
                    for other, place in self.vocabulary.items()
                    if other != word
                    and (word in other or (len(other) >= _LONG_ENOUGH and other in word))
                ]
            if len(self.meant) < _MOST_TERMS:
                self.meant[word] = found
        return found


def _blend(first: Reals, then: Reals) -> Reals:
    """Shares of two sources: the first counts the more the more it rests on."""
    weight = float(first.sum())
    if weight <= 0:
        return then
    trust = weight / (weight + _TRUST)
    behind = float(then.sum())
    result: Reals = trust * first / weight + ((1 - trust) * then / behind if behind > 0 else 0.0)
    return result


def learn_searches(
    happened: Happened, products: Sequence[str], catalogue: Mapping[str, Mapping[str, Any]]
) -> Searches:
    """`products` are all ids, in the order of the model; those of `happened` come first."""
    followed: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    people: dict[str, set[int]] = defaultdict(set)
    for customer, words, answers in _answers(happened):
        for key in ("=" + words, *tokens(words)):
            people[key].add(customer)
            for product, weight in answers:
                followed[key][product] += weight
    kept = sorted(
        (key for key, row in followed.items() if row and len(people[key]) >= _PEOPLE),
        key=lambda key: (-len(people[key]), key),
    )[:_MOST_TERMS]
    described: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for place, identity in enumerate(products):
        for word, weight in searchable(catalogue.get(identity, {})):
            described[word][place] = max(described[word][place], weight)
    vocabulary = sorted(described)
    return Searches(
        {key: place for place, key in enumerate(kept)},
        _matrix([followed[key] for key in kept], len(products)),
        {word: place for place, word in enumerate(vocabulary)},
        _matrix([described[word] for word in vocabulary], len(products)),
    )


def _answers(happened: Happened) -> list[tuple[int, str, list[tuple[int, float]]]]:
    """For each search who searched, for what, and what followed."""
    order = np.lexsort((happened.event, happened.at, happened.customer))
    customers, moments = happened.customer[order], happened.at[order]
    found = []
    searches = happened.searches
    for number, (customer, at, _event, words) in enumerate(searches):
        following = searches[number + 1] if number + 1 < len(searches) else None
        until: Instant = at + BOUGHT_WITHIN
        if following is not None and following[0] == customer and following[3] != words:
            until = min(until, following[1])
        first = np.searchsorted(customers, customer, side="left")
        last = np.searchsorted(customers, customer, side="right")
        first += np.searchsorted(moments[first:last], at, side="left")
        answers = []
        for row in order[first:last]:
            moment = happened.at[row]
            if moment > until:
                break
            if happened.bought[row] or moment <= at + LOOKED_WITHIN:
                answers.append((int(happened.product[row]), float(happened.act[row])))
        found.append((customer, words, answers))
    return found


def _matrix(rows: Sequence[Mapping[int, float]], products: int) -> sparse.csr_matrix:
    starts = np.cumsum([0, *(len(row) for row in rows)])
    ids = np.array([place for row in rows for place in sorted(row)], dtype=np.int32)
    data = np.array([row[place] for row in rows for place in sorted(row)], dtype=np.float32)
    return sparse.csr_matrix((data, ids, starts), shape=(len(rows), products))
