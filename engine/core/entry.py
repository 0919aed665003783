"""Who enters a flow: triggers, keys, `only if`, `re-enter`, holdout.

Source: semantics, "Entry" and "Schedules".
"""

from __future__ import annotations

from typing import NamedTuple

from engine.core import calendar, draws
from engine.core.conditions.operations import items_of
from engine.core.conditions.scope import NOTHING, Scope
from engine.core.families import TOGETHER
from engine.core.goals import goal_end
from engine.core.machine import moves
from engine.core.machine.state import Execution
from engine.core.model import (
    EntrySkipped,
    Event,
    Firing,
    Instant,
    ManualStart,
    Occurrence,
    PriceFall,
    ProductChange,
    Properties,
    Run,
    SegmentMove,
)
from engine.core.program import Entry, Program
from engine.core.turn import Turn

CONSENTS = frozenset(("subscribe", "unsubscribe", "confirm_subscription"))
"""What one telling makes several of, one for each channel and topic."""


def enter_by(
    work: Turn, occurrence: Event | ProductChange | PriceFall | SegmentMove, trigger: str
) -> None:
    """All flows that this may enter, in the order of their priority. A flow is entered once per
    key, whichever of its `enter` lines matches first.
    """
    if isinstance(occurrence, Event) and not occurrence.fresh:
        return
    if isinstance(occurrence, SegmentMove) and not occurrence.enters:
        return
    for program in work.deployment.entering[trigger]:
        seen: set[str] = set()
        for entry in program.entries[trigger]:
            scope = Scope(work.lane.facts, work.now)
            if isinstance(occurrence, Event):
                scope.product = None
            if not entry.matcher(scope, occurrence):
                continue
            for key, memory in ways_in(entry, occurrence, scope):
                if key not in seen:
                    seen.add(key)
                    _try(work, program, key, memory, occurrence, entry)


class Way(NamedTuple):
    """How an event enters a flow: by which line, and what the run would remember."""

    entry: Entry
    memory: Properties


def ways_of(work: Turn, program: Program, event: Event) -> list[tuple[str, Way]]:
    """The run keys that an event would enter a flow with, each by the first line that matches."""
    found: dict[str, Way] = {}
    for entry in program.entries.get(event.name, ()):
        scope = Scope(work.lane.facts, work.now)
        if entry.matcher(scope, event):
            for key, memory in ways_in(entry, event, scope):
                found.setdefault(key, Way(entry, memory))
    return list(found.items())


def enter_again(work: Turn, program: Program, key: str, way: Way, event: Event) -> None:
    """Enter by an event of before, as of now: `event` is told with the moment of now."""
    way.memory.pop("since", None)
    _try(work, program, key, way.memory, event, way.entry)


def fire(work: Turn, firing: Firing) -> None:
    """A line of the calendar is due for this customer."""
    program = work.deployment.programs.get(firing.flow)
    if program is None or firing.line >= len(program.schedules):
        return
    line = program.schedules[firing.line]
    scope = Scope(work.lane.facts, work.now)
    if line.audience is not None and not line.audience(scope, None, None):
        return
    if work.now - firing.at > work.deployment.max_lateness:
        _skip(work, program, "", firing, "the moment is too long past")
        return
    memory: Properties = {}
    if line.dated is not None and not line.dated.yearly:
        name = line.dated.path
        memory["date"] = [name, work.lane.facts.customer.get(name)]
    _try(work, program, "", memory, firing, None)


def enter_manually(work: Turn, start: ManualStart) -> None:
    program = work.deployment.programs.get(start.flow)
    if program is None or not program.manual:
        return
    memory: Properties = {"entry": start.properties} if start.properties else {}
    _about(memory, start.properties)
    _try(work, program, "", memory, start, None)


def ways_in(
    entry: Entry, occurrence: Event | ProductChange | PriceFall | SegmentMove, scope: Scope
) -> list[tuple[str, Properties]]:
    """The keys that an occurrence enters with, and what each run remembers of it."""
    if isinstance(occurrence, ProductChange | PriceFall):
        return [(scope.facts.family(occurrence.product), _of_product(occurrence))]
    if isinstance(occurrence, SegmentMove):
        return [("", {})]
    properties = occurrence.properties
    memory: Properties = {"entry": properties, "name": occurrence.name, "seq": occurrence.seq}
    if occurrence.occurred_at != occurrence.received_at:
        memory["since"] = occurrence.occurred_at
    if entry.each_item:
        return _each_item(entry, properties, memory, scope)
    _about(memory, properties)
    if entry.per is not None:
        value = properties.get(entry.per)
        if entry.per == "item":
            value = scope.facts.family(value)
        return [("" if value is None else str(value), memory)]
    return [("", memory)]


def _each_item(
    entry: Entry, properties: Properties, memory: Properties, scope: Scope
) -> list[tuple[str, Properties]]:
    ways: dict[str, Properties] = {}
    for item in items_of(properties):
        identifier = item.get("id")
        key = scope.facts.family(identifier)
        if identifier is None or key in ways:
            continue
        scope.product = identifier
        if entry.item_where is None or entry.item_where(scope, properties, item):
            ways[key] = {**memory, "item": dict(item), "product": identifier}
    return list(ways.items())


