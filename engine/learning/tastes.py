"""The model behind every strategy of `products N ..`, trained from events and the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
from scipy import sparse

from engine.core.model import DAY, MINUTE, Instant
from engine.learning.cooccurrence import Neighbours, neighbours, rows_of
from engine.learning.reading import Happened
from engine.learning.searches import Searches, learn_searches
from engine.learning.words import described

SESSION: Final = 30 * MINUTE
SALES_HALF_LIFE: Final = 30 * DAY
"""After so long a sale counts half among the best sellers."""
_SAME_CUSTOMER: Final = 0.3
"""What one customer bought in different orders, beside one order."""
_TOO_COMMON: Final = 5_000
"""A feature of more products says nothing."""
_VIEWS_AS_SALES: Final = 0.02
"""A view among the best sellers: it decides where nothing was sold."""
_SAMPLE: Final = 500
_LOOKED_BACK: Final = 200
_DOUBT: Final = 5.0
_MOST_LIFT: Final = 30.0
VERSION: Final = 1
"""Of the stored form. A model of another version is trained anew."""

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tastes:
    """`products` are ids (variants stand under their parent), sorted.

    `bought` are products of one order, `viewed` of one visit, `liked` of one customer, `alike` by
    category, brand and words. `sales` are decayed, by product; `category` the number of each
    product's category, -1 for none. `rebought` is the share of a product's buyers who bought it in
    more than one order; `lift` how much more often people buy what they looked at than what their
    tastes say of it.
    """

    products: list[str]
    bought: Neighbours
    viewed: Neighbours
    liked: Neighbours
    alike: Neighbours
    searches: Searches
    sales: Reals
    category: npt.NDArray[np.int32]
    rebought: Reals
    lift: float
    trained_at: Instant
    events: int
    index: dict[str, int]

    def to_bytes(self) -> bytes:
        """For the store; `from_bytes` takes it back."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _BY_PRODUCT}
        for name in _KINDS:
            one: Neighbours = getattr(self, name)
            for part in _PARTS:
                arrays[f"{name}.{part}"] = getattr(one, part)
        for name in ("followed", "described"):
            matrix: sparse.csr_matrix = getattr(self.searches, name)
            arrays |= {f"{name}.{part}": getattr(matrix, part) for part in _CSR}
        told = {
            "version": VERSION,
            "products": self.products,
            "keys": list(self.searches.keys),
            "vocabulary": list(self.searches.vocabulary),
            "trained_at": self.trained_at,
            "events": self.events,
            "lift": self.lift,
        }
        arrays["told"] = np.frombuffer(orjson.dumps(told), dtype=np.uint8)
        target = BytesIO()
        np.savez_compressed(target, **arrays)
        return target.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Tastes | None:
        """None where another version of Headrace stored it."""
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            told = orjson.loads(arrays["told"].tobytes())
            if told["version"] != VERSION:
                return None
            products: list[str] = told["products"]
            size = len(products)
            kinds = {
                name: Neighbours(**{part: arrays[f"{name}.{part}"] for part in _PARTS})
                for name in _KINDS
            }
            followed, words = (
                sparse.csr_matrix(
                    tuple(arrays[f"{name}.{part}"] for part in _CSR), shape=(len(keys), size)
                )
                for name, keys in (("followed", told["keys"]), ("described", told["vocabulary"]))
            )
            searches = Searches(
                {key: place for place, key in enumerate(told["keys"])},
                followed,
                {word: place for place, word in enumerate(told["vocabulary"])},
                words,
            )
            return cls(
                products=products,
                searches=searches,
                lift=told["lift"],
                sales=arrays["sales"],
                category=arrays["category"],
                rebought=arrays["rebought"],
                trained_at=told["trained_at"],
                events=told["events"],
                index={product: place for place, product in enumerate(products)},
                **kinds,
            )


_KINDS: Final = ("bought", "viewed", "liked", "alike")
_BY_PRODUCT: Final = ("sales", "category", "rebought")
_PARTS: Final = ("starts", "ids", "scores", "seen")
_CSR: Final = ("data", "indices", "indptr")


def train(happened: Happened, catalogue: Mapping[str, Mapping[str, Any]], now: Instant) -> Tastes:
    """Learn from all rows of `happened`. Products nobody has touched are known by the catalogue."""
    products = sorted({*happened.products, *_representatives(catalogue)})
    index = {product: place for place, product in enumerate(products)}
    size = len(products)
    renamed = np.array([index[product] for product in happened.products], dtype=np.int64)
    moved = Happened(
        products,
        happened.event,
        happened.customer,
        renamed[happened.product] if len(happened.product) else happened.product,
        happened.at,
        happened.act,
        happened.bought,
        happened.searches,
        happened.hours,
        happened.newest,
    )
    liked = _liked(moved, size)
    return Tastes(
        products=products,
        bought=_bought(moved, size),
        viewed=_viewed(moved, size),
        liked=liked,
        alike=_alike(products, catalogue),
        searches=learn_searches(moved, products, catalogue),
        sales=_sales(moved, size, now),
        category=_categories(products, catalogue),
        rebought=_rebought(moved, size),
        lift=_lift(moved, liked),
        trained_at=now,
        events=len(set(moved.event.tolist())),
        index=index,
    )


