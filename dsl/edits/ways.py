"""Another way of a step, or one less: `else if`, a case, an arm, what a wait waits for.

The rest of a step, and the steps on its other ways, stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from dsl import tree
from dsl.edits.acts import QUESTION
from dsl.edits.edit import Refusal
from dsl.edits.making import Edited
from dsl.edits.naming import fresh
from dsl.edits.places import BROKEN, Places, empty, open_way
from dsl.edits.steps import replace_step
from dsl.graph.compiler import arms_of
from dsl.graph.graph import ELSE
from dsl.parsing.parser import Parsed


def add_way(parsed: Parsed, flow: str, step: str) -> Edited:
    """Adds a way on which nothing happens yet, behind the others; `else` comes last.

    A new arm of an experiment takes its share from what is left, or half of that of the last one.
    """
    return replace_step(parsed, flow, step, _with_another(Places(parsed, flow).step(step)))


def remove_way(parsed: Parsed, flow: str, step: str, arm: int) -> Edited:
    """Takes the way `arm` (as the graph counts it) out of a step, with all that stands on it.

    Raises `Refusal` where the step would have no way left.
    """
    return replace_step(parsed, flow, step, _without(Places(parsed, flow).step(step), arm))


def _with_another(step: tree.Step) -> tree.Step:
    match step:
        case tree.If(otherwise=None):
            return open_way(step, ELSE)
        case tree.If():
            return replace(step, others=(*step.others, tree.ElseIf(QUESTION, empty())))
        case tree.Switch():
            known = {one.value for case in step.cases for one in _texts(case)}
            value = tree.Text(fresh("value", known))
            return replace(step, cases=(*step.cases, tree.Case((value,), empty())))
        case tree.Experiment():
            return _with_arm(step)
        case tree.Wait() if step.arms:
            happening = tree.EventHappens("purchase")
            return replace(step, arms=(*step.arms, tree.ForArm((happening,), empty())))
        case tree.Wait() if step.happenings:
            return open_way(step, ELSE if step.block is not None else 0)
        case tree.Unreadable():
            raise Refusal(BROKEN)
    raise Refusal("This step has one way only.")


def _texts(case: tree.Case | tree.Unreadable) -> list[tree.Text]:
    values = case.values if isinstance(case, tree.Case) else ()
    return [one for one in values if isinstance(one, tree.Text)]


def _with_arm(step: tree.Experiment) -> tree.Experiment:
    arms = [one for one in step.arms if isinstance(one, tree.Arm)]
    names = {one.label for one in arms if one.label is not None}
    label = fresh("arm", names) if names or not arms else None
    left = 100 - sum((one.share.value for one in arms), Decimal(0))
    if step.winner is not None and arms and left > arms[-1].share.value:
        # Somebody is still left to wait.
        share = arms[-1].share.value
        return replace(step, arms=(*step.arms, tree.Arm(tree.Percent(share), empty(), label)))
    if left > 0 and step.otherwise is None and step.winner is None:
        return replace(step, arms=(*step.arms, tree.Arm(tree.Percent(left), empty(), label)))
    giver = arms[-1] if arms else None
    if giver is None or giver.share.value < 2:
        raise Refusal("No share is left for another arm.")
    share = giver.share.value // 2
    smaller = replace(giver, share=tree.Percent(giver.share.value - share))
    others = tuple(smaller if one is giver else one for one in step.arms)
    return replace(step, arms=(*others, tree.Arm(tree.Percent(share), empty(), label)))


def _without(step: tree.Step, arm: int) -> tree.Step:
    ways = [way for way, _ in arms_of(step)]
    if arm not in ways:
        raise Refusal("This step has no such way.")
    if isinstance(step, tree.Unreadable | tree.Repeat):
        raise Refusal("This way belongs to its step; delete the whole step instead.")
    if arm == ELSE and not isinstance(step, tree.Experiment):
        return _without_else(step)
    if len(ways) == 1:
        raise Refusal("This is the last way of its step; delete the whole step instead.")
    match step:
        case tree.If() if arm == 0 and step.others:
            first, *others = step.others
            return replace(
                step,
                condition=first.condition,
                block=first.block,
                others=tuple(others),
                lead=(*step.lead, *first.lead),
                tail=first.tail,
                inner=first.inner,
                rows=first.rows.removeprefix("else "),
            )
        case tree.If() if arm > 0:
            return replace(step, others=(*step.others[: arm - 1], *step.others[arm:]))
        case tree.Switch():
            return replace(step, cases=(*step.cases[:arm], *step.cases[arm + 1 :]))
        case tree.Experiment():
            return _without_arm(step, arm)
        case tree.Wait() if step.arms:
            return replace(step, arms=(*step.arms[:arm], *step.arms[arm + 1 :]))
    raise Refusal("Only what is asked or waited for leads here; change that instead.")


def _without_else(step: tree.Step) -> tree.Step:
    match step:
        case tree.If() | tree.Switch():
            return replace(step, otherwise=None)
        case tree.Wait():
            return replace(step, otherwise=None)
    raise Refusal("This step has no such way.")


def _without_arm(step: tree.Experiment, arm: int) -> tree.Experiment:
    """What an arm had goes to the one in front of it, or else to the one behind it; with `winner`
    to those who wait.
    """
    if arm == ELSE:
        return replace(step, otherwise=None)
    gone = step.arms[arm]
    rest = [*step.arms[:arm], *step.arms[arm + 1 :]]
    heir = max(arm - 1, 0)
    near = rest[heir] if rest else None
    shared = step.otherwise is None and step.winner is None
    if shared and isinstance(gone, tree.Arm) and isinstance(near, tree.Arm):
        rest[heir] = replace(near, share=tree.Percent(near.share.value + gone.share.value))
    return replace(step, arms=tuple(rest))
