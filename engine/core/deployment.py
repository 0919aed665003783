"""All compiled flows of a project with what they share, indexed by what can move them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dsl import tree
from dsl.graph.graph import StepGraph
from dsl.names import vocabulary
from engine.core.calendar import ELAPSED
from engine.core.carts import CART_EVENTS
from engine.core.compile import compile_program, literal_duration
from engine.core.conditions.context import Names, Needs
from engine.core.conditions.python import Test, compile_test
from engine.core.coupons import Coupon
from engine.core.eligibility import Limit, Rules
from engine.core.model import HOUR, Instant
from engine.core.orders import ORDER_EVENTS
from engine.core.program import ExperimentSpec, Program
from engine.core.senders import Sender, senders_of
from engine.core.triggers import Matcher, compile_happening
from engine.core.values import Types, money, plain_number
from engine.core.warming import WarmUp, warm_up_of


@dataclass(slots=True)
class ScoreRules:
    """`rules` by trigger: points per happening; `halves` in milliseconds."""

    name: str
    halves: Instant | None
    rules: dict[str, list[tuple[Matcher, float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A published project, ready to run.

    `programs` are the versions that people may enter, by flow name; `versions` holds every version
    that still has runs, by (flow, version). `entering` says by trigger which programs it can
    enter, `moving` which triggers can do anything at all to a run, `choosing` the experiments with
    `winner` by flow and name. `watched` are the segments that
    somebody joins or leaves, with their tests, without those of `unsettled`: segments that have
    not been looked at as a whole since they were declared or edited. `heeded` are the
    events whose names anything speaks of. `blocks` are the conditions of all segments, `titles`
    their titles where they have one. `secret` goes into coupon codes. Nothing in it changes; what
    does while it runs stands in `engine.core.ports`.
    """

    name: str
    zone: str
    currency: str
    language: str
    types: Types
    rules: Rules
    programs: dict[str, Program]
    versions: dict[tuple[str, int], Program]
    scores: dict[str, ScoreRules]
    coupons: dict[str, Coupon]
    segments: dict[str, Test]
    staff: dict[str, str]
    senders: Mapping[str, Sender]
    webhooks: dict[str, tree.Webhook]
    warm_up: WarmUp | None
    topics: dict[str, str]
    needs: Needs
    entering: dict[str, list[Program]] = field(default_factory=dict)
    moving: frozenset[str] = frozenset()
    choosing: Mapping[tuple[str, str], ExperimentSpec] = field(default_factory=dict)
    scoring: dict[str, list[tuple[ScoreRules, Matcher, float]]] = field(default_factory=dict)
    blocks: Mapping[str, tree.ConditionBlock] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    unsettled: frozenset[str] = frozenset()
    watched: dict[str, Test] = field(default_factory=dict)
    heeded: frozenset[str] = frozenset()
    max_lateness: Instant = 24 * HOUR
    secret: str = ""

    def program(self, flow: str, version: int) -> Program:
        """The program that a run is pinned to. Raises KeyError when it is not loaded."""
        return self.versions[flow, version]

    def listens(self, event: str) -> bool:
        """Whether any flow or condition asks for this event."""
        return event in self.entering or event in self.moving or event in self.needs.events

    def only(self, flows: Collection[str]) -> Deployment:
        """The same shop with these flows and no others, as a language test runs them."""
        programs = {name: one for name, one in self.programs.items() if name in flows}
        versions = {key: one for key, one in self.versions.items() if key[0] in flows}
        return _indexed(replace(self, programs=programs, versions=versions))

    @property
    def waited_for(self) -> frozenset[str] | None:
        """The events that have to go through their customer's lane; None: all of them.

        Any other changes nothing there (`dispatch`): no run, no cart, no total and no score, and no
        condition asks for it. Where flows watch segments, each event is an occasion to look
        whether time alone has moved somebody.
        """
        return None if self.watched else self.heeded

    @property
    def triggering(self) -> frozenset[str]:
        """The segments that somebody can enter a flow, or be moved in one, by joining or leaving.

        All of them are watched, once they are settled.
        """
        triggers = self.moving | self.entering.keys() | self.scoring.keys()
        return frozenset(
            name
            for name in self.segments
            if f"joins {name}" in triggers or f"leaves {name}" in triggers
        )

    def leaving_unsettled(self, segments: Collection[str]) -> Deployment:
        """The same, which watches all that trigger something but for these."""
        return _indexed(replace(self, unsettled=frozenset(segments)))

    def adopting(self, program: Program, beside: Deployment) -> Deployment:
        """The same with an older version known, for the runs that are still in it, and with what
        it speaks of of the project that it comes from and is not declared any more.
        """
        needs = Needs()
        needs.add(self.needs)
        needs.add(program.needs)
        rules, others = self.rules, beside.rules
        rules = replace(
            rules,
            messages=None
            if rules.messages is None or others.messages is None
            else {**others.messages, **rules.messages},
            topics={**others.topics, **rules.topics},
            coupons=others.coupons | rules.coupons,
        )
        awaited = {*program.waits, *program.exits, *program.jumps, *program.goals}
        gone = {
            name
            for name in beside.segments.keys() - self.segments.keys()
            if f"joins {name}" in awaited or f"leaves {name}" in awaited
        }
        types = self.types
        return _indexed(
            replace(
                self,
                versions={**self.versions, (program.flow, program.version): program},
                needs=needs,
                coupons={**beside.coupons, **self.coupons},
                staff={**beside.staff, **self.staff},
                webhooks={**beside.webhooks, **self.webhooks},
                rules=rules,
                types=replace(types, events={**beside.types.events, **types.events}),
                segments={**self.segments, **{name: beside.segments[name] for name in gone}},
                blocks={**self.blocks, **{name: beside.blocks[name] for name in gone}},
            )
        )


