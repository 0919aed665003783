"""Runs every rule over a project.

A rule takes a node and its scope and yields problems; `RULES` says which nodes it looks at: those
of the types that its first parameter names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from dsl import tree
from dsl.checks import (
    acts,
    advice,
    amounts,
    declared,
    givens,
    graphs,
    loops,
    names,
    twice,
    values,
    winners,
)
from dsl.checks import language_tests as tests
from dsl.checks.problem import Problem, head, word
from dsl.diagnostics import Diagnostic, Related
from dsl.names.scopes import Scope, places

if TYPE_CHECKING:
    from dsl.project import FlowFile, Project

Rule = Callable[[Any, Scope], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    names.unknown_event,
    names.unknown_path,
    names.unknown_aggregate,
    names.unknown_same,
    names.unknown_of,
    acts.wrong_of,
    acts.wrong_of_in_test,
    names.unknown_label,
    names.unknown_moved,
    names.unknown_segment,
    names.unknown_coupon,
    names.unknown_score,
    names.unknown_staff,
    names.unknown_sender,
    names.unknown_webhook,
    names.unknown_topic,
    names.unknown_flow,
    names.unknown_product,
    names.unknown_per,
    names.unknown_argument,
    values.wrong_comparison,
    values.wrong_equality,
    values.wrong_option,
    values.wrong_contains,
    values.wrong_edge,
    values.wrong_arithmetic,
    values.wrong_amount,
    values.wrong_aggregate,
    values.wrong_since,
    values.wrong_case,
    values.wrong_set,
    values.wrong_argument,
    values.wrong_told,
    values.wrong_same,
    values.wrong_customer,
    values.wrong_date,
    amounts.impossible_duration,
    amounts.computed_duration,
    amounts.impossible_times,
    amounts.impossible_appearance,
    amounts.thousands,
    amounts.impossible_share,
    amounts.experiment_shares,
    winners.winner_waits,
    winners.winner_event,
    winners.winner_time,
    amounts.impossible_day,
    amounts.empty_quiet_hours,
    amounts.impossible_limit,
    amounts.impossible_warm_up,
    amounts.impossible_products,
    amounts.limits_of_transactional,
    declared.duplicate_property,
    declared.duplicate_label,
    twice.duplicate_line,
    twice.duplicate_happening,
    twice.same_arm_twice,
    twice.duplicate_value,
    twice.duplicate_condition,
    twice.duplicate_argument,
    declared.unknown_timezone,
    declared.unknown_currency,
    declared.unknown_language,
    declared.bad_address,
    declared.topic_is_channel,
    declared.bad_subject,
    declared.bad_webhook,
    declared.no_enter,
    declared.own_segment,
    graphs.wait_for_exit,
    advice.without_same_key,
    advice.enters_too_soon,
    advice.empty_branch,
    tests.unknown_in_test,
    tests.nothing_happens,
    tests.before_start,
    tests.contradiction,
    givens.no_literal,
    givens.given_properties,
    givens.played_properties,
    givens.played_messages,
)


@cache
def _by_type() -> dict[type, tuple[Rule, ...]]:
    found: dict[type, list[Rule]] = {}
    for rule in RULES:
        hints = get_type_hints(rule)
        hint = next(iter(hints.values()))
        for kind in get_args(hint) or (hint,):
            found.setdefault(kind, []).append(rule)
    return {kind: tuple(rules) for kind, rules in found.items()}


def check(project: Project) -> list[Diagnostic]:
    """Everything that is wrong beyond syntax, in no particular order."""
    found: list[Diagnostic] = [*_duplicates(project), *_declared_again(project)]
    rules = _by_type()
    scopes: dict[str, Scope] = {}
    for file in project.files:
        base = Scope(project.declarations, file.name, file.text)
        for declaration in file.tree.declarations:
            for node, scope in places(declaration, base):
                if isinstance(node, tree.Flow) and project.flows.get(node.name) is node:
                    scopes[node.name] = scope
                for rule in rules.get(type(node), ()):
                    found += [_placed(one, scope) for one in rule(node, scope)]
    for name, scope in scopes.items():
        found += [_placed(one, scope) for one in _of_graph(project, name, scope)]
    if any(_starts(project, name) for name in project.flows):
        for scope, problem in graphs.endless_flows(project.graphs, scopes):
            found.append(_placed(problem, scope))
    return found


def diagnose(project: Project) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with a project's own files: in their order, each in source order."""
    order = {file.name: place for place, file in enumerate(project.files)}
    found = [one for file in project.files for one in file.diagnostics]
    found += [one for one in check(project) if one.file in order]
    # The same trouble found twice at one place is one trouble.
    unique = {(one.code, one.file, one.span, one.message): one for one in found}
    return tuple(
        sorted(
            unique.values(),
            key=lambda one: (order[one.file], one.span.start, one.span.end, one.code),
        )
    )


