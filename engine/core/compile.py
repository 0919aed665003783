"""A step graph becomes a program: conditions as functions, steps as ops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.graph.graph import ELSE, GraphEdge, GraphNode, StepGraph
from engine.core import calendar
from engine.core.awaited import awaited
from engine.core.conditions.context import Names, Sending
from engine.core.conditions.python import Getter, compile_test, compile_value
from engine.core.conditions.scope import Scope
from engine.core.interest import interest_of
from engine.core.ports import Eligible
from engine.core.program import (
    Entry,
    ExperimentSpec,
    NotifySpec,
    Op,
    Program,
    ScoreSpec,
    SendSpec,
    ShowSpec,
    Spec,
    ValueSpec,
    WaitSpec,
    WinnerSpec,
)
from engine.core.schedules import compile_schedule
from engine.core.signals import NEEDED
from engine.core.triggers import Matcher, compile_happening, compile_happenings
from engine.core.waits import compile_timing
from engine.core.wanted import wanted_of


def compile_program(graph: StepGraph, names: Names, version: int) -> Program:
    """Compile a flow without errors; `names` is that of the project.

    Raises ConditionError where the checks should have refused the flow.
    """
    return _Compilation(graph, names, version).program()


def literal_duration(duration: tree.Duration) -> tuple[float, calendar.Unit]:
    """The amount and unit of a duration that is written as a number."""
    assert isinstance(duration.amount, tree.Number)
    return float(duration.amount.value), duration.unit


def names_of(graph: StepGraph, names: Names) -> Names:
    """The names of a project as a flow of it has them."""
    return Names(
        types=names.types,
        segments=names.segments,
        halves=names.halves,
        labels={
            node.name: Sending(node.id, node.step.message)
            for node in graph.nodes
            if node.name is not None and isinstance(node.step, tree.Send | tree.Notify | tree.Show)
        },
        entry_events=_entry_events(graph.flow),
        flow=graph.flow.name,
    )


class _Compilation:
    def __init__(self, graph: StepGraph, names: Names, version: int) -> None:
        self.graph = graph
        self.version = version
        self.names = names_of(graph, names)
        self.sends = self.names.labels
        self.index = {node.id: place for place, node in enumerate(graph.nodes)}
        self.parents = {node.id: node.parent for node in graph.nodes}
        self.agains: dict[str, int] = {}

    def program(self) -> Program:
        graph, names = self.graph, self.names
        out: dict[str, list[GraphEdge]] = {}
        for edge in graph.edges:
            out.setdefault(edge.source, []).append(edge)
        extra: list[Op] = []
        for node in graph.nodes:
            if node.kind == "repeat":
                self.agains[node.id] = len(graph.nodes) + len(extra)
                extra.append(Op("again", node.id, position=self.index[node.id]))
        ops = []
        before = {node.id: events for node, events in awaited(graph)}
        for node in graph.nodes:
            self.names = replace(names, awaited=before.get(node.id, ()))
            ops.append(self.op(node, out.get(node.id, [])))
        self.names = names
        for op in extra:
            loop = ops[op.position]
            op.spec, op.arms, op.otherwise = loop.spec, loop.arms, loop.otherwise
        program = Program(
            flow=graph.flow.name,
            version=self.version,
            title=graph.flow.title or graph.flow.name,
            hash=graph.hash,
            ops=(*ops, *extra),
            index=self.index,
            labels={node.name: self.index[node.id] for node in graph.nodes if node.name},
            lines={node.id: node.line for node in graph.nodes},
            needs=names.needs,
            waits=frozenset(
                trigger
                for op in ops
                if isinstance(op.spec, WaitSpec)
                for trigger in op.spec.triggers
            ),
            experiments=frozenset(
                op.spec.name for op in ops if isinstance(op.spec, ExperimentSpec)
            ),
        )
        for header in graph.flow.headers:
            self.header(program, header)
        program.wanted = wanted_of(graph.flow.headers, names.segments)
        return program

    # --- headers ---------------------------------------------------------------------------

    def header(self, program: Program, header: tree.Header) -> None:
        names = self.names
        match header:
            case tree.Enter():
                self.enter(program, header.trigger)
            case tree.OnlyIf():
                program.only_if.append((compile_test(header.condition, names), header.span.line))
                program.asks_reach = program.asks_reach or any(
                    isinstance(node, tree.CanReceive) for node in tree.walk(header.condition)
                )
            case tree.ReEnter(rule=rule):
                if isinstance(rule, tree.Duration):
                    program.re_enter = literal_duration(rule)
                elif rule == "never":
                    program.re_enter = "never"
            case tree.ExitWhen():
                for matcher in compile_happenings(header.happenings, names):
                    program.exits.setdefault(matcher.trigger, []).append(matcher)
            case tree.ExitIf():
                program.exit_ifs.append((compile_test(header.condition, names), header.span.line))
            case tree.JumpWhen():
                for matcher in compile_happenings(header.happenings, names):
                    target = program.labels[header.target]
                    program.jumps.setdefault(matcher.trigger, []).append((matcher, target))
            case tree.Goal():
                amount, unit = literal_duration(header.within)
                program.goal_window.append((amount, unit))
                for matcher in compile_happenings(header.happenings, names):
                    program.goals.setdefault(matcher.trigger, []).append((matcher, amount, unit))
            case tree.Holdout():
                program.holdout = float(header.share.value) / 100
            case tree.Priority():
                program.priority = header.value
            case tree.SentBy():
                program.sender = header.name
            case tree.QuietHours():
                program.quiet = (header.start.value, header.end.value)
            case tree.Transactional():
                program.transactional = True
            case tree.Moved():
                program.moved[header.old] = header.new
            case _:
                pass

    def enter(self, program: Program, trigger: tree.Trigger) -> None:
        names = self.names
        if isinstance(trigger, tree.Manually):
            program.manual = True
        elif isinstance(trigger, tree.OnHappening):
            events = tuple(
                one.event for one in trigger.happenings if isinstance(one, tree.EventHappens)
            )
            where, audience = trigger.item_where, trigger.audience
            for happening in trigger.happenings:
                matcher = compile_happening(happening, names)
                entry = Entry(
                    matcher,
                    trigger.per,
                    trigger.each_item,
                    None
                    if where is None
                    else compile_test(where, names, where="item", events=events),
                    None if audience is None else compile_test(audience, names),
                    interest_of(audience),
                )
                program.entries.setdefault(matcher.trigger, []).append(entry)
        else:
            line = compile_schedule(len(program.schedules), trigger, names)
            program.schedules = (*program.schedules, line)

    # --- steps -----------------------------------------------------------------------------

    def op(self, node: GraphNode, edges: list[GraphEdge]) -> Op:
        arms: dict[int, int] = {}
        after = otherwise = -1
        for edge in edges:
            target = self.target(node, edge)
            if edge.arm is None:
                after = target
            elif edge.arm == ELSE:
                otherwise = target
            else:
                arms[edge.arm] = target
        ways = tuple(arms.get(arm, otherwise) for arm in range(max(arms, default=-1) + 1))
        return Op(node.kind, node.id, self.spec(node), after, ways, otherwise, self.index[node.id])

    def target(self, node: GraphNode, edge: GraphEdge) -> int:
        """Where an edge leads; back to a repeat from within its body it is `again`."""
        again = self.agains.get(edge.target)
        jumps = node.kind == "go_to" and edge.arm == 0
        if again is not None and not jumps:
            parent = node.parent
            while parent is not None:
                if parent == edge.target:
                    return again
                parent = self.parents.get(parent)
        return self.index[edge.target]

    def spec(self, node: GraphNode) -> Spec:
        step, names = node.step, self.names
        match step:
            case tree.Send():
                spec = _send_spec(step)
                if spec.products is not None:
                    names.needs.events |= NEEDED[spec.products.strategy.kind]
                    if spec.products.filling is not None:
                        names.needs.events |= NEEDED[spec.products.filling.kind]
                    names.needs.cart = names.needs.catalogue = True
                    if spec.products.where is not None:
                        spec.eligible = _eligible(spec.products.where, names)
                return spec
            case tree.Show():
                duration = None if step.duration is None else literal_duration(step.duration)
                return ShowSpec(
                    step.surface, step.message, step.where, step.appears, step.amount, duration
                )
            case tree.Notify():
                return NotifySpec(step.staff, step.message)
            case tree.Call():
                return ValueSpec(step.webhook, self.arguments(step.arguments, {}))
            case tree.SetProperty():
                kind = names.types.customer.get(step.path.parts[-1])
                value, found = compile_value(step.value, names, kind=kind)
                return ValueSpec(step.path.parts[-1], (("", value, found),))
            case tree.ClearProperty():
                return step.path.parts[-1]
            case tree.AddTag() | tree.RemoveTag():
                return step.tag
            case tree.AddScore():
                names.needs.scores.add(step.score)
                points = float(step.points.value)
                return ScoreSpec(step.score, points, names.halves.get(step.score))
            case tree.GiveCoupon():
                return step.coupon
            case tree.Subscribe() | tree.Unsubscribe():
                return step.what
            case tree.Track():
                kinds = names.types.events.get(step.event, {})
                other = None if step.customer is None else compile_value(step.customer, names)[0]
                return ValueSpec(step.event, self.arguments(step.arguments, kinds), other)
            case tree.StartFlow() | tree.StopFlow():
                return step.flow
            case tree.GoTo():
                return 100 if step.times is None else step.times
            case tree.Exit():
                return step.reason or ""
            case tree.Repeat():
                return step.times
            case _:
                made = self.branching_spec(step)
                if isinstance(made, ExperimentSpec):
                    made.sends = self.sends_of(node)
                return made

    def branching_spec(self, step: tree.Step | tree.Flow) -> Spec:
        names = self.names
        match step:
            case tree.If():
                conditions = [step.condition, *(other.condition for other in step.others)]
                return tuple(compile_test(condition, names) for condition in conditions)
            case tree.Switch():
                return tuple(
                    compile_test(
                        tree.AnyOf(tuple(tree.Equals(step.path, value) for value in case.values)),
                        names,
                    )
                    for case in step.cases
                    if isinstance(case, tree.Case)
                )
            case tree.Experiment():
                reached, shares = 0.0, []
                for place, arm in enumerate(step.arms):
                    if isinstance(arm, tree.Arm):
                        reached += float(arm.share.value) / 100
                        shares.append((reached, arm.label or str(place + 1)))
                winner = None
                if step.winner is not None:
                    after = literal_duration(step.winner.after)
                    winner = WinnerSpec(step.winner.event, *after, names.types.zone)
                return ExperimentSpec(step.name, tuple(shares), winner)
            case tree.Wait():
                return self.wait_spec(step)
            case _:
                return None

    def sends_of(self, experiment: GraphNode) -> tuple[frozenset[str], ...]:
        """The steps that send in each of its arms."""
        found: dict[int, set[str]] = {}
        around = {node.id: (node.parent, node.arm) for node in self.graph.nodes}
        for node in self.graph.nodes:
            parent, arm = around[node.id]
            while parent is not None and parent != experiment.id:
                parent, arm = around[parent]
            if parent is not None and arm is not None and isinstance(node.step, tree.Send):
                found.setdefault(arm, set()).add(node.id)
        assert isinstance(experiment.step, tree.Experiment)
        return tuple(frozenset(found.get(arm, ())) for arm in range(len(experiment.step.arms)))

    def wait_spec(self, step: tree.Wait) -> WaitSpec:
        names = self.names
        if step.happenings:
            arms: tuple[tuple[Matcher, ...], ...] = (compile_happenings(step.happenings, names),)
        else:
            arms = tuple(
                compile_happenings(arm.happenings, names)
                for arm in step.arms
                if isinstance(arm, tree.ForArm)
            )
        triggers = frozenset(matcher.trigger for arm in arms for matcher in arm)
        names.needs.events |= {t for t in triggers if " " not in t and t in names.types.events}
        return WaitSpec(compile_timing(step.timing, names), arms, triggers)

    def arguments(
        self, arguments: tuple[tree.Argument, ...], kinds: Any
    ) -> tuple[tuple[str, Getter, str | None], ...]:
        return tuple(
            (one.name, *compile_value(one.value, self.names, kind=kinds.get(one.name)))
            for one in arguments
        )


def _eligible(condition: tree.Condition, names: Names) -> Eligible:
    test = compile_test(condition, names, where="item")

    def eligible(scope: Scope, product: str) -> bool:
        return test(scope, None, {"id": product, **scope.facts.product(product)})

    return eligible


def _send_spec(step: tree.Send) -> SendSpec:
    spec = SendSpec(step.channels, step.message, None, None, None)
    for option in step.options:
        match option:
            case tree.Subject():
                spec.subject = option.text
            case tree.To():
                spec.to = option.address
            case tree.Products():
                spec.products = option
            case tree.OverLimits(duration=None):
                spec.over = "anyway"
            case tree.OverLimits(duration=tree.Duration() as duration):
                amount, unit = literal_duration(duration)
                spec.over = round(amount * calendar.ELAPSED[unit])
            case _:
                pass
    return spec


def _entry_events(flow: tree.Flow) -> tuple[str, ...]:
    return tuple(
        happening.event
        for header in flow.headers
        if isinstance(header, tree.Enter) and isinstance(header.trigger, tree.OnHappening)
        for happening in header.trigger.happenings
        if isinstance(happening, tree.EventHappens)
    )
