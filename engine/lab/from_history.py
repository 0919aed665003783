"""A profile from what a shop's own people did lately, or from a file that somebody wrote."""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

import orjson

from engine.core.figures import Rule
from engine.core.model import DAY, HOUR, Instant
from engine.core.values import Types
from engine.errors import RefusedError
from engine.lab.behaviour import ANSWERS, CHAIN, Answer, Profile, Somebody
from engine.reports.figures import Book
from engine.store import consents, customers, events, rates
from engine.store.rows import Rows

LATEST: Final = 200_000
"""So many of the shop's newest events are looked at."""

FEWEST_EVENTS: Final = 1_000
FEWEST_MESSAGES: Final = 50
"""With fewer there is no rate worth its name, and the usual one is taken."""

_SAMPLES: Final = 300
_PEOPLE: Final = 2_000
_THINGS: Final = 50
_MONTH: Final = 30
_SPANS: Final = ANSWERS
_DRAWN: Final = frozenset(("item", "items", "value", "order_id"))


class UnreadableProfileError(RefusedError):
    """A file of rates that cannot be read; the text says what is wrong."""


def of_file(path: Path, types: Types) -> Profile:
    """What people do, from TOML: any field of `Profile` that is a number, `[events]` with how often
    a month, `[messages.NAME]` with opened, clicked and bought, `[[says.EVENT]]` with properties.

    Raises:
        UnreadableProfileError: it is not there, is no TOML, or says what is not known.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableProfileError(f"{path}: {error}") from None
    usual = Profile()
    plain = {
        one.name for one in fields(Profile) if isinstance(getattr(usual, one.name), int | float)
    }
    known: dict[str, Any] = {"source": f"from the file {path}"}
    for name, value in told.items():
        if name in plain and isinstance(value, int | float) and not isinstance(value, bool):
            if value < 0:
                raise UnreadableProfileError(f"{path}: {name} is below zero")
            known[name] = int(value) if name == "past" else float(value)
        elif name == "events" and isinstance(value, dict):
            known["events"] = {event: float(rate) for event, rate in value.items()}
        elif name == "messages" and isinstance(value, dict):
            known["answers"] = {
                message: Answer(*(float(shares.get(one, 0)) for one in Answer._fields))
                for message, shares in value.items()
            }
        elif name == "says" and isinstance(value, dict):
            known["says"] = {
                event: [types.read_event(event, one, {}) for one in some]
                for event, some in value.items()
            }
        else:
            names = ", ".join([*sorted(plain), "events", "messages", "says"])
            raise UnreadableProfileError(f"{path}: {name} is none of {names}")
    return replace(usual, **known)


def of_shop(rows: Rows, now: Instant, wanted: Collection[str]) -> Profile | None:
    """The rates of a shop's last events, at most `LATEST`; None where it has too few.

    `wanted` are the events of which the properties matter: some of the shop's own are taken.
    Rates are a customer's of all that there are. Nothing of it is stored or shown but rates.
    """
    _, newest = events.span(rows)
    acts = rates.acts(rows, max(newest - LATEST, 0))
    if len(acts) < FEWEST_EVENTS:
        return None
    since, until = min(row[3] for row in acts), max(row[3] for row in acts)
    days = max((until - since) / DAY, 1.0)
    people = max(customers.count(rows), 1)
    found = Counter[str](row[2] for row in acts)
    answers, delay = _answers(rows, now), _delay(rows, newest - LATEST)
    profile = Profile(
        **_visits(acts, people, days),
        events={
            name: number * _MONTH / days / people
            for name, number in found.items()
            if name not in CHAIN and not name.startswith(("$", *_SPANS))
        },
        answers=answers,
        says=_says(rows, acts, wanted),
        products=[
            {
                name: value
                for name, value in orjson.loads(kept).items()
                if name not in ("id", "stock")
            }
            | {"stock": 100}
            for (kept,) in rates.things(rows, _THINGS)
        ],
        people=_people(rows),
        source=(
            f"from the shop's own last {len(acts):,} events, {days:,.0f} days of"
            f" {people:,} people" + ("" if answers else "; what they do with messages is made up")
        ),
    )
    return profile if delay is None else replace(profile, delay=delay)


def _visits(acts: list[Any], people: int, days: float) -> dict[str, Any]:
    """How often somebody comes, and how far each day of theirs goes."""
    far: dict[tuple[int, int], int] = {}
    views: Counter[tuple[int, int]] = Counter()
    for _, customer, name, at in acts:
        if name in CHAIN:
            day = (customer, at // DAY)
            far[day] = max(far.get(day, 0), CHAIN.index(name))
            views[day] += name == "view_item"
    if not far:
        return {"visits": 0.0}
    reached = [sum(place >= step for place in far.values()) for step in range(len(CHAIN))]
    shares = [after / before if before else 0.0 for before, after in itertools.pairwise(reached)]
    seen = [number for number in views.values() if number]
    return {
        "visits": len(far) * _MONTH / days / people,
        **dict(zip(("viewed", "carted", "checkout", "bought"), shares, strict=True)),
        "views": max(sum(seen) / len(seen), 1.0) if seen else 1.0,
    }


def _answers(rows: Rows, now: Instant) -> dict[str, Answer]:
    """Shares of each message that were opened, clicked, and followed by a credited order."""
    sums = Book(rows, Rule()).sums(
        ("message", "kind"),
        (now // HOUR * HOUR - 180 * DAY, now // HOUR * HOUR + HOUR),
        kinds=("sent", "opened", "clicked", "order"),
    )
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for (message, kind), (number, _) in sums.items():
        counts[str(message)][str(kind)] += number
    found = {}
    for message, told in counts.items():
        if message and told["sent"] >= FEWEST_MESSAGES:
            opened = max(told["opened"], told["clicked"])
            found[message] = Answer(
                min(opened / told["sent"], 1.0),
                told["clicked"] / opened if opened else 0.0,
                min(told["order"] / told["clicked"], 1.0) if told["clicked"] else 0.0,
            )
    return found


def _delay(rows: Rows, after: int) -> float | None:
    """After how many hours people open, on average; None where too few did."""
    opened = [
        (at, told["run"], told.get("step"))
        for at, kept in rates.opened(rows, after, 2_000)
        if isinstance((told := orjson.loads(kept)).get("run"), int)
    ]
    gone = rates.gone(rows, {run for _, run, _ in opened}) if opened else {}
    waited = [
        (at - gone[run, step]) / HOUR
        for at, run, step in opened
        if (run, step) in gone and at >= gone[run, step]
    ]
    return sum(waited) / len(waited) if len(waited) >= FEWEST_MESSAGES else None


def _says(
    rows: Rows, acts: list[Any], wanted: Collection[str]
) -> dict[str, list[Mapping[str, Any]]]:
    chosen: dict[str, list[int]] = defaultdict(list)
    for number, _, name, _ in reversed(acts):
        if name in wanted and len(chosen[name]) < _SAMPLES:
            chosen[name].append(number)
    numbers = [number for some in chosen.values() for number in some]
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for name, kept in rates.told(rows, numbers) if numbers else ():
        # Which product it was is drawn anew.
        told = {what: value for what, value in orjson.loads(kept).items() if what not in _DRAWN}
        found[name].append(told)
    return dict(found)


def _people(rows: Rows) -> list[Somebody]:
    chosen = rates.somebody(rows, _PEOPLE)
    agreed: dict[int, dict[str, bool]] = defaultdict(dict)
    for customer, what, allowed, _ in consents.all_of(rows, sorted(row[0] for row in chosen)):
        agreed[customer][what] = bool(allowed)
    return [
        Somebody(
            orjson.loads(properties),
            orjson.loads(tags) if tags else (),
            agreed.get(customer, {}),
        )
        for customer, properties, tags in chosen
    ]