def advise(project: Project) -> list[Diagnostic]:
    """Warnings about flows that can be run as they are, in no particular order."""
    own = {id(node): file for file in project.files for node in file.tree.declarations}
    found: list[Diagnostic] = []
    for name, flow in project.flows.items():
        home, graph = own.get(id(flow)), project.graphs[name]
        if home is None or len(graph.nodes) - 2 > graphs.MAX_STEPS:
            continue
        scope = Scope(project.declarations, home.name, home.text)
        found += [_placed(one, scope) for one in loops.feeds_itself(graph, scope)]
    return found


def _of_graph(project: Project, name: str, scope: Scope) -> Iterator[Problem]:
    graph = project.graphs[name]
    if len(graph.nodes) - 2 > graphs.MAX_STEPS:
        return
    ways = graphs.steps_graph(graph)
    yield from graphs.unreachable(graph, ways, scope)
    yield from loops.endless_loop(graph, ways, scope)
    yield from graphs.jump_into_block(graph, scope)
    yield from graphs.label_not_passed(graph, ways, scope)
    yield from advice.no_exit_on_purchase(graph.flow, graph, ways, scope)


def _starts(project: Project, name: str) -> bool:
    return any(isinstance(node.step, tree.StartFlow) for node in project.graphs[name].nodes)


def _placed(problem: Problem, scope: Scope) -> Diagnostic:
    return Diagnostic(
        problem.code,
        problem.severity,
        problem.message,
        scope.file,
        problem.span,
        problem.hint,
        problem.related,
    )


def _declared_again(project: Project) -> Iterator[Diagnostic]:
    """A property that another `customer:` or `product:` of the project declares already."""
    seen: dict[tuple[str, str], tuple[FlowFile, tree.Properties, tree.Property]] = {}
    for file in (*project.files, *project.neighbours):
        for node in file.tree.declarations:
            if not isinstance(node, tree.Properties):
                continue
            for one in node.properties:
                if not isinstance(one, tree.Property):
                    continue
                first = seen.setdefault((node.subject, one.name), (file, node, one))
                if first[1] is node:
                    continue  # `duplicate_property` looks at one block
                yield Diagnostic(
                    "duplicate-name",
                    "error",
                    f"The property `{one.name}` is declared twice.",
                    file.name,
                    word(one, file.text, one.name),
                    "Remove one of the two.",
                    (Related("The first one.", first[0].name, first[2].span),),
                )


def _duplicates(project: Project) -> Iterator[Diagnostic]:
    texts: dict[str, FlowFile] = {file.name: file for file in project.files}
    for name, again in project.declarations.again:
        file = texts.get(again.file)
        if file is None:
            continue
        first = project.declarations.places[name]
        node = again.node
        own = getattr(node, "name", None) or getattr(node, "title", "")
        span = word(node, file.text, own) if own else head(node, file.text)
        if isinstance(node, tree.Store):
            span = head(node, file.text)
        before = texts.get(first.file)
        place = first.span if before is None else head(first.node, before.text)
        yield Diagnostic(
            "duplicate-name",
            "error",
            "There is a second `store` here; a project has one."
            if isinstance(node, tree.Store)
            else f"There are two tests with the name {own!r} for flow `{node.flow}`."
            if isinstance(node, tree.Test)
            else f"There are two declarations of `{name}`.",
            again.file,
            span,
            "Rename or remove one of the two.",
            (Related("The first one.", first.file, place),),
        )
