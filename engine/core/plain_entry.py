"""Entries that are plain: one event, one flow, somebody who is in no flow, nothing refused.

The door's own questions are those of `engine.core.entry`; whoever it would refuse, or who would
enter twice, is left to it.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.core.carts import CART_EVENTS
from engine.core.conditions.scope import NOTHING, Scope
from engine.core.deployment import Deployment
from engine.core.entry import CONSENTS, drawn_out, too_soon, ways_in
from engine.core.goals import goal_end
from engine.core.machine.straight import Way, Ways
from engine.core.model import Event, Instant, Properties
from engine.core.orders import ORDER_EVENTS
from engine.core.program import Entry, Program
from engine.core.triggers import PRODUCT

_KEPT = CART_EVENTS | ORDER_EVENTS | CONSENTS
"""Events that change what is known of a customer, or come several at once."""


class Door(NamedTuple):
    """`asks`: the door or the way behind it looks at more than the customer's zone."""

    program: Program
    entry: Entry
    way: Way
    asks: bool


class Entering(NamedTuple):
    """What a new run begins with."""

    key: str
    memory: Properties
    goal_until: Instant | None


def doors_of(deployment: Deployment, ways: Ways, *, remembers: bool = False) -> dict[str, Door]:
    """The plain doors, by the event that opens them. `remembers`: whoever lets in by them has made
    the event known beforehand, and knows when somebody entered last.
    """
    if deployment.watched:
        return {}  # each event may let somebody join a segment
    found = {}
    for trigger, programs in deployment.entering.items():
        plain = _is_one(trigger) if remembers else _is_plain(deployment, trigger)
        if len(programs) != 1 or not plain:
            continue
        (program,) = programs
        entries = program.entries[trigger]
        way = ways.through(program)
        again = program.re_enter is None or remembers
        if way is None or len(entries) != 1 or not again:
            continue
        (entry,) = entries
        asks = bool(
            way.asks
            or entry.matcher.test
            or entry.audience
            or program.only_if
            or entry.each_item
            or entry.per
        )
        found[trigger] = Door(program, entry, way, asks)
    return found


def _is_one(event: str) -> bool:
    """Whether an event is told once and does nothing by itself."""
    return not (event in CONSENTS or event.startswith("$") or " " in event or event == PRODUCT)


def _is_plain(deployment: Deployment, event: str) -> bool:
    """Whether an event changes no facts, and can do nothing to runs."""
    return not (
        event in _KEPT
        or event.startswith("$")
        or " " in event
        or event in deployment.moving
        or event in deployment.scoring
    )


def enter(door: Door, scope: Scope, event: Event, held_out: bool | None = None) -> Entering | None:
    """How the customer of `scope` enters by `event`; None where they do not, or not plainly.
    `held_out` where that is known, None for what the draw says.

    Afterwards the scope is that of the run.
    """
    program, entry, _, _ = door
    if not event.fresh:
        return None
    scope.product = scope.item = scope.run = None
    scope.entry = scope.event = NOTHING
    if not entry.matcher(scope, event):
        return None
    ways = ways_in(entry, event, scope)
    if len(ways) != 1:
        return None
    ((key, memory),) = ways
    see(scope, memory, event.at)
    if entry.audience is not None and not entry.audience(scope, None, None):
        return None
    if program.only_if and not _all_hold(program, scope):
        return None
    if drawn_out(program, scope.facts.id) if held_out is None else held_out:
        return None
    until = goal_end(program, event.at, scope.facts.zone) if program.goal_window else None
    return Entering(key, memory, until)


def refusal(door: Door, scope: Scope, event: Event, last: Instant | None) -> str | None:
    """Why somebody who entered this flow at `last`, and is not in it now, does not enter by an
    event: "" if its line does not mean them. None: that has to be asked.
    """
    program, entry, _, _ = door
    scope.product = scope.item = scope.run = None
    scope.entry = scope.event = NOTHING
    if not entry.matcher(scope, event):
        return ""
    plain = entry.audience is None and not entry.each_item and entry.per is None
    return too_soon(program, last, event.at, scope.facts.zone) if plain else None


def _all_hold(program: Program, scope: Scope) -> bool:
    return all(test(scope, None, None) for test, _ in program.only_if)


def see(scope: Scope, memory: Properties, entered_at: Instant) -> None:
    """Let a scope look at a run with this memory."""
    scope.entry = memory.get("entry") or NOTHING
    scope.event = memory.get("event") or NOTHING
    scope.item = memory.get("item")
    scope.product = memory.get("product")
    scope.since = memory.get("since", entered_at)
