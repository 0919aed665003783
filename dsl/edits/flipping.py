"""The ways of a step in the other order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from dsl import tree
from dsl.edits.acts import is_empty
from dsl.edits.edit import Refusal
from dsl.edits.making import Edited, make_file
from dsl.edits.places import BROKEN, Places, empty
from dsl.edits.rewriting import rewrite
from dsl.edits.steps import with_file
from dsl.parsing.parser import Parsed


def flip(parsed: Parsed, flow: str, step: str) -> Edited:
    """Lets the ways of a step change places.

    A branch asks the opposite, so that it still means the same, and so do cases and arms in
    another order. What a wait waits for cannot be turned round: there, what stands on its two ways
    changes places. Raises `Refusal` where a step has no two ways.
    """
    places = Places(parsed, flow)
    old = places.step(step)
    changed = rewrite(places.flow, {id(old): _flipped(old)})
    return make_file(places, with_file(places, changed), step, changed=step)


def _flipped(step: tree.Step) -> tree.Step:
    match step:
        case tree.If() if step.others:
            raise Refusal("This branch has more than two ways; change their order in the text.")
        case tree.If():
            return _branch(step)
        case tree.Experiment() if len(step.arms) > 1:
            return replace(step, arms=step.arms[::-1])
        case tree.Experiment(arms=(tree.Arm() as arm,), otherwise=tree.Else() as rest):
            share = replace(arm.share, value=Decimal(100) - arm.share.value, raw="")
            first = replace(arm, share=share, block=rest.block, label=rest.label)
            last = replace(rest, block=arm.block, label=arm.label)
            return replace(step, arms=(first,), otherwise=last)
        case tree.Switch() if len(step.cases) > 1:
            return replace(step, cases=step.cases[::-1])
        case tree.Wait() if len(step.arms) > 1:
            return replace(step, arms=step.arms[::-1])
        case tree.Wait() if step.happenings:
            block, other = step.block or empty(), step.otherwise or tree.Else(empty())
            behind = None if _idle(block) else replace(other, block=block)
            return replace(step, block=other.block, otherwise=behind)
        case tree.Wait(arms=(tree.ForArm() as way,)):
            other = step.otherwise or tree.Else(empty())
            return replace(
                step,
                arms=(replace(way, block=other.block),),
                otherwise=replace(other, block=way.block),
            )
        case tree.Unreadable():
            raise Refusal(BROKEN)
    raise Refusal("This step has no two ways that could change places.")


def _branch(step: tree.If) -> tree.If:
    rest = step.otherwise or tree.Else(empty())
    idle = _idle(step.block) and not (rest.lead or rest.tail or rest.label)
    last = None if idle else replace(rest, block=step.block)
    return replace(step, condition=opposite(step.condition), block=rest.block, otherwise=last)


def _idle(block: tree.Block) -> bool:
    return all(is_empty(one) for one in block.steps) and not block.dangling


def opposite(condition: tree.Condition) -> tree.Condition:
    """What holds exactly where a condition does not, as somebody would write it."""
    match condition:
        case tree.Not():
            inner = condition.condition
            return replace(inner, parens="none") if isinstance(inner, _GROUPS) else inner
        case tree.Equals() | tree.State() | tree.OneOf() | tree.InSegment() | tree.Did():
            return replace(condition, negated=not condition.negated, parens="none")
        case _:
            return tree.Not(condition)


_GROUPS = (tree.All, tree.AnyOf)
