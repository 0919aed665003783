"""Tests of a flow speak of things that are there."""

from __future__ import annotations

from collections.abc import Iterator

from dsl import tree
from dsl.checks.problem import Problem, did_you_mean, head, word
from dsl.checks.values import arguments
from dsl.graph.compiler import walk
from dsl.names.scopes import Scope

_ASIDE = ("can_receive", "tracked")


def unknown_in_test(node: tree.Test, scope: Scope) -> Iterator[Problem]:
    """What a test expects and plays exists in some flow of the project."""
    names = scope.names
    if node.flow not in names.flows:
        return
    steps = [step for flow in names.flows.values() for step in walk(flow.steps)]
    if any(isinstance(step, tree.Unreadable) for step in steps):
        return
    sent: dict[str, set[str]] = {}
    for step in steps:
        if isinstance(step, tree.Send):
            sent.setdefault(step.message, set()).update(step.channels)
    labels = {step.label for step in steps if isinstance(step, tree.LabelledStatement)} - {None}
    others = {
        "notify": {step.message for step in steps if isinstance(step, tree.Notify)}
        | {step.staff for step in steps if isinstance(step, tree.Notify)},
        "call": {step.webhook for step in steps if isinstance(step, tree.Call)},
        "show": {step.message for step in steps if isinstance(step, tree.Show)},
    }
    known = {*sent, *others["show"], *others["notify"], *labels}
    for line in node.lines:
        match line:
            case tree.ExpectMessage():
                yield from _message(line, sent, scope)
            case tree.ExpectOther() if line.name not in others[line.kind]:
                yield Problem(
                    "unknown-expectation",
                    word(line, scope.text, line.name, line.kind),
                    f"No flow has a step `{line.kind}` with `{line.name}`.",
                    did_you_mean(line.name, others[line.kind]),
                )
            case tree.GivenArm():
                yield from _arm(line, steps, scope)
            case tree.ExpectExit(by=str(event)) if event not in names.events:
                yield Problem(
                    "unknown-event",
                    word(line, scope.text, event, "by"),
                    f"There is no event `{event}`.",
                    did_you_mean(event, names.events),
                )
            case tree.ExpectGoal():
                yield from _goal(line, node, scope)
            case tree.PlayAt(play=tree.EventPlay(of=str(of)) as play) if of not in known:
                yield _unknown_of(play, of, known, scope)
            case tree.GivenPast(play=tree.EventPlay(of=str(of)) as play) if of not in known:
                yield _unknown_of(play, of, known, scope)
            case _:
                pass


def _unknown_of(play: tree.EventPlay, of: str, known: set[str | None], scope: Scope) -> Problem:
    return Problem(
        "unknown-label",
        word(play, scope.text, of, "of"),
        f"No flow has a step or a message called `{of}`.",
        did_you_mean(of, [one for one in known if one]),
    )


def _message(
    line: tree.ExpectMessage, sent: dict[str, set[str]], scope: Scope
) -> Iterator[Problem]:
    channels = sent.get(line.message)
    if channels is None:
        yield Problem(
            "unknown-expectation",
            word(line, scope.text, line.message, line.channel),
            f"No flow sends a message `{line.message}`.",
            did_you_mean(line.message, sent),
        )
    elif line.channel not in channels:
        yield Problem(
            "unknown-expectation",
            word(line, scope.text, line.channel, "expect"),
            f"No flow sends `{line.message}` by {line.channel}.",
            f"It is sent by {' or '.join(sorted(channels))}.",
        )


def _arm(line: tree.GivenArm, steps: list[tree.Step], scope: Scope) -> Iterator[Problem]:
    arms: dict[str, set[str]] = {}
    for step in steps:
        if isinstance(step, tree.Experiment):
            labels = {one.label for one in step.arms if isinstance(one, tree.Arm)}
            if step.otherwise is not None:
                labels.add(step.otherwise.label)
            arms.setdefault(step.name, set()).update(one for one in labels if one)
    if line.experiment not in arms:
        yield Problem(
            "unknown-experiment",
            word(line, scope.text, line.experiment, "of"),
            f"There is no experiment `{line.experiment}`.",
            did_you_mean(line.experiment, arms),
        )
    elif line.arm not in arms[line.experiment]:
        yield Problem(
            "unknown-experiment",
            word(line, scope.text, line.arm, "arm"),
            f"Experiment `{line.experiment}` has no arm `{line.arm}`.",
            did_you_mean(line.arm, arms[line.experiment]),
        )


def _goal(line: tree.ExpectGoal, test: tree.Test, scope: Scope) -> Iterator[Problem]:
    headers = scope.names.flows[test.flow].headers
    if not any(isinstance(one, tree.Goal | tree.Unreadable) for one in headers):
        yield Problem(
            "no-goal",
            head(line, scope.text),
            f"Flow `{test.flow}` has no goal.",
            "Add a line such as `goal purchase within 7 days` to the flow.",
        )


def given_properties(
    node: tree.GivenCustomer | tree.GivenProduct | tree.ProductPlay, scope: Scope
) -> Iterator[Problem]:
    """What a test gives people and products has the declared type; misspellings are found."""
    customer = isinstance(node, tree.GivenCustomer)
    words = scope.names.customer if customer else scope.names.product
    given = tuple(one for one in node.arguments if one.name not in ("push", *_ASIDE))
    yield from arguments(given, words, scope)
    whose = "customer" if customer else "product"
    if whose in scope.names.broken:
        return
    for one in given:
        if one.name not in words:
            yield from _misspelt(one, {*words, *(_ASIDE if customer else ())}, scope)


def played_properties(node: tree.EventPlay, scope: Scope) -> Iterator[Problem]:
    """A played event may carry anything; a property that is nearly a known one is a mistake."""
    words = scope.names.events.get(node.event)
    if words is None or node.event in scope.names.broken:
        return
    for one in node.arguments:
        if one.name not in words:
            yield from _misspelt(one, set(words), scope)


def _misspelt(one: tree.Argument, words: set[str], scope: Scope) -> Iterator[Problem]:
    from difflib import get_close_matches

    close = get_close_matches(one.name, sorted(words), 1, 0.85)
    if close:
        yield Problem(
            "unknown-property",
            word(one, scope.text, one.name),
            f"There is no property `{one.name}` here.",
            f"Did you mean `{close[0]}`?",
        )
