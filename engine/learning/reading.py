"""Stored events as arrays to learn from, read beside whoever writes, within bounds.

Events are only ever appended, so they are read page by page, newest first, without holding one
moment of the database; what arrives meanwhile is learned next time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from engine.core.families import group_of
from engine.core.habits import local_hours
from engine.core.model import DAY, Instant
from engine.core.signals import ACTIVE, BOUGHT, SEARCHED, WEIGHTS
from engine.learning.words import normal
from engine.store import events as stored
from engine.store import products
from engine.store.connection import Reader

WINDOW: Final = 400 * DAY
MOST_EVENTS: Final = 2_000_000
_MOST_ITEMS: Final = 50
_PAGE: Final = 10_000

Numbers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(slots=True)
class Happened:
    """One row for each product of each event, in the events' order.

    `products` are the ids that `product` indexes, sorted; variants count as their parent. `act` is
    the weight of the act, `bought` whether it was a purchase. `searches` are (customer, at, event,
    words). `hours` holds (hour of the week 0 to 167 in the customer's time, weight) of what tells
    when people are active.
    """

    products: list[str]
    event: Numbers
    customer: Numbers
    product: Numbers
    at: Numbers
    act: Reals
    bought: npt.NDArray[np.bool_]
    searches: list[tuple[int, Instant, int, str]] = field(default_factory=list)
    hours: Reals = field(default_factory=lambda: np.zeros(168))
    newest: int = 0


def items_of(properties: Mapping[str, Any]) -> list[str]:
    """The ids of the products that an event is about, each once."""
    found: dict[str, None] = {}
    items = properties.get("items")
    if isinstance(items, list):
        for item in items[:_MOST_ITEMS]:
            identity = item.get("id") if isinstance(item, Mapping) else item
            if isinstance(identity, str):
                found[identity] = None
    alone = properties.get("item")
    if isinstance(alone, str):
        found[alone] = None
    return list(found)


def read_catalogue(reader: Reader) -> dict[str, dict[str, Any]]:
    return products.all_of(reader)


def read_events(
    reader: Reader,
    catalogue: Mapping[str, Mapping[str, Any]],
    now: Instant,
    zone: str,
    *,
    most: int = MOST_EVENTS,
    rest: Callable[[], bool] = lambda: True,
) -> Happened:
    """The newest events of the window; `zone` is the store's.

    `rest` is called after each page, so that others get their turn; False ends the reading.
    """
    names = sorted({*WEIGHTS, SEARCHED, *ACTIVE})
    index: dict[str, int] = {}
    rows: list[tuple[int, int, int, Instant, float, bool]] = []
    searches: list[tuple[int, Instant, int, str]] = []
    acts: list[tuple[str, Instant, float]] = []
    oldest, newest = stored.span(reader)
    read = 0
    # Pages of ids, not of rows: no statistics can mislead a database into reading all of the rest.
    for before in range(newest + 1, oldest, -_PAGE):
        page = stored.between(reader, (before - _PAGE, before), names, (now - WINDOW, now + DAY))
        for event, customer, name, at, properties, own in page:
            weight = WEIGHTS.get(name)
            told = orjson.loads(properties)
            if weight is not None:
                bought = name == BOUGHT
                for product in items_of(told):
                    group = group_of(product, catalogue)
                    place = index.setdefault(group, len(index))
                    rows.append((event, customer, place, at, weight, bought))
            elif name == SEARCHED:
                term = told.get("search_term")
                if isinstance(term, str) and (words := normal(term)[:200]):
                    searches.append((customer, at, event, words))
            if name in ACTIVE:
                acts.append((own or zone, at, ACTIVE[name]))
        read += len(page)
        if read >= most or not rest():
            break
    return _arrays(rows, index, searches, local_hours(acts, now, zone), newest)


def nothing_happened() -> Happened:
    """A shop on its first day."""
    return _arrays([], {}, [], np.zeros(168), 0)


def _arrays(
    rows: list[tuple[int, int, int, Instant, float, bool]],
    index: dict[str, int],
    searches: list[tuple[int, Instant, int, str]],
    hours: Reals,
    newest: int,
) -> Happened:
    # By id, not by who came first: a model must not depend on the order of reading.
    products = sorted(index)
    place = np.zeros(len(index), dtype=np.int64)
    for new, product in enumerate(products):
        place[index[product]] = new
    columns = list(zip(*reversed(rows), strict=True)) if rows else [(), (), (), (), (), ()]
    return Happened(
        products,
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.int64),
        place[np.array(columns[2], dtype=np.int64)],
        np.array(columns[3], dtype=np.int64),
        np.array(columns[4], dtype=np.float64),
        np.array(columns[5], dtype=bool),
        sorted(searches),
        hours,
        newest,
    )
