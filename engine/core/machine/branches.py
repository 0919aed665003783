"""The steps that show the way: branches, experiments, loops, jumps and the way out."""

from __future__ import annotations

from engine.core import draws
from engine.core.choices import AGAIN, WAITS, Choice, chosen
from engine.core.machine.state import PARKED, Execution, end, park
from engine.core.model import Instant
from engine.core.program import ExperimentSpec, Op


def choose_arm(execution: Execution, op: Op) -> int:
    """Also `switch`: the first test that holds shows the way."""
    tests = op.spec
    assert isinstance(tests, tuple)
    for arm, test in enumerate(tests):
        if test(execution, None, None):
            execution.note(op, "done", "yes" if arm == 0 and op.kind == "if" else f"case {arm + 1}")
            return op.arms[arm]
    execution.note(op, "done", "no" if op.kind == "if" else "else")
    return op.otherwise


def experiment(execution: Execution, op: Op) -> int:
    spec = op.spec
    assert isinstance(spec, ExperimentSpec)
    wanted = execution.turn.lane.arms.get(spec.name)
    drawn = draws.of_experiment(spec.name, execution.facts.id)
    arm = len(spec.shares)
    for place, (bound, label) in enumerate(spec.shares):
        # The sum of shares may lack a hair of 1: what is drawn above belongs to the last arm.
        if wanted == label or (wanted is None and drawn < bound + 1e-12):
            arm = place
            break
    inside = arm < len(spec.shares)
    if spec.winner is not None:
        key = execution.run.flow, spec.name
        choice = execution.turn.ports.choices.get(key)
        began_at = execution.changes.begun.get(key) if choice is None else choice.began_at
        if began_at is None:
            began_at = execution.changes.begun[key] = execution.at
        if not inside:
            return _wait_for_choice(execution, op, spec, spec.winner.due(began_at), choice)
    label = spec.shares[arm][1] if inside else "else"
    if execution.held_out:
        execution.note(op, "skipped", "holdout")
    else:
        execution.memory.setdefault("arms", {})[spec.name] = label
        execution.note(op, "done", label)
    return op.arms[arm] if inside else op.otherwise


def _wait_for_choice(
    execution: Execution, op: Op, spec: ExperimentSpec, due: Instant, choice: Choice | None
) -> int:
    """Somebody who is in no arm: on into the chosen one, or waiting until it is chosen."""
    if choice is None or choice.arm is None:
        until = due if due > execution.now else execution.now + AGAIN
        execution.note(op, "waiting", WAITS, until)
        return park(execution, op, until)
    labels = [label for _, label in spec.shares]
    # An arm that is gone by an edit: the first one.
    arm = labels.index(choice.arm) if choice.arm in labels else 0
    execution.memory.setdefault("chosen", {})[spec.name] = labels[arm]
    execution.note(op, "skipped" if execution.held_out else "done", chosen(labels[arm]))
    return op.arms[arm]


def repeat(execution: Execution, op: Op) -> int:
    """Reached from outside: counts from zero."""
    execution.memory.setdefault("repeats", {})[op.id] = 0
    return _next_round(execution, op)


def again(execution: Execution, op: Op) -> int:
    """Back from the end of its body: the next round is another moment than the one before."""
    execution.acted = True
    return _next_round(execution, op)


def _next_round(execution: Execution, op: Op) -> int:
    rounds = execution.count("repeats", op)
    if rounds <= op.times:
        execution.note(op, "done", f"{rounds} of {op.times}")
        return op.arms[0]
    del execution.memory["repeats"][op.id]
    execution.note(op, "done", "all done")
    return op.otherwise


def go_to(execution: Execution, op: Op) -> int:
    taken = execution.memory.get("jumps", {}).get(op.id, 0)
    if taken >= op.times:
        execution.note(op, "done", f"taken {taken} times: goes on")
        return op.otherwise
    execution.count("jumps", op)
    execution.note(op, "done")
    if op.arms[0] <= op.position:
        # As with the next round of a `repeat`.
        execution.acted = True
    return op.arms[0]


def go_on(_execution: Execution, op: Op) -> int:
    """An empty place: nothing happens, and nothing is told of it."""
    return op.next


def leave(execution: Execution, op: Op) -> int:
    end(execution, "exit", op.name, at=op.position)
    return PARKED


def unreadable(execution: Execution, op: Op) -> int:
    execution.note(op, "failed", "cannot be read")
    return op.next