def _representatives(catalogue: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {
        product
        for product, properties in catalogue.items()
        if not properties.get("parent") or properties["parent"] not in catalogue
    }


def _categories(
    products: Sequence[str], catalogue: Mapping[str, Mapping[str, Any]]
) -> npt.NDArray[np.int32]:
    names = [catalogue.get(product, {}).get("category") for product in products]
    numbers = {name: place for place, name in enumerate(sorted({n for n in names if n}, key=str))}
    return np.array([numbers[name] if name else -1 for name in names], dtype=np.int32)


def _bought(happened: Happened, size: int) -> Neighbours:
    mask = happened.bought
    product, at = happened.product[mask], happened.at[mask]
    ones = np.ones(len(product))
    orders = rows_of(happened.event[mask], product, ones, at, size)
    people = rows_of(happened.customer[mask], product, ones, at, size)
    return neighbours([(1.0, orders), (_SAME_CUSTOMER, people)], size)


def _viewed(happened: Happened, size: int) -> Neighbours:
    """Visits: what one customer looked at without a pause of half an hour."""
    order = np.lexsort((happened.event, happened.at, happened.customer))
    customer, at = happened.customer[order], happened.at[order]
    new = np.ones(len(order), dtype=np.int64)
    if len(order):
        new[1:] = (customer[1:] != customer[:-1]) | (at[1:] - at[:-1] > SESSION)
    visits = rows_of(np.cumsum(new), happened.product[order], happened.act[order], at, size)
    people = rows_of(happened.customer, happened.product, happened.act, happened.at, size)
    return neighbours([(1.0, visits), (_SAME_CUSTOMER, people)], size)


def _liked(happened: Happened, size: int) -> Neighbours:
    people = rows_of(happened.customer, happened.product, happened.act, happened.at, size)
    return neighbours([(1.0, people)], size)


def _alike(products: Sequence[str], catalogue: Mapping[str, Mapping[str, Any]]) -> Neighbours:
    """The cosine of features, rarer ones weighing more."""
    numbers: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    weights: list[float] = []
    for place, product in enumerate(products):
        for feature, weight in described(catalogue.get(product, {})):
            rows.append(numbers.setdefault(feature, len(numbers)))
            columns.append(place)
            weights.append(weight)
    if not rows:
        return Neighbours.none(len(products))
    having = np.bincount(rows, minlength=len(numbers))
    rarity = np.log1p(len(products) / having)
    rarity[having > _TOO_COMMON] = 0.0
    matrix = sparse.csr_matrix(
        (np.array(weights) * rarity[rows], (rows, columns)), shape=(len(numbers), len(products))
    )
    matrix.eliminate_zeros()
    return neighbours([(1.0, matrix)], len(products), alpha=0.5, shrink=0.0, by_length=False)


def _rebought(happened: Happened, size: int) -> Reals:
    """Shrunk, so that two of three buyers are not yet a habit."""
    mask = happened.bought
    pairs = np.unique(
        np.stack([happened.product[mask], happened.customer[mask], happened.event[mask]]), axis=1
    )
    _, first, orders = np.unique(pairs[:2], axis=1, return_index=True, return_counts=True)
    product = pairs[0][first]
    buyers = np.bincount(product, minlength=size)[:size]
    again = np.bincount(product[orders > 1], minlength=size)[:size]
    result: Reals = again / (buyers + 10.0)
    return result


def _lift(happened: Happened, liked: Neighbours) -> float:
    """How often what was looked at is in the next order, over what tastes expected of it.

    Looks at the newest order of up to `_SAMPLE` customers. 1 where looking says nothing more.
    """
    size = len(happened.products)
    order = np.lexsort((happened.event, happened.at, happened.customer))
    new = np.flatnonzero(np.diff(happened.customer[order]) != 0) + 1
    bounds = np.concatenate([[0], new, [len(order)]]) if len(order) else np.zeros(1, np.int64)
    people = range(len(bounds) - 1)
    step = max(1, len(people) // _SAMPLE)
    seen, expected = 0.0, 0.0
    for number in people[::step]:
        rows = order[bounds[number] : bounds[number + 1]]
        orders = rows[happened.bought[rows]]
        if not len(orders):
            continue
        last = happened.event[orders[-1]]
        before = rows[: int(np.argmax(happened.event[rows] == last))][-_LOOKED_BACK:]
        basket = set(happened.product[rows[happened.event[rows] == last]].tolist())
        weights: dict[int, float] = {}
        for row in before:
            product = int(happened.product[row])
            weights[product] = weights.get(product, 0.0) + float(happened.act[row])
        had = set(happened.product[before[happened.bought[before]]].tolist())
        looked = sorted(weights.keys() - had)
        if not looked:
            continue
        scores = np.zeros(size)
        liked.add({one: float(np.log1p(weight)) for one, weight in weights.items()}, scores)
        scores[sorted(had)] = 0.0
        total = scores.sum()
        if total > 0:
            expected += len(basket - had) * float(scores[looked].sum() / total)
            seen += len(basket.intersection(looked))
    return min(max((seen + _DOUBT) / (expected + _DOUBT), 1.0), _MOST_LIFT)


def _sales(happened: Happened, size: int, now: Instant) -> Reals:
    age = np.maximum(now - happened.at, 0) / SALES_HALF_LIFE
    weight = np.where(happened.bought, 1.0, _VIEWS_AS_SALES) * 0.5**age
    sold = np.bincount(happened.product, weights=weight, minlength=size)[:size]
    return sold.astype(np.float64)
