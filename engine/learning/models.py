"""What was learned, as one value: trained, stored in the database and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.core.habits import Habits
from engine.core.model import Instant
from engine.learning.reading import MOST_EVENTS, read_catalogue, read_events
from engine.learning.tastes import Tastes, train
from engine.store import events, learned, products
from engine.store.connection import Reader
from engine.store.rows import Rows
from engine.store.writer import Transaction

_TASTES: Final = "tastes"
_HABITS: Final = "habits"


class InterruptedLearning(RuntimeError):  # noqa: N818 - nothing is wrong
    """The reading was asked to end before it had read everything."""


@dataclass(frozen=True, slots=True)
class Model:
    """`newest` is the last event that was looked at, `changes` the last change of the catalogue."""

    tastes: Tastes
    habits: Habits
    newest: int
    changes: int

    @property
    def trained_at(self) -> Instant:
        return self.tastes.trained_at


def learn(
    reader: Reader,
    now: Instant,
    zone: str,
    *,
    most: int = MOST_EVENTS,
    rest: Callable[[], bool] = lambda: True,
) -> Model:
    """Train from what is stored; `zone` is the store's. Writes nothing.

    Raises:
        InterruptedLearning: `rest` said so.
    """
    changes = newest_change(reader)
    catalogue = read_catalogue(reader)
    going = True

    def turn() -> bool:
        nonlocal going
        going = rest()
        return going

    happened = read_events(reader, catalogue, now, zone, most=most, rest=turn)
    if not going:
        raise InterruptedLearning
    tastes = train(happened, catalogue, now)
    return Model(tastes, Habits(happened.hours), happened.newest, changes)


def newest_event(reader: Reader) -> int:
    return events.newest(reader)


def newest_change(reader: Reader) -> int:
    return products.newest_change(reader)


def save(transaction: Transaction, model: Model) -> None:
    """Put it in the place of the one before."""
    contents = {_TASTES: model.tastes.to_bytes(), _HABITS: model.habits.week.tobytes()}
    learned.keep(transaction, contents, model.trained_at, model.newest, model.changes)


def load(reader: Rows) -> Model | None:
    """The stored model; None where there is none, or one of another version of Headrace."""
    rows = learned.read(reader)
    if rows.keys() < {_TASTES, _HABITS}:
        return None
    newest, changes, content = rows[_TASTES]
    tastes = Tastes.from_bytes(content)
    if tastes is None:
        return None
    return Model(tastes, Habits(np.frombuffer(rows[_HABITS][2])), newest, changes)