def types_of(
    declarations: list[tree.Declaration], builtin: Types, *, currency: str, zone: str
) -> Types:
    """The built-in words and those that a project declares."""
    customer, product = dict(builtin.customer), dict(builtin.product)
    events = {name: dict(properties) for name, properties in builtin.events.items()}
    for one in declarations:
        if isinstance(one, tree.Properties):
            words = customer if one.subject == "customer" else product
            words.update(_declared(one.properties))
        elif isinstance(one, tree.Event):
            events.setdefault(one.name, dict(vocabulary.COMMON)).update(_declared(one.properties))
    return Types(customer, product, events, currency, zone)


def _declared(properties: tuple[tree.Property | tree.Unreadable, ...]) -> dict[str, str]:
    return {one.name: one.type for one in properties if isinstance(one, tree.Property)}


def compile_shop(
    declarations: list[tree.Declaration],
    graphs: Mapping[str, StepGraph],
    builtin: Types,
    *,
    versions: Mapping[str, int] | None = None,
    flows: set[str] | None = None,
    messages: Mapping[str, frozenset[str]] | None = None,
    topics: Mapping[tuple[str, str], str] | None = None,
    coupons: frozenset[tuple[str, str]] = frozenset(),
    secret: str = "",
    max_lateness: Instant = 24 * HOUR,
) -> Deployment:
    """Compile declarations without errors.

    `graphs` are the step graphs by flow; `flows` narrows which of them run (a test runs its flow
    and those that it starts); `versions` says which version each has (1 where it is silent);
    `messages` the channels that each message is written for, None where there are no files, and
    `topics` the topic by message and channel, `coupons` those that tell of a coupon.
    """
    store = next((one for one in declarations if isinstance(one, tree.Store)), None)
    lines = store.lines if store is not None else ()
    zone = next((one.name for one in lines if isinstance(one, tree.Timezone)), "UTC")
    currency = next((one.code for one in lines if isinstance(one, tree.Currency)), "EUR")
    language = next((one.code for one in lines if isinstance(one, tree.Language)), "en")
    types = types_of(declarations, builtin, currency=currency, zone=zone)
    blocks = {one.name: one.block for one in declarations if isinstance(one, tree.Segment)}
    scores = {one.name: one for one in declarations if isinstance(one, tree.Score)}
    names = Names(
        types=types,
        segments=blocks,
        halves={name: _halves(score) for name, score in scores.items()},
    )
    programs = {
        name: compile_program(graph, names, (versions or {}).get(name, 1))
        for name, graph in graphs.items()
        if flows is None or name in flows
    }
    needs = names.needs
    for program in programs.values():
        needs.add(program.needs)
    deployment = Deployment(
        name=store.name if store is not None else "",
        zone=zone,
        currency=currency,
        language=language,
        types=types,
        rules=_rules(lines, messages, topics or {}, coupons),
        programs=programs,
        versions={(name, program.version): program for name, program in programs.items()},
        scores={name: _score(score, names) for name, score in scores.items()},
        coupons={
            one.name: _coupon(one, types.digits)
            for one in declarations
            if isinstance(one, tree.Coupon)
        },
        segments={name: compile_test(tree.InSegment(name), names) for name in blocks},
        blocks=blocks,
        titles={
            one.name: one.title
            for one in declarations
            if isinstance(one, tree.Segment) and one.title
        },
        staff={one.name: one.address for one in lines if isinstance(one, tree.Staff)},
        senders=senders_of(lines),
        warm_up=warm_up_of(lines),
        webhooks={one.name: one for one in declarations if isinstance(one, tree.Webhook)},
        topics={one.name: one.title for one in lines if isinstance(one, tree.Topic)},
        needs=needs,
        max_lateness=max_lateness,
        secret=secret,
    )
    return _indexed(deployment)


