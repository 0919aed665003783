"""Counts what happened in a time, from the rows themselves. Reads only.

What this gives for an hour is what the table of figures holds of it: the table only remembers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from engine.core.figures import (
    MONEY,
    SHOP,
    Moved,
    Place,
    Rule,
    Touches,
    hour_of,
    items_of,
    moved,
    place_of,
)
from engine.core.model import HOUR, Event, Instant
from engine.store import counted
from engine.store.counted import Counted, Key, Span, put
from engine.store.rows import Rows
from engine.store.states import flow_names


def spans_of(hours: Iterable[Instant]) -> list[Span]:
    """Hours as times: those that follow each other are one."""
    found: list[Span] = []
    for hour in sorted(set(hours)):
        if found and found[-1][1] == hour:
            found[-1] = (found[-1][0], hour + HOUR)
        else:
            found.append((hour, hour + HOUR))
    return found


def count(rows: Rows, span: Span, rule: Rule) -> Counted:
    """All that is counted by the hour, of a time that begins and ends with an hour."""
    found: Counted = {}
    counted.of_intents(rows, span, found)
    counted.of_goals(rows, span, found)
    counted.of_feedback(rows, span, found)
    numbers = {name: number for number, name in flow_names(rows).items()}
    told = counted.figured(rows, span)
    _engagement(rows, [one for one in told if one[3] not in MONEY], numbers, found)
    buyers = {one[2] for one in told if one[3] in MONEY}
    if buyers:
        _money(rows, buyers, span, rule, numbers, found)
    return found


def _engagement(rows: Rows, told: Sequence[Any], numbers: dict[str, int], into: Counted) -> None:
    """Messages that were seen, opened and clicked, each once and where that was first; people who
    left by one.
    """
    placed = []
    for _number, message_id, _customer, name, at, properties in told:
        place = place_of(name, orjson.loads(properties))
        if place is not None and place.flow in numbers:
            visit = message_id.split("\t")[3] if message_id.count("\t") == 4 else ""
            placed.append((name.partition("_")[0], at, place, visit))
    runs = {place.run for _act, _at, place, _visit in placed}
    if not runs:
        return
    firsts = counted.first_touches(rows, runs)
    versions = counted.versions_of(rows, runs)
    seen: set[tuple[str, int, str, str]] = set()
    for act, at, place, visit in placed:
        one = (act, place.run, place.step, visit)
        first = firsts.get((act, str(place.run), place.step, visit), at)
        if act in ("open", "click") and (at > first or one in seen):
            continue
        seen.add(one)
        kind = {"open": "opened", "click": "clicked", "view": "sent"}.get(act, "left")
        channel = place.channel if kind != "left" else ""
        version = versions.get((place.run, place.step), 0)
        flow = numbers[place.flow]
        key = Key(flow, hour_of(at), kind, version, place.step, "", place.message, channel)
        put(into, key, 1)


def _money(
    rows: Rows,
    buyers: set[int],
    span: Span,
    rule: Rule,
    numbers: dict[str, int],
    into: Counted,
) -> None:
    """Orders and what was sent back: of the shop, of each flow for itself (`order`, `refund`), and
    once in all flows together (`earned`, `earned back`).
    """
    moves = credited(rows, buyers, span, rule)
    runs = {place.run for _, _, given in moves for place in given.values()}
    versions = counted.versions_of(rows, runs) if runs else {}

    def key(kind: str, at: Instant, place: Place, way: str = "") -> Key:
        version = versions.get((place.run, place.step), 0)
        where = (version, place.step, way, place.message, place.channel)
        return Key(numbers[place.flow], hour_of(at), kind, *where)

    for _customer, one, given in moves:
        put(into, Key(SHOP, hour_of(one.at), one.kind), 1, one.amount)
        known = [place for place in given.values() if place.flow in numbers]
        for place in known:
            put(into, key(one.kind, one.at, place), 1, one.amount)
        if not known:
            continue
        kind = "earned" if one.kind == "order" else "earned back"
        put(into, key(kind, one.at, known[0]), 1, one.amount)
        if one.kind == "order" and one.order is not None:
            for product, quantity, worth in items_of(one.order):
                put(into, key("earned item", one.at, known[0], product), quantity, worth)


def credited(
    rows: Rows, buyers: set[int], span: Span, rule: Rule
) -> list[tuple[int, Moved, dict[str, Place]]]:
    """What these customers' orders and refunds moved in a time: the customer, the move, and by flow
    the message that the order is credited to, that of the last click first.
    """
    found = []
    acts = counted.of_people(rows, buyers, (*MONEY, *rule.names), span[1])
    for customer, events in acts.items():
        touches = _touches(events, rule)
        for one in moved(event for event in events if event.name in MONEY):
            if one.at >= span[0]:
                order = one.order
                found.append(
                    (customer, one, {} if order is None else touches.before(order.occurred_at))
                )
    return found


def _touches(events: Iterable[Event], rule: Rule) -> Touches:
    found = []
    for event in events:
        if event.name in rule.names:
            place = place_of(event.name, event.properties)
            if place is not None:
                found.append((event.occurred_at, place))
    return Touches(found, rule)
