"""What was learned, asked from outside: what to show to whom, and the best hour to write."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from dsl import tree
from engine.core.calendar import iso
from engine.core.conditions.scope import Scope
from engine.core.facts import Cart, Facts
from engine.core.habits import Habits, acts_of, person
from engine.core.model import Event, Instant
from engine.core.signals import ACTIVE, WEIGHTS
from engine.learning.models import Model, learn, load
from engine.learning.reading import read_catalogue
from engine.learning.recommending import Recommender
from engine.publishing.sources import sources_of, unpack
from engine.store import customers as people
from engine.store import events, publications
from engine.store.customers import find_customer
from engine.store.database import Reader

STRATEGIES: Final[dict[str, tree.Strategy]] = {
    **{
        f"bought with {of}": tree.Strategy("bought with", of)
        for of in ("cart", "order", "this product")
    },
    **{
        f"similar to {of}": tree.Strategy("similar to", of)
        for of in ("viewed", "cart", "this product")
    },
    "from search": tree.Strategy("from search"),
    "for customer": tree.Strategy("for customer"),
    "recently viewed": tree.Strategy("recently viewed"),
    "bestsellers": tree.Strategy("bestsellers"),
    **{f"dearer than {of}": tree.Strategy("dearer than", of) for of in ("order", "this product")},
}


@dataclass(frozen=True, slots=True)
class Question:
    """What to recommend to whom; `fill` says whether best sellers may fill up."""

    strategy: str
    count: int
    product: str | None = None
    search: str | None = None
    fill: bool = True


def store_zone(reader: Reader, published: Path) -> str:
    """The store's zone as last published, UTC where nothing is."""
    newest = publications.newest(reader)
    if newest is None:
        return "UTC"
    from engine.projects.compiled import compile_published

    store = compile_published(unpack(sources_of(*newest), published)).project.store
    lines = store.lines if store is not None else ()
    return next((line.name for line in lines if isinstance(line, tree.Timezone)), "UTC")


def moment(reader: Reader, now: Instant) -> Instant:
    """`now`, or the newest event where a demo's clock is ahead of it."""
    return max(now, events.newest_moment(reader))


def stored_or_learned(reader: Reader, now: Instant, zone: str) -> Model:
    """The stored model; where there is none, one that is trained now and forgotten."""
    return load(reader) or learn(reader, now, zone)


def training_json(model: Model) -> dict[str, Any]:
    """What a training rests on, for scripts."""
    tastes = model.tastes
    return {
        "trained_at": iso(model.trained_at),
        "events": tastes.events,
        "products": len(tastes.products),
        "searches": sum(1 for key in tastes.searches.keys if key.startswith("=")),
        "hours": round(model.habits.weight, 3),
    }


def customers_of(reader: Reader, names: Sequence[str]) -> dict[str, int | None]:
    """Their numbers by the names that were asked for."""
    return {name: find_customer(reader, name) for name in names}


def facts_of(
    reader: Reader,
    customers: Collection[int],
    names: Collection[str],
    catalogue: Mapping[str, dict[str, Any]],
    zone: str,
) -> dict[int, Facts]:
    """What is known of these customers, with one query per kind of fact."""
    found: dict[int, Facts] = {}
    for number, own, cart in people.carts(reader, customers):
        found[number] = Facts(number, own or zone, catalogue=catalogue)
        if cart is not None:
            found[number].cart = Cart(**orjson.loads(cart))
    for customer, seq, name, occurred_at, received_at, properties in events.history(
        reader, customers, names
    ):
        event = Event(name, orjson.loads(properties), occurred_at, received_at, seq)
        found[customer].history.setdefault(name, []).append(event)
    return found


def recommend(
    reader: Reader,
    model: Model,
    customers: Mapping[str, int],
    question: Question,
    now: Instant,
    zone: str,
) -> dict[str, list[dict[str, Any]]]:
    """Products by customer's name; somebody who is no customer (0) has no history."""
    catalogue = read_catalogue(reader)
    strategy = STRATEGIES[question.strategy]
    facts = facts_of(reader, customers.values(), {*WEIGHTS, "search"}, catalogue, zone)
    recommender = Recommender(model.tastes)
    entry = {} if question.search is None else {"search_term": question.search}
    answers = {}
    for name, number in customers.items():
        of_theirs = facts.get(number) or Facts(number, zone, catalogue=catalogue)
        scope = Scope(of_theirs, now, entry=entry, product=question.product)
        found = recommender.find(scope, strategy, question.count, fill=question.fill)
        answers[name] = [
            {
                "id": one.product,
                "name": catalogue.get(one.product, {}).get("name"),
                "score": one.score,
                "why": one.why,
            }
            for one in found
        ]
    return answers


def best_times(
    reader: Reader, habits: Habits, customers: Mapping[str, int], now: Instant, zone: str
) -> dict[str, dict[str, Any]]:
    """By customer's name the best hour of the day in their zone, and what it rests on."""
    facts = facts_of(reader, customers.values(), ACTIVE, {}, zone)
    answers = {}
    for name, number in customers.items():
        theirs = facts[number]
        happened = [
            (act, event.occurred_at) for act in ACTIVE for event in theirs.history.get(act, ())
        ]
        known = person(acts_of(happened, theirs.zone, now), habits)
        answers[name] = {
            "hour": known.every.best,
            "zone": theirs.zone,
            "acts": len(happened),
            "weight": round(known.every.acts, 3),
            "own": round(known.every.own, 4),
            "working_days": known.working.best,
            "weekends": known.weekend.best,
            "profile": [round(float(share), 5) for share in known.every.hours],
        }
    return answers
