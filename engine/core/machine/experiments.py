"""Experiments as straight Python, for `engine.core.machine.straight`, which imports this: what is
called `writing` is a `Writing` of it, `path` a `Path`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.core.choices import WAITS, chosen
from engine.core.program import ExperimentSpec, Op, WinnerSpec


def experiment(writing: Any, path: Any, op: Op) -> None:
    """Into an arm; with `winner` the rest waits, or goes into the chosen one."""
    spec = op.spec
    assert isinstance(spec, ExperimentSpec)
    winner = spec.winner
    if winner is not None:
        writing.put(path, f"choice = choices.get(({writing.program.flow!r}, {spec.name!r}))")
        writing.put(path, "if choice is None: return None")  # the first one: the clock begins
    writing.put(path, f"drawn = draw({spec.name!r}, customer)")
    arms = [(label, op.arms[arm]) for arm, (_, label) in enumerate(spec.shares)]
    for arm, (label, place) in enumerate(arms):
        writing.put(path, f"if drawn < {spec.shares[arm][0] + 1e-12!r}:")
        _into(writing, path.inside(), op, label, place)
    if winner is None:
        _into(writing, path, op, "else", op.otherwise)
    else:
        _wait_for_choice(writing, path, op, winner, arms)


def _into(writing: Any, path: Any, op: Op, label: str, place: int) -> None:
    spec = op.spec
    assert isinstance(spec, ExperimentSpec)
    writing.put(path, f"memory.setdefault('arms', {{}})[{spec.name!r}] = {label!r}")
    writing.walk(writing.note(path, op, "done", repr(label)), place)


def _wait_for_choice(
    writing: Any, path: Any, op: Op, winner: WinnerSpec, arms: Sequence[tuple[str, int]]
) -> None:
    spec = op.spec
    assert isinstance(spec, ExperimentSpec)
    writing.put(path, "if choice.arm is None:")
    waiting = path.inside()
    writing.put(waiting, f"until = {writing.value(winner.due)}(choice.began_at)")
    writing.put(waiting, "if until <= at or until <= now: return None")
    waiting = writing.note(waiting, op, "waiting", repr(WAITS), "until")
    writing.stand(waiting, str(op.position), "at", "until", "None", "None")
    for label, place in arms:
        writing.put(path, f"if choice.arm == {label!r}:")
        inside = path.inside()
        writing.put(inside, f"memory.setdefault('chosen', {{}})[{spec.name!r}] = {label!r}")
        writing.walk(writing.note(inside, op, "done", repr(chosen(label))), place)
    writing.put(path, "return None")