def _indexed(deployment: Deployment) -> Deployment:
    """With what its parts are indexed by. Higher priority first, then by name: the order in which
    flows take their turns.
    """
    order = sorted(deployment.programs.values(), key=lambda one: (-one.priority, one.flow))
    entering: dict[str, list[Program]] = {}
    for program in order:
        for trigger in program.entries:
            entering.setdefault(trigger, []).append(program)
    moving: set[str] = set()
    for program in deployment.versions.values():
        moving |= program.waits | program.exits.keys() | program.jumps.keys()
        moving |= program.goals.keys()
    choosing: dict[tuple[str, str], ExperimentSpec] = {}
    # What is live says when and by what; a version that people are still in where that is silent.
    for program in (*sorted(deployment.versions.values(), key=lambda one: one.version), *order):
        for op in program.choosing():
            choosing[program.flow, op.name] = op
    scoring: dict[str, list[tuple[ScoreRules, Matcher, float]]] = {}
    for score in deployment.scores.values():
        for trigger, rules in score.rules.items():
            for matcher, points in rules:
                scoring.setdefault(trigger, []).append((score, matcher, points))
    heeded = deployment.needs.events | moving | entering.keys() | scoring.keys()
    indexed = replace(
        deployment,
        entering=entering,
        moving=frozenset(moving),
        choosing=choosing,
        scoring=scoring,
        heeded=frozenset(heeded | CART_EVENTS | ORDER_EVENTS),
    )
    watched = indexed.triggering - indexed.unsettled
    tests = {name: test for name, test in indexed.segments.items() if name in watched}
    return replace(indexed, watched=tests)


def _rules(
    lines: tuple[tree.StoreLine, ...],
    messages: Mapping[str, frozenset[str]] | None,
    topics: Mapping[tuple[str, str], str],
    coupons: frozenset[tuple[str, str]],
) -> Rules:
    limits = tuple(
        Limit(
            one.count,
            one.channel,
            one.every * ELAPSED[one.unit],
            f"{one.count} {one.channel or 'messages'} per "
            + (one.unit if one.every == 1 else f"{one.every} {one.unit}s"),
        )
        for one in lines
        if isinstance(one, tree.Limit)
    )
    quiet = next(
        ((one.start.value, one.end.value) for one in lines if isinstance(one, tree.QuietHours)),
        None,
    )
    return Rules(limits, quiet, messages, topics, coupons)


def _halves(score: tree.Score) -> Instant | None:
    for line in score.lines:
        if isinstance(line, tree.Decay):
            amount, unit = literal_duration(line.period)
            return round(amount * ELAPSED[unit])
    return None


def _score(score: tree.Score, names: Names) -> ScoreRules:
    result = ScoreRules(score.name, _halves(score))
    for line in score.lines:
        if isinstance(line, tree.ScoreRule):
            matcher = compile_happening(line.happening, names)
            points = float(line.points.value)
            result.rules.setdefault(matcher.trigger, []).append((matcher, points))
            if isinstance(line.happening, tree.EventHappens):
                names.needs.events.add(line.happening.event)
    return result


def _coupon(coupon: tree.Coupon, digits: int) -> Coupon:
    found: dict[str, Any] = {"pattern": f"{coupon.name.upper().replace('_', '-')}-????-????"}
    for line in coupon.lines:
        match line:
            case tree.Discount(amount=tree.Percent() as share):
                found["percent"] = plain_number(share.value)
            case tree.Discount():
                found["amount"] = money(line.amount.value, digits)
            case tree.FreeShipping():
                found["free_shipping"] = True
            case tree.ValidFor():
                found["valid_for"] = literal_duration(line.duration)
            case tree.CodePattern():
                found["pattern"] = line.pattern
            case _:
                pass
        if isinstance(line, tree.Discount) and line.over is not None:
            found["over"] = money(line.over.value, digits)
    return Coupon(name=coupon.name, title=coupon.title or coupon.name, **found)
