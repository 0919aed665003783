"""More of the ways of `straight`, for whoever keeps a customer's whole life in memory.

A simulation writes no rows, has closed ports (`engine.core.ports.CLOSED`), watches no segment and
follows no date. There the steps that only change what is known of the customer, and those that tell
somebody else, are plain, too, and so is a wait for something that has not come yet. Each row is
what the step of `steps.STEPS` usually does; held equal by `tests/engine/lab/test_striding.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from engine.core.eligibility import QUIET, Hold
from engine.core.facts import Facts
from engine.core.machine.straight import PLAIN, NotPlainError, Path, Writing
from engine.core.program import NotifySpec, Op, SendSpec, ShowSpec, ValueSpec


def came_since(facts: Facts, memory: Mapping[str, Any], triggers: Collection[str]) -> bool:
    """Whether any of these came since the run's first message: then a wait for it looks back."""
    sends = memory.get("sends")
    if not sends:
        return False
    first = min(sends.values())
    history = facts.history
    return any(
        event.received_at >= first for trigger in triggers for event in history.get(trigger, ())
    )


def _wait(writing: Writing, path: Path, op: Op) -> None:
    spec = op.wait
    if spec.timing.within is not None or spec.timing.follows is not None:
        raise NotPlainError
    if spec.arms:
        came, triggers = writing.value(came_since), writing.value(tuple(sorted(spec.triggers)))
        writing.asks = True
        writing.put(path, f"if {came}(scope.facts, memory, {triggers}): return None")
    writing.wait(path, op)


def _send(writing: Writing, path: Path, op: Op) -> None:
    """With closed ports the products of a message are never found missing, and of one flow alone no
    other goes first. Quiet hours hold, all else that stands against a message skips it; what waits
    for room is left to the machine.
    """
    spec = op.spec
    assert isinstance(spec, SendSpec)
    if isinstance(spec.over, int):
        writing.send(path, op, spec)
        return
    writing.known |= {"Hold": Hold, "QUIET": QUIET}
    writing.choice(path, spec)
    inside = path.inside()
    writing.put(path, "if chosen.__class__ is Hold:")
    writing.put(inside, "if chosen.why != QUIET: return None")
    held = writing.note(inside, op, "held", "QUIET", "chosen.until")
    writing.stand(held, str(op.position), "at", "chosen.until", "None", "None")
    writing.put(path, "if chosen.__class__ is str:")
    writing.sent(inside, op, spec)
    writing.put(inside, "told, detail = 'done', chosen")
    writing.put(path, "else:")
    writing.put(inside, "told, detail = 'skipped', chosen.reason")
    path = writing.note(path._replace(acted=True, sends=True), op, "", "detail", said="told")
    writing.walk(path, op.next)


def _tag(writing: Writing, path: Path, op: Op) -> None:
    does = "add" if op.kind == "add_tag" else "discard"
    writing.put(path, f"scope.facts.tags.{does}({op.name!r})")
    _changed(writing, path, op, op.name)


def _set(writing: Writing, path: Path, op: Op) -> None:
    spec = op.spec
    assert isinstance(spec, ValueSpec)
    _not_the_zone(spec.name)
    for line in (
        f"value = {writing.value(spec.values[0][1])}(scope, None, None)",
        "if value.__class__ is set: value = sorted(value)",
        f"if value is None: scope.facts.customer.pop({spec.name!r}, None)",
        f"else: scope.facts.customer[{spec.name!r}] = value",
    ):
        writing.put(path, line)
    _changed(writing, path, op, "")


def _clear(writing: Writing, path: Path, op: Op) -> None:
    _not_the_zone(op.name)
    writing.put(path, f"scope.facts.customer.pop({op.name!r}, None)")
    _changed(writing, path, op, "")


def _not_the_zone(name: str) -> None:
    if name == "timezone":
        raise NotPlainError


def _changed(writing: Writing, path: Path, op: Op, detail: str) -> None:
    writing.asks = writing.changes = True
    path = writing.note(path, op, "done", repr(detail))
    writing.walk(path._replace(acted=True), op.next)


def _give_coupon(writing: Writing, path: Path, op: Op) -> None:
    _count(writing, path, op, "gives")
    promise = f"{{'name': {op.name!r}, 'step': {op.id!r}, 'visit': visit}}"
    writing.put(path, f"memory['coupon'] = {promise}")
    _told(writing, path, op, op.name)


def _notify(writing: Writing, path: Path, op: Op) -> None:
    spec = op.spec
    assert isinstance(spec, NotifySpec)
    _count(writing, path, op, "visits")
    _told(writing, path, op, spec.staff)


def _show(writing: Writing, path: Path, op: Op) -> None:
    spec = op.spec
    assert isinstance(spec, ShowSpec)
    _count(writing, path, op, "visits")
    _told(writing, path, op, spec.surface)


def _call(writing: Writing, path: Path, op: Op) -> None:
    spec = op.spec
    assert isinstance(spec, ValueSpec)
    _count(writing, path, op, "visits")
    _told(writing, path, op, spec.name)


def _count(writing: Writing, path: Path, op: Op, counters: str) -> None:
    writing.put(path, f"counted = memory.setdefault({counters!r}, {{}})")
    writing.put(path, f"visit = counted[{op.id!r}] = counted.get({op.id!r}, 0) + 1")


def _told(writing: Writing, path: Path, op: Op, detail: str) -> None:
    path = writing.note(path, op, "done", repr(detail))
    writing.walk(path._replace(acted=True), op.next)


def _repeat(writing: Writing, path: Path, op: Op) -> None:
    writing.put(path, "rounds = 1")
    _next_round(writing, path, op)


def _again(writing: Writing, path: Path, op: Op) -> None:
    writing.put(path, f"rounds = memory.setdefault('repeats', {{}}).get({op.id!r}, 0) + 1")
    _next_round(writing, path._replace(acted=True), op)


def _next_round(writing: Writing, path: Path, op: Op) -> None:
    inside = path.inside()
    writing.put(path, f"if rounds <= {op.times}:")
    writing.put(inside, f"memory.setdefault('repeats', {{}})[{op.id!r}] = rounds")
    inside = writing.note(inside, op, "done", f"f'{{rounds}} of {op.times}'")
    writing.walk(inside, op.arms[0])
    writing.put(path, f"memory.setdefault('repeats', {{}}).pop({op.id!r}, None)")
    writing.walk(writing.note(path, op, "done", repr("all done")), op.otherwise)


IN_MEMORY: Final[Mapping[str, Callable[[Writing, Path, Op], None]]] = {
    **PLAIN,
    "wait": _wait,
    "send": _send,
    "add_tag": _tag,
    "remove_tag": _tag,
    "set": _set,
    "clear": _clear,
    "give_coupon": _give_coupon,
    "notify": _notify,
    "show": _show,
    "call": _call,
    "repeat": _repeat,
    "again": _again,
}
