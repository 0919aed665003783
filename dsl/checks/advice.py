"""Warnings: what is possible, and probably not meant."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from dsl import tree
from dsl.checks.loops import minutes
from dsl.checks.problem import Problem, head
from dsl.graph.graph import StepGraph
from dsl.names import vocabulary
from dsl.names.scopes import Scope, below

_SHOPPING_EVENTS = (
    "add_to_cart remove_from_cart view_cart begin_checkout checkout_step add_shipping_info "
    "add_payment_info view_item select_item view_item_list"
)
_SHOPPING = frozenset(_SHOPPING_EVENTS.split())


def no_exit_on_purchase(
    node: tree.Flow, graph: StepGraph, ways: Any, scope: Scope
) -> Iterator[Problem]:
    """Who has bought is not reminded to buy."""
    import networkx as nx

    flow = scope.flow
    assert flow is not None
    goal = next(
        (one for one in node.headers if isinstance(one, tree.Goal) and _speaks_of_purchase(one)),
        None,
    )
    if goal is None or not _SHOPPING & set(flow.entry_events):
        return
    leads_away = tree.ExitWhen | tree.ExitIf | tree.JumpWhen | tree.Unreadable
    if any(_speaks_of_purchase(one) for one in node.headers if isinstance(one, leads_away)):
        return
    looks = {one.id for one in graph.nodes if _looks_at_purchase(one.step)}
    blind = ways.copy()
    blind.remove_nodes_from(looks)
    waits = [one.id for one in graph.nodes if one.kind == "wait" and one.id not in looks]
    sends = {one.id for one in graph.nodes if one.kind == "send"}
    if any(sends & nx.descendants(blind, one) for one in waits):
        yield Problem(
            "no-exit-on-purchase",
            head(goal, scope.text),
            "The goal is a purchase, yet who buys while the flow waits still gets its messages.",
            "Add the line `exit when purchase`.",
            "warning",
        )


def _looks_at_purchase(step: tree.Step | tree.Flow) -> bool:
    """Whether a step asks if somebody has bought, or waits for it; its blocks take no part."""
    match step:
        case tree.If():
            asked = (step.condition, *(one.condition for one in step.others))
            return any(map(_speaks_of_purchase, asked))
        case tree.Switch():
            return step.path.parts[-1] in _BOUGHT
        case tree.Wait():
            arms = [one for one in step.arms if isinstance(one, tree.ForArm)]
            awaited = [*step.happenings, *(it for arm in arms for it in arm.happenings)]
            return any(map(_speaks_of_purchase, awaited))
        case tree.Unreadable():
            return True
        case _:
            return False


_BOUGHT = ("orders", "total_spent", "last_order_at", "first_order_at")


def _speaks_of_purchase(node: tree.Node) -> bool:
    if isinstance(node, tree.Path) and node.parts[0] == "customer" and node.parts[-1] in _BOUGHT:
        return True
    if isinstance(node, tree.EventHappens | tree.History) and node.event == "purchase":
        return True
    if isinstance(node, tree.Unreadable | tree.SegmentMove | tree.InSegment):
        return True  # it may well speak of one
    return any(map(_speaks_of_purchase, below(node)))


def without_same_key(node: tree.Flow, scope: Scope) -> Iterator[Problem]:
    """A run for each KEY ends and goes on by events with its own KEY."""
    keys = {
        one.trigger.per
        for one in node.headers
        if isinstance(one, tree.Enter)
        and isinstance(one.trigger, tree.OnHappening)
        and one.trigger.per is not None
    }
    if len(keys) != 1 or scope.flow is None:
        return
    key = keys.pop()
    if key in vocabulary.COMMON:
        return
    for one in _ends_or_goes_on(node):
        words = scope.names.events.get(one.event, {})
        if one.event in scope.flow.entry_events:
            continue  # its key is that of another run, or of this very one
        narrowed = one.of or one.of_this_product or one.same or one.where
        if key in words and not narrowed:
            yield Problem(
                "without-same-key",
                one.span,
                f"There is a run for each `{key}`, but any `{one.event}` counts here.",
                f"Write `{one.event} with same {key}`.",
                "warning",
            )


def _ends_or_goes_on(node: tree.Node) -> Iterator[tree.EventHappens]:
    for one in below(node):
        if isinstance(one, tree.Wait | tree.ForArm | tree.ExitWhen):
            yield from (it for it in one.happenings if isinstance(it, tree.EventHappens))
        if isinstance(one, tree.Statement | tree.Block):
            yield from _ends_or_goes_on(one)


def enters_too_soon(node: tree.Flow, _scope: Scope) -> Iterator[Problem]:
    """`re-enter after` is at least as long as a run takes."""
    rule = next((one for one in node.headers if isinstance(one, tree.ReEnter)), None)
    if rule is None or not isinstance(rule.rule, tree.Duration):
        return
    pause = minutes(rule.rule)
    if pause is None or pause <= 0:
        return
    longest, _ = _longest(node.steps)
    if longest > pause:
        days = longest / 1440
        length = f"{days:.0f} days" if days >= 2 else f"{longest / 60:.0f} hours"
        yield Problem(
            "re-enter-too-soon",
            rule.rule.span,
            f"A run can take {length}, which is longer than this.",
            "A run that still goes on is not started a second time; write a longer time.",
            "warning",
        )


def empty_branch(
    node: tree.If | tree.Switch | tree.Experiment | tree.Repeat, scope: Scope
) -> Iterator[Problem]:
    """One of the ways of a branch has something to do. Not of a wait: waiting is what it does."""
    blocks = [block for block, _ in _ways(node)]
    if all(isinstance(step, tree.GoOn) for block in blocks for step in block.steps):
        yield Problem(
            "empty-branch",
            head(node, scope.text),
            "Nothing happens in here, whichever way one goes."
            if len(blocks) > 1
            else "Nothing happens in here.",
            "Write a step in place of a `go on`, or remove it all.",
            "warning",
        )


def _longest(block: tree.Block) -> tuple[Decimal, bool]:
    """The minutes of the longest way through a block, as far as they are written down, and
    whether that way ends the run. Jumps are left out.
    """
    total = Decimal(0)
    best_ended = Decimal(0)
    for step in block.steps:
        if isinstance(step, tree.Exit):
            return max(total, best_ended), True
        own = Decimal(0)
        if isinstance(step, tree.Wait) and isinstance(step.timing, tree.ForTime | tree.UpTo):
            own = max(minutes(step.timing.duration) or Decimal(0), Decimal(0))
        ways = _ways(step)
        if isinstance(step, tree.Repeat):
            inside, _ = _longest(step.block)
            total += inside * min(step.times, 10_000)
            continue
        on = [own if not ways or not _exhaustive(step) else Decimal(0)]
        for below_block, counts in ways:
            inside, ended = _longest(below_block)
            inside += own if counts else Decimal(0)
            if ended:
                best_ended = max(best_ended, total + inside)
            else:
                on.append(inside)
        total += max(on)
    return max(total, best_ended), False


def _ways(step: tree.Step) -> list[tuple[tree.Block, bool]]:
    """Blocks of a step, and whether its wait's full time passes before each."""
    from dsl.graph.compiler import arms_of
    from dsl.graph.graph import ELSE

    # An event may come in the last minute, so the first blocks may take the full time as well.
    return [(block, arm == ELSE or isinstance(step, tree.Wait)) for arm, block in arms_of(step)]


def _exhaustive(step: tree.Step) -> bool:
    return getattr(step, "otherwise", None) is not None
