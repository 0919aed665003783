"""A plan as lines of text for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.publishing.plan import Fate, FlowPlan, Plan, StoreChange, Timing


class Line(NamedTuple):
    """A line and how it is marked: head, add, change, remove, people, note, warn or plain."""

    mark: str
    text: str


def said_of(fate: Fate, label: str = "", line: int | None = None, *, number: int = 0) -> str:
    """What becomes of people at a step, behind "12 at “Wait 1 hour” ..": `label` and `line` are
    their new step's, without them it is the end of the flow; `number` is their version.
    """
    place = f"“{label}” (line {line})" if label else "the end of the flow"
    says: dict[Fate, str] = {
        "stay": "stay at this step" if not number else "stay where they are",
        "finish": f"finish version {number}",
        "leave": "leave the flow, as `moved` says",
        "look again": f"are looked at again at {place}",
        "take": f"take {place} at once",
        "stay at": f"stay at {place}",
        "retimed": f"stay at {place}, timed from when each of them reached it",
        "anew": f"stay at {place}, as if it had been so since each of them reached it",
        "moved": f"go to {place} at once, as `moved` says",
        "next": f"go on to {place} at once: their step is gone",
    }
    return says[fate]


def words_of(plan: Plan) -> Iterator[Line]:
    """The whole plan, flows that change first and those that do not in one line."""
    if plan.store is not None:
        yield from _store(plan.store)
    still = [one for one in plan.flows if one.state == "unchanged"]
    for one in plan.flows:
        if one.state != "unchanged":
            yield from _flow(one, plan.in_flight)
    if plan.nothing:
        yield Line("head", "Nothing changes.")
    if still:
        inside = sum(one.inside for one in still)
        stay = f"; the {_count(inside)} in them stay where they are" if inside else ""
        flows = "1 flow" if len(still) == 1 else f"{len(still)} flows"
        yield Line("plain", f"Unchanged: {flows}{stay}.")
    yield Line("plain", f"Plan {plan.hash}")


def _store(change: StoreChange) -> Iterator[Line]:
    yield Line("head", "The store changes, for all flows at once")
    for says in change.says:
        yield Line("change", f"  ~ {says}")
    waiting = (
        f", and for {change.messages} message{'' if change.messages == 1 else 's'} that wait to go"
        if change.messages
        else ""
    )
    yield Line("people", f"  This holds for {_count(change.people)} inside{waiting}.")


def _flow(one: FlowPlan, in_flight: str) -> Iterator[Line]:
    words = {
        "new": f"new, version {one.next_version}",
        "changed": f"changed, version {one.version} becomes {one.next_version}",
        "removed": "removed: takes nobody in any more",
    }[one.state]
    held = f", {one.held}" if one.held else ""
    yield Line("head", f"{one.flow}: {words}{held}  ({one.file}:{one.line})")
    if one.state == "new":
        yield Line("plain", f"  {len(one.added)} steps")
    else:
        for step in one.added:
            yield Line("add", f"  + {step.label}  (line {step.line})")
        for change in one.changed:
            before = f", was “{change.was_label}”" if change.was_label != change.label else ""
            yield Line("change", f"  ~ {change.label}{before}  (line {change.line})")
        for step in one.removed:
            yield Line("remove", f"  - {step.label}  (line {step.line} before)")
    yield from _people(one, in_flight)
    if one.held == "stopped" and one.state == "changed":
        yield Line("note", "  It is stopped; publishing lets people in again.")
    elif one.held == "paused":
        yield Line("note", "  It is paused and stays so until it is resumed.")
    for warning in one.warnings:
        yield Line("warn", f"  warning: {warning}")


def _people(one: FlowPlan, in_flight: str) -> Iterator[Line]:
    if not one.people:
        if one.state != "new":
            yield Line("plain", "  Nobody is inside.")
        return
    several = len({each.version for each in one.people}) > 1
    finish = ", who finish the version that they are in" if in_flight == "finish" else ""
    yield Line("people", f"  {_count(one.inside)} inside{finish}:")
    for each in one.people:
        where = f" of version {each.version}" if several else ""
        yield Line(
            "people", f"    {each.people} at “{each.label}” (line {each.line}){where} {each.says}"
        )
        if each.timing is not None:
            yield Line("note", f"      {_times(each.timing)}")


def _times(timing: Timing) -> str:
    parts: list[str] = []
    for number, words in (
        (timing.earlier, "wake earlier"),
        (timing.later, "wake later"),
        (timing.as_before, "wake as before"),
        (timing.at_once, "wake at once"),
    ):
        if number:
            parts.append(f"{number} {words}")
    if timing.too_late:
        parts.append(f"of them {timing.too_late} so late that their next messages are skipped")
    return ", ".join(parts)


def _count(people: int) -> str:
    return "1 person" if people == 1 else f"{people} people"
