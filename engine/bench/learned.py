"""How well recommendations and best hours are learned, on invented shops whose truth is known.

Events are stored and read as in production; what is asked is asked as a message would.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from engine.bench.invented import NOW, Invented, Kind, habits, tastes
from engine.learning.models import Model, learn, load, save
from engine.learning.reading import items_of
from engine.reports.recommendations import Question, best_times, recommend
from engine.store import events, products
from engine.store.database import Database, Reader
from engine.store.writer import Transaction

AT: Final = 10
"""Recommendations that are looked at."""
_GROUP: Final = 5_000


def recommendations(seeds: Sequence[int], kind: Kind | None = None) -> dict[str, Any]:
    """Hit rates at 10 of `for customer` and of best sellers, each customer's last order left out.

    A hit: one product of that order, new to the customer and chosen at random, is among the 10.
    Best sellers are the most sold products that this customer has not bought.
    """
    kind = kind or Kind()
    shops = [_measure_tastes(tastes(kind, seed), seed) for seed in seeds]
    return {
        "benchmark": "recommendations",
        "at": AT,
        "customers": kind.customers,
        "products": kind.products,
        "clusters": kind.clusters,
        "skew": kind.skew,
        "noise": kind.noise,
        "hit_rate": _mean(shop["hit_rate"] for shop in shops),
        "bestsellers_hit_rate": _mean(shop["bestsellers_hit_rate"] for shop in shops),
        "ratio": _mean(shop["ratio"] for shop in shops),
        "lowest_ratio": min(shop["ratio"] for shop in shops),
        "shops": shops,
    }


def best_hours(
    seeds: Sequence[int], people: int = 500, *, spread: float = 1.0, noise: float = 0.2
) -> dict[str, Any]:
    """The share of people with 20 or more acts whose planted hour is found, exactly and within an
    hour either way.
    """
    shops = [
        _measure_habits(habits(people, seed, spread=spread, noise=noise), seed) for seed in seeds
    ]
    return {
        "benchmark": "besttime",
        "people": people,
        "spread_hours": spread,
        "noise": noise,
        "exact": _mean(shop["exact"] for shop in shops),
        "within_an_hour": _mean(shop["within_an_hour"] for shop in shops),
        "most_frequent_hour": _mean(shop["most_frequent_hour"] for shop in shops),
        "lowest": min(shop["exact"] for shop in shops),
        "shops": shops,
    }


def _measure_tastes(shop: Invented, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="headrace-learned-") as scratch:
        database, model, seconds = _learned(shop, Path(scratch))
        with database.reader() as reader:
            asked = {str(customer): customer for customer in sorted(shop.last)}
            question = Question("for customer", AT)
            began = time.perf_counter()
            answers = recommend(reader, model, asked, question, NOW, "UTC")
            asking = time.perf_counter() - began
        database.close()
    sold: Counter[str] = Counter()
    bought: dict[int, set[str]] = {}
    for customer, name, _, properties in shop.events:
        if name == "purchase":
            sold.update(items_of(properties))
            bought.setdefault(customer, set()).update(items_of(properties))
    order = sorted(sold, key=lambda product: (-sold[product], product))
    hits = best = 0
    for customer, product in shop.last.items():
        hits += product in {one["id"] for one in answers[str(customer)]}
        best += product in [one for one in order if one not in bought.get(customer, ())][:AT]
    people = max(len(shop.last), 1)
    return {
        "seed": seed,
        "events": len(shop.events),
        "asked": len(shop.last),
        "hit_rate": round(hits / people, 4),
        "bestsellers_hit_rate": round(best / people, 4),
        "ratio": round(hits / max(best, 1), 3),
        "learning_seconds": round(seconds, 3),
        "milliseconds_per_answer": round(asking / people * 1000, 3),
    }


def _measure_habits(shop: Invented, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="headrace-learned-") as scratch:
        database, model, _ = _learned(shop, Path(scratch))
        with database.reader() as reader:
            asked = {str(customer): customer for customer in shop.hours}
            answers = best_times(reader, model.habits, asked, NOW, "UTC")
        database.close()
    exact = near = raw = 0
    acts: dict[int, Counter[int]] = {customer: Counter() for customer in shop.hours}
    for customer, _, at, _ in shop.events:
        acts[customer][at // 3_600_000 % 24] += 1
    for customer, planted in shop.hours.items():
        found = answers[str(customer)]["hour"]
        exact += found == planted
        near += min((found - planted) % 24, (planted - found) % 24) <= 1
        raw += min(acts[customer].items(), key=lambda one: (-one[1], one[0]))[0] == planted
    people = len(shop.hours)
    return {
        "seed": seed,
        "acts": len(shop.events),
        "exact": round(exact / people, 4),
        "within_an_hour": round(near / people, 4),
        "most_frequent_hour": round(raw / people, 4),
    }


def _learned(shop: Invented, folder: Path) -> tuple[Database, Model, float]:
    """The shop in a database of its own, with what is learned of it, as it was stored."""
    database = Database(folder)
    writer = database.open_to_write()
    writer.run(lambda tx: _people_and_products(tx, shop))
    for first in range(0, len(shop.events), _GROUP):
        group = [
            events.NewEvent(f"b{first + place}", customer, name, at, properties, enters=False)
            for place, (customer, name, at, properties) in enumerate(
                shop.events[first : first + _GROUP]
            )
        ]
        writer.run(lambda tx, group=group: events.append(tx, group, NOW))  # type: ignore[misc]
    # As a shop knows them: its worker has looked at each.
    writer.run(lambda tx: tx.execute("delete from pending"))
    began = time.perf_counter()
    reader: Reader = database.reader()
    model = learn(reader, NOW, "UTC")
    writer.run(lambda tx: save(tx, model))
    seconds = time.perf_counter() - began
    stored = load(reader)
    reader.close()
    if stored is None:
        raise RuntimeError("what was learned was not stored")
    return database, stored, seconds


def _people_and_products(transaction: Transaction, shop: Invented) -> None:
    transaction.executemany(
        "insert into customer (id, created_at, properties) values (?, ?, ?)",
        [(number, NOW, orjson.dumps({})) for number in range(1, shop.customers + 1)],
    )
    for product, properties in shop.products.items():
        products.put(transaction, product, properties, NOW)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return round(sum(found) / len(found), 4)
