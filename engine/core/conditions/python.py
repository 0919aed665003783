"""Conditions and values as Python functions over one customer.

The tree becomes the source of one Python function, which is compiled once (see `source`).

A value that is not of its declared type makes Python refuse to compare it; then (and only then)
the slower, careful form of the same condition answers, where what cannot be compared is false.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dsl import tree
from engine.core.conditions import operations as meaning
from engine.core.conditions.context import Names
from engine.core.conditions.scope import Scope
from engine.core.conditions.source import Source, with_care
from engine.core.conditions.values import Expr, Values, Where, refusal
from engine.core.model import Event
from engine.core.values import as_date

Test = Callable[[Scope, Any, Any], bool]
Getter = Callable[[Scope, Any, Any], Any]

_COMPARISONS = {
    "<": ("<", meaning.less),
    "<=": ("<=", meaning.at_most),
    ">": (">", meaning.more),
    ">=": (">=", meaning.at_least),
}


def compile_test(
    condition: tree.Condition | tree.ConditionBlock, names: Names, *, where: Where = "",
    events: tuple[str, ...] = (),
) -> Test:  # fmt: skip
    """A condition as a function. In a `where`, bare names are properties of `events` or an item.

    Raises ConditionError for what the checks should have refused.
    """

    def build(careful: bool) -> Any:
        source = Source(careful=careful)
        return source.function(_Conditions(source, names, where, events).any_condition(condition))

    test: Test = with_care(build)
    return test


def compile_value(
    value: tree.Value, names: Names, *, where: Where = "", events: tuple[str, ...] = (),
    kind: str | None = None,
) -> tuple[Getter, str | None]:  # fmt: skip
    """A value as a function, with its type; `kind` is the type that it shall become.

    A number that becomes money is scaled to minor units, and money that becomes a number back;
    a bare date stays one.
    """
    source = Source(careful=False)
    values = Values(source, names, where, events, compile_event_test)
    expr = values.become(values.plain(value), kind)
    found = kind or expr.kind
    return with_care(lambda _: source.function(expr.code)), found


def compile_event_test(
    happening: tree.EventHappens | tree.History, names: Names
) -> meaning.EventTest | None:
    """What `of`, `of this product`, `with same` and `where` ask of an event; None for nothing."""
    tests: list[meaning.EventTest] = []
    if happening.of is not None:
        tests.append(_of(happening.of, names))
    if happening.of_this_product:
        tests.append(meaning.is_about)
    if happening.same is not None:
        tests.append(_same(happening.same))
    if happening.where is not None:
        test = compile_test(happening.where, names, where="event", events=(happening.event,))
        tests.append(lambda scope, event: test(scope, event.properties, None))
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda scope, event: all(test(scope, event) for test in tests)


def _of(name: str, names: Names) -> meaning.EventTest:
    sending = names.labels.get(name)
    flow = names.flow
    return lambda scope, event: meaning.is_of(scope, event, name, sending, flow)


def _same(key: str) -> meaning.EventTest:
    def same(scope: Scope, event: Event) -> bool:
        value = event.properties.get(key)
        return value is not None and value == scope.entry.get(key)

    return same


class _Conditions:
    """Writes conditions into `source`."""

    def __init__(self, source: Source, names: Names, where: Where, events: tuple[str, ...]) -> None:
        self.source = source
        self.names = names
        self.where = where
        self.events = events
        self.values = Values(source, names, where, events, compile_event_test)

    def any_condition(self, node: tree.Condition | tree.ConditionBlock) -> str:
        return self.block(node) if isinstance(node, tree.ConditionBlock) else self.condition(node)

    def block(self, block: tree.ConditionBlock, joint: str = " and ") -> str:
        parts = []
        for line in block.lines:
            if isinstance(line, tree.ConditionLine):
                parts.append(self.condition(line.condition))
            elif isinstance(line, tree.ConditionGroup):
                quantifier = line.quantifier
                inner = self.block(line.block, " and " if quantifier == "all" else " or ")
                parts.append(f"(not {inner})" if quantifier == "none" else inner)
            else:
                raise refusal(line)
        return "(" + joint.join(parts) + ")" if parts else "True"

    def condition(self, node: tree.Condition) -> str:  # one branch a construct
        match node:
            case tree.Compare():
                return self.compare(node)
            case tree.Equals(negated=True):
                # `is not` with a missing value: the `not` of a false comparison is true.
                return f"(not {self.equals(node.left, node.right)})"
            case tree.Equals():
                return self.equals(node.left, node.right)
            case tree.State(negated=negated):
                code = self.state(node)
                return f"(not {code})" if negated else code
            case tree.OneOf(negated=negated):
                code = self.one_of(node)
                return f"(not {code})" if negated else code
            case tree.Contains():
                left, right = self.values.value(node.left), self.values.value(node.right)
                return f"{self.source.bind(meaning.contains)}({left.code}, {right.code})"
            case tree.Edge():
                edge = self.source.bind(meaning.starts if node.edge == "starts" else meaning.ends)
                left, right = self.values.value(node.left), self.values.value(node.right)
                return f"{edge}({left.code}, {right.code})"
            case tree.HasItem():
                return self.has_item(node)
            case tree.InSegment(negated=negated):
                code = f"{self.segment(node.segment)}(s, None, None)"
                return f"(not {code})" if negated else code
            case tree.HasTag():
                self.names.needs.tags = True
                return f"({node.tag!r} in {self.source.facts}.tags)"
            case tree.CanReceive():
                self.names.needs.consent = True
                return (
                    f"{self.source.bind(meaning.can_receive)}({self.source.facts}, {node.what!r})"
                )
            case tree.CanBeTracked():
                return f"{self.source.facts}.trackable"
            case tree.Did(negated=negated):
                code = self.did(node.history)
                return f"(not {code})" if negated else code
            case tree.Not():
                return f"(not {self.condition(node.condition)})"
            case tree.All():
                return "(" + " and ".join(map(self.condition, node.conditions)) + ")"
            case tree.AnyOf():
                return "(" + " or ".join(map(self.condition, node.conditions)) + ")"
            case _:
                raise refusal(node)

    def compare(self, node: tree.Compare) -> str:
        left, right = self.values.pair(node.left, node.right)
        sign, careful = _COMPARISONS[node.op]
        if self.source.careful or not (left.constant or right.constant):
            # Python has an order among lists; the language has none.
            return f"{self.source.bind(careful)}({left.code}, {right.code})"
        tests: list[str] = []
        sides = []
        for side in (left, right):
            if side.constant:
                sides.append(side.code)
            else:
                name = self.source.temporary()
                tests.append(f"({name} := {side.code}) is not None")
                sides.append(name)
        return "(" + " and ".join([*tests, f"{sides[0]} {sign} {sides[1]}"]) + ")"

    def equals(self, a: tree.Value, b: tree.Value) -> str:
        left, right = self.values.pair(a, b)
        for one, other in ((left, right), (right, left)):
            if one.day is not None and not other.constant:
                # A day is compared as a day, whatever time the other side has.
                zone = f"{self.source.facts}.zone"
                other = self.values.plain(a if other is left else b)  # noqa: PLW2901
                day = self.source.bind(one.day)
                return f"({self.source.bind(as_date)}({other.code}, {zone}) == {day})"
        if left.constant or right.constant:
            return f"({left.code} == {right.code})"
        name = self.source.temporary()
        return f"(({name} := {left.code}) is not None and {name} == {right.code})"

    def state(self, node: tree.State) -> str:
        if isinstance(node.value, tree.Path) and node.value.parts == ("cart",):
            self.names.needs.cart = True
            items = f"{self.source.facts}.cart.items"
            return f"(not {items})" if node.state == "empty" else f"bool({items})"
        value = self.values.value(node.value)
        if node.state == "set":
            return f"({value.code} is not None)"
        return f"{self.source.bind(meaning.is_empty)}({value.code})"

    def one_of(self, node: tree.OneOf) -> str:
        value = self.values.value(node.value)
        options = [self.matched(option, value) for option in node.options.items]
        if all(option.constant and option.day is None for option in options):
            return f"({value.code} in ({''.join(o.code + ', ' for o in options)}))"
        tests = [self.equals(node.value, option) for option in node.options.items]
        return "(" + (" or ".join(tests) or "False") + ")"

    def matched(self, option: tree.Value, value: Expr) -> Expr:
        expr = self.values.value(option)
        return (
            self.values.as_money(expr) if value.kind == "money" and expr.kind == "number" else expr
        )

    def has_item(self, node: tree.HasItem) -> str:
        self.names.needs.catalogue = True
        subject = node.subject.parts[0]
        if subject == "cart":
            self.names.needs.cart = True
            items = f"{self.source.bind(meaning.cart_items)}({self.source.facts})"
        else:
            items = f"{self.source.bind(meaning.items_of)}({self.values.properties(subject)})"
        test = self.source.bind(
            compile_test(node.where, self.names, where="item", events=self.events)
        )
        name = self.source.temporary()
        event = "e" if self.where else "s.event"
        return f"any({test}(s, {event}, {name}) for {name} in {items})"

    def did(self, history: tree.History) -> str:
        past = self.values.past(history)
        if history.bound is None:
            return f"{self.source.bind(past.happened)}(s)"
        sign = {"at least": ">=", "at most": "<=", "exactly": "=="}[history.bound]
        return f"({self.source.bind(past.count)}(s) {sign} {int(history.times or 0)})"

    def segment(self, name: str) -> str:
        names = self.names
        block = names.segments.get(name)
        if block is None or name in names.open_segments:
            raise refusal(f"segment {name}")
        names.needs.segments.add(name)
        inner = Names(
            types=names.types,
            segments=names.segments,
            halves=names.halves,
            needs=names.needs,
            open_segments=(*names.open_segments, name),
        )
        return self.source.bind(compile_test(block, inner))