def _about(memory: Properties, properties: Properties) -> None:
    """A run that began with one product is about that product."""
    items = items_of(properties)
    if len(items) == 1 and items[0].get("id") is not None:
        memory["item"] = items[0]
        memory["product"] = items[0]["id"]
    elif isinstance(properties.get("item"), str):
        memory["product"] = properties["item"]
        memory["item"] = {"id": properties["item"]}


def _of_product(change: ProductChange | PriceFall) -> Properties:
    """What a run remembers of a product's change; `old_price` beside `entry` is
    what messages show as the product's.
    """
    entry: Properties = {"item": change.shown}
    if isinstance(change, PriceFall):
        entry |= {"price": change.price, "old_price": change.fall.reference, "stock": change.stock}
    else:
        entry |= {
            "price": change.after.get("price"),
            "old_price": change.before.get("price"),
            "stock": change.after.get("stock"),
        }
    memory: Properties = {
        "entry": entry,
        "item": {"id": change.shown},
        "product": change.shown,
        "name": "product",
    }
    if isinstance(change, PriceFall):
        memory["old_price"] = change.fall.reference
    return memory


def _try(
    work: Turn,
    program: Program,
    key: str,
    memory: Properties,
    occurrence: Occurrence,
    entry: Entry | None,
) -> None:
    """Enter, or say why not."""
    lane, facts = work.lane, work.lane.facts
    at = occurrence.at
    audience = None if entry is None else entry.audience
    scope = scope_at(work, memory, at)
    if isinstance(occurrence, ProductChange):
        scope.asked = occurrence.product
    if audience is not None and not audience(scope, None, None):
        return
    last = lane.entries.get((program.flow, key))
    if isinstance(occurrence, ProductChange | PriceFall) and _is_one_entry(occurrence, key, last):
        return
    if _is_consent(occurrence) and lane.entries.get((program.flow, key)) == at:
        return  # the first consent of the same telling has entered
    held = work.ports.holds.get(program.flow)
    if held is not None:
        _skip(work, program, key, occurrence, f"the flow is {held}")
        return
    if any(
        run.flow == program.flow and run.key == key and run.state != "ended" for run in lane.runs
    ):
        _skip(work, program, key, occurrence, "is in this flow already")
        return
    reason = too_soon(program, last, at, facts.zone)
    if reason is not None:
        _skip(work, program, key, occurrence, reason)
        return
    for test, line in program.only_if:
        if not test(scope, None, None):
            _skip(work, program, key, occurrence, f"only if on line {line} does not hold")
            return
    if _held_out(work, program):
        memory["holdout"] = True
    run = Run(
        id=work.new_run_id(),
        flow=program.flow,
        version=program.version,
        customer=facts.id,
        key=key,
        state="new",
        node=0,
        entered_at=at,
        arrived_at=at,
        memory=memory,
    )
    if program.goal_window:
        run.goal_until = goal_end(program, at, facts.zone)
    lane.runs.append(run)
    lane.entries[program.flow, key] = at
    moves.enter(Execution(work, run, at=at, moment=at, cause=occurrence))


def _is_one_entry(change: ProductChange | PriceFall, key: str, last: Instant | None) -> bool:
    """Whether a change of a variant comes so soon after another that both are one."""
    of_variant = change.product != key or change.shown != key
    return of_variant and last is not None and 0 <= change.at - last < TOGETHER


def scope_at(work: Turn, memory: Properties, at: Instant) -> Scope:
    """What the conditions at the door look at: the customer, and the entry that would be."""
    return Scope(
        work.lane.facts,
        work.now,
        entry=memory.get("entry", NOTHING),
        item=memory.get("item"),
        product=memory.get("product"),
        since=memory.get("since", at),
    )


def too_soon(program: Program, last: Instant | None, at: Instant, zone: str) -> str | None:
    """Why who entered at `last` may not enter again at `at`; None where they may."""
    rule = program.re_enter
    if rule is None or last is None:
        return None
    if isinstance(rule, str):
        return "was in this flow before, and enters it never again"
    amount, unit = rule
    if at < calendar.add(last, amount, unit, zone):
        words = unit if amount == 1 else f"{unit}s"
        return f"entered this flow less than {amount:g} {words} ago"
    return None


def _held_out(work: Turn, program: Program) -> bool:
    lane = work.lane
    if lane.holdout is not None:
        return program.flow in lane.holdout
    return drawn_out(program, lane.facts.id)


def drawn_out(program: Program, customer: int) -> bool:
    """Whether the draw holds a customer out from a flow."""
    return program.holdout > 0 and draws.of_holdout(program.flow, customer) < program.holdout


def _is_consent(occurrence: Occurrence) -> bool:
    return isinstance(occurrence, Event) and occurrence.name in CONSENTS


def _skip(work: Turn, program: Program, key: str, occurrence: Occurrence, reason: str) -> None:
    skipped = EntrySkipped(
        work.lane.facts.id,
        program.flow,
        key,
        occurrence.at,
        reason,
        by_calendar=isinstance(occurrence, Firing),
    )
    if not (_is_consent(occurrence) and skipped in work.changes.skipped):
        work.changes.skipped.append(skipped)
