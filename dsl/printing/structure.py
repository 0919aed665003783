"""Which lines stand below a statement, and which behind it at its own depth."""

from __future__ import annotations

from collections.abc import Sequence

from dsl import tree

HEADERS = (
    tree.About,
    tree.Enter,
    tree.OnlyIf,
    tree.ReEnter,
    tree.ExitWhen,
    tree.ExitIf,
    tree.JumpWhen,
    tree.Goal,
    tree.Holdout,
    tree.Priority,
    tree.SentBy,
    tree.QuietHours,
    tree.Transactional,
    tree.Moved,
)
STEPS = (tree.LabelledStatement, tree.Experiment, tree.GoOn)

_Lines = tuple[Sequence[tree.Statement], Sequence[str]]


def starts_steps(before: tree.Statement, line: tree.Statement) -> bool:
    """Whether a blank line stands between two lines: headers end, steps begin."""
    return isinstance(before, HEADERS) and isinstance(line, STEPS)


def block_of(node: tree.Statement) -> _Lines | None:
    """The lines below a statement's first line, and the comments behind the last of them."""
    match node:
        case tree.Flow():
            return (*node.headers, *node.steps.steps), node.steps.dangling
        case tree.Segment() | tree.ConditionGroup():
            return node.block.lines, node.block.dangling
        case tree.OnlyIf() if isinstance(node.condition, tree.ConditionBlock):
            return node.condition.lines, node.condition.dangling
        case tree.If() | tree.ElseIf() | tree.Else() | tree.ForArm() | tree.Case():
            return node.block.steps, node.block.dangling
        case tree.Arm() | tree.Repeat():
            return node.block.steps, node.block.dangling
        case tree.Wait() if node.block is not None:
            return node.block.steps, node.block.dangling
        case tree.Wait() if node.arms or (node.otherwise is not None and not node.happenings):
            return _with_else(node.arms, node.otherwise), node.dangling
        case tree.Switch():
            return _with_else(node.cases, node.otherwise), node.dangling
        case tree.Experiment():
            return _with_else(node.arms, node.otherwise), node.dangling
        case tree.UnreadableHead() if node.block is not None:
            return node.block.steps, node.block.dangling
        case tree.UnreadableHead() if node.arms:
            return _with_else(node.arms, node.otherwise), node.dangling
        case tree.Send() if node.options:
            return node.options, node.dangling
        case tree.Properties() | tree.Event() if node.properties:
            return node.properties, node.dangling
        case tree.Store() | tree.Webhook() | tree.Score() | tree.Coupon() | tree.Test():
            return node.lines, node.dangling
        case _:
            return None


def _with_else(
    arms: Sequence[tree.Statement], otherwise: tree.Else | None
) -> Sequence[tree.Statement]:
    """The arms of a step and its `else`, in text order: broken lines may stand below that."""
    if otherwise is None:
        return arms
    n, at = len(arms), otherwise.span.start
    while n and isinstance(arms[n - 1], tree.Unreadable) and arms[n - 1].span.start > at > 0:
        n -= 1
    return (*arms[:n], otherwise, *arms[n:])


def arms_behind(node: tree.Statement) -> Sequence[tree.Statement]:
    """`else if` and `else` lines, which stand at the depth of their statement."""
    match node:
        case tree.If():
            return _with_else(node.others, node.otherwise)
        case tree.UnreadableHead() if not node.arms:
            return _with_else(node.others, node.otherwise)
        case tree.Wait() if node.block is not None and node.otherwise is not None:
            return (node.otherwise,)
        case _:
            return ()
