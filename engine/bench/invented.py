"""Invented shops whose customers' tastes and hours are known, to measure what is learned of them.

Everything is drawn from one seed. Nothing of how it was drawn reaches what is learned but the
events, the catalogue, and who the customers are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.core.model import DAY, HOUR, MINUTE, Instant

NOW: Final[Instant] = 1_767_600_000_000  # 2026-01-05 08:00 UTC


@dataclass(frozen=True, slots=True)
class Kind:
    """How a shop is. `clusters` of products, each liked by some; a customer likes one to `likes` of
    them. `skew` is the exponent of Zipf's law by which products sell within a cluster. `noise` is
    the share of acts that no taste explains. `told` is the share of products whose category in the
    catalogue is that of their cluster; the others have a wrong one. None: the shop has told of no
    category.
    """

    customers: int = 1_500
    products: int = 400
    clusters: int = 20
    likes: int = 3
    skew: float = 0.9
    noise: float = 0.15
    orders: tuple[int, int] = (2, 8)
    told: float | None = None


@dataclass(slots=True)
class Invented:
    """`events` are (customer, name, at, properties) in the order of time; `last` says by customer
    what their last order held that they had not bought before. `hours` is the planted hour by
    customer.
    """

    products: dict[str, dict[str, Any]]
    customers: int
    events: list[tuple[int, str, Instant, dict[str, Any]]] = field(default_factory=list)
    last: dict[int, str] = field(default_factory=dict)
    hours: dict[int, int] = field(default_factory=dict)


def tastes(kind: Kind, seed: int) -> Invented:
    """A shop of people with tastes. The last order of each is left out of the events."""
    draw = np.random.default_rng(seed)
    cluster = draw.integers(0, kind.clusters, kind.products)
    sells = draw.permutation(1 / np.arange(1, kind.products + 1) ** kind.skew)
    anything = sells / sells.sum()
    within = [
        _chances(np.where(cluster == one, sells, 0.0), anything) for one in range(kind.clusters)
    ]
    shop = Invented(_catalogue(kind, cluster, draw), kind.customers)
    for customer in range(1, kind.customers + 1):
        liked = draw.choice(kind.clusters, int(draw.integers(1, kind.likes + 1)), replace=False)
        shares = draw.dirichlet(np.ones(len(liked)))
        moments = np.sort(draw.integers(1, 360, int(draw.integers(*kind.orders, endpoint=True))))
        bought: set[str] = set()
        for number, days in enumerate(moments):
            at = NOW - (365 - int(days)) * DAY + int(draw.integers(0, 12 * HOUR))
            chances = within[int(draw.choice(liked, p=shares))]
            views = [
                _one(draw, chances, anything, 2 * kind.noise) for _ in range(draw.integers(1, 7))
            ]
            basket = {_one(draw, chances, anything, kind.noise) for _ in range(draw.integers(1, 4))}
            order = sorted(f"p{product:04d}" for product in basket)
            if number == len(moments) - 1:
                new = [product for product in order if product not in bought]
                if new and bought:
                    shop.last[customer] = new[int(draw.integers(0, len(new)))]
                continue
            bought.update(order)
            for place, product in enumerate(views):
                told = {"item": f"p{product:04d}"}
                shop.events.append((customer, "view_item", at + place * MINUTE, told))
            items = [{"id": product, "quantity": 1} for product in order]
            told_order = {"order_id": f"o{customer}-{number}", "items": items}
            shop.events.append((customer, "purchase", at + 20 * MINUTE, told_order))
    shop.events.sort(key=lambda event: (event[2], event[0]))
    return shop


def _chances(
    weights: npt.NDArray[np.float64], otherwise: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    total = weights.sum()
    result: npt.NDArray[np.float64] = weights / total if total > 0 else otherwise
    return result


def _one(
    draw: np.random.Generator,
    chances: npt.NDArray[np.float64],
    anything: npt.NDArray[np.float64],
    noise: float,
) -> int:
    return int(draw.choice(len(chances), p=anything if draw.random() < noise else chances))


def _catalogue(
    kind: Kind, cluster: npt.NDArray[np.int64], draw: np.random.Generator
) -> dict[str, dict[str, Any]]:
    found = {}
    for product in range(kind.products):
        identity = f"p{product:04d}"
        found[identity] = {"id": identity, "name": f"Product {product}", "price": 1_000, "stock": 9}
        if kind.told is not None:
            right = draw.random() < kind.told
            shelf = cluster[product] if right else draw.integers(0, kind.clusters)
            found[identity]["category"] = f"Shelf {shelf}"
    return found


def habits(
    people: int,
    seed: int,
    *,
    acts: tuple[int, int] = (20, 60),
    spread: float = 1.0,
    noise: float = 0.2,
) -> Invented:
    """A shop of people with an hour of their own, between 6 and 23 o'clock.

    An act falls on the middle of that hour plus a normal deviation of `spread` hours (wrapped
    around midnight); a share `noise` of acts falls anywhere. Four in five acts are clicks.
    Times are UTC; days are spread over the last 120.
    """
    draw = np.random.default_rng(seed)
    shop = Invented({}, people)
    for customer in range(1, people + 1):
        hour = shop.hours[customer] = int(draw.integers(6, 24))
        for _ in range(int(draw.integers(*acts, endpoint=True))):
            middle = float(draw.uniform(0, 24))
            if draw.random() >= noise:
                middle = (hour + 0.5 + float(draw.normal(0, spread))) % 24
            day = (NOW // DAY - int(draw.integers(1, 121))) * DAY
            name = "click_email" if draw.random() < 0.8 else "purchase"
            told = {"order_id": "o", "items": []} if name == "purchase" else {"message": "news"}
            shop.events.append((customer, name, day + int(middle * HOUR), told))
    shop.events.sort(key=lambda event: (event[2], event[0]))
    return shop
