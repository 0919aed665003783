"""Conditions and values as Python functions over one customer.

The tree becomes the source of one Python function, which is compiled once. Nothing of the user's
text gets into that source except names and literals written with `repr`; everything else is bound
as a constant. A function has the arguments (scope, e, i): `e` are the properties of the event that
a `where` looks at, `i` is the item of an item's `where`.

A value that is not of its declared type makes Python refuse to compare it; then (and only then)
the slower, careful form of the same condition answers, where what cannot be compared is false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Literal

from dsl import tree
from dsl.names import vocabulary
from engine.core.calendar import ELAPSED
from engine.core.conditions import operations as meaning
from engine.core.conditions.context import ConditionError, Names
from engine.core.conditions.operations import LocalMoment, Past
from engine.core.conditions.scope import Scope
from engine.core.model import Event
from engine.core.values import as_date, as_instant, plain_number

Test = Callable[[Scope, Any, Any], bool]
Getter = Callable[[Scope, Any, Any], Any]
Where = Literal["", "event", "item"]

_COMPARISONS = {
    "<": ("<", meaning.less),
    "<=": ("<=", meaning.at_most),
    ">": (">", meaning.more),
    ">=": (">=", meaning.at_least),
}
_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": meaning.total,
    "average": meaning.average,
    "min": meaning.smallest,
    "max": meaning.largest,
    "latest": meaning.latest,
}


@dataclass(slots=True)
class Expr:
    """Source of a value, its type where known, and its literal where it is one."""

    code: str
    kind: str | None = None
    number: Decimal | None = None
    constant: bool = False
    day: date | None = None


def compile_test(
    condition: tree.Condition | tree.ConditionBlock, names: Names, *, where: Where = "",
    events: tuple[str, ...] = (),
) -> Test:  # fmt: skip
    """A condition as a function. In a `where`, bare names are properties of `events` or an item.

    Raises ConditionError for what the checks should have refused.
    """

    def build(careful: bool) -> Any:
        writer = _Writer(names, where, events, careful=careful)
        return writer.function(writer.any_condition(condition))

    test: Test = _with_care(build)
    return test


def compile_value(
    value: tree.Value, names: Names, *, where: Where = "", events: tuple[str, ...] = (),
    kind: str | None = None,
) -> tuple[Getter, str | None]:  # fmt: skip
    """A value as a function, with its type; `kind` is the type that it shall become.

    A number that becomes money is scaled to minor units; a bare date stays one.
    """
    writer = _Writer(names, where, events, careful=False)
    expr = writer.plain(value)
    if kind == "money" and expr.kind == "number":
        expr = writer.as_money(expr)
    found = kind or expr.kind
    return _with_care(lambda _: writer.function(expr.code)), found


def compile_event_test(
    happening: tree.EventHappens | tree.History, names: Names
) -> meaning.EventTest | None:
    """What `of`, `of this product`, `with same` and `where` ask of an event; None for nothing."""
    tests: list[meaning.EventTest] = []
    if happening.of is not None:
        tests.append(_of(happening.of, names))
    if happening.of_this_product:
        tests.append(lambda scope, event: meaning.is_about(event, scope.product))
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


def _with_care(build: Callable[[bool], Any]) -> Any:
    """The fast form, which asks for the careful one when Python refuses to compare."""
    fast = build(False)
    slow: list[Any] = []

    def careful(s: Scope, e: Any, i: Any) -> Any:
        if not slow:
            slow.append(build(True))
        try:
            return slow[0](s, e, i)
        except (TypeError, OverflowError):
            return None

    fast.__globals__["careful"] = careful
    return fast


class _Writer:
    """Writes one function; `constants` become its globals."""

    def __init__(
        self, names: Names, where: Where, events: tuple[str, ...], *, careful: bool
    ) -> None:
        self.names = names
        self.where = where
        self.events = events
        self.careful = careful
        self.constants: dict[str, Any] = {}
        self.number = count()
        self.prelude: dict[str, str] = {}

    # --- the function ----------------------------------------------------------------------

    def function(self, code: str) -> Any:
        lines = [f"  {name} = {value}" for name, value in self.prelude.items()]
        inner = "\n".join(lines)
        body = f"{inner}\n  return {code}" if lines else f"  return {code}"
        if self.careful:
            source = f"def test(s, e=None, i=None):\n{body}\n"
        else:
            guarded = "\n".join("  " + line for line in body.split("\n"))
            source = (
                "def test(s, e=None, i=None):\n  try:\n"
                f"{guarded}\n  except TypeError:\n    return careful(s, e, i)\n"
            )
        exec(compile(source, "<condition>", "exec"), self.constants)  # noqa: S102 - own source
        return self.constants["test"]

    def bind(self, value: Any) -> str:
        name = f"k{next(self.number)}"
        self.constants[name] = value
        return name

    def temporary(self) -> str:
        return f"t{next(self.number)}"

    @property
    def facts(self) -> str:
        self.prelude.setdefault("f", "s.facts")
        return "f"

    @property
    def customer(self) -> str:
        self.prelude.setdefault("f", "s.facts")
        self.prelude.setdefault("c", "f.customer")
        return "c"

    @staticmethod
    def refusal(what: object) -> ConditionError:
        return ConditionError(f"no meaning for {what!r}")

    # --- conditions ------------------------------------------------------------------------

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
                raise self.refusal(line)
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
                left, right = self.value(node.left), self.value(node.right)
                return f"{self.bind(meaning.contains)}({left.code}, {right.code})"
            case tree.Edge():
                edge = self.bind(meaning.starts if node.edge == "starts" else meaning.ends)
                return f"{edge}({self.value(node.left).code}, {self.value(node.right).code})"
            case tree.HasItem():
                return self.has_item(node)
            case tree.InSegment(negated=negated):
                code = f"{self.segment(node.segment)}(s, None, None)"
                return f"(not {code})" if negated else code
            case tree.HasTag():
                self.names.needs.tags = True
                return f"({node.tag!r} in {self.facts}.tags)"
            case tree.CanReceive():
                self.names.needs.consent = True
                return f"{self.bind(meaning.can_receive)}({self.facts}, {node.what!r})"
            case tree.CanBeTracked():
                return f"{self.facts}.trackable"
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
                raise self.refusal(node)

    def compare(self, node: tree.Compare) -> str:
        left, right = self.pair(node.left, node.right)
        sign, careful = _COMPARISONS[node.op]
        if self.careful or not (left.constant or right.constant):
            # Python has an order among lists; the language has none.
            return f"{self.bind(careful)}({left.code}, {right.code})"
        tests: list[str] = []
        sides = []
        for side in (left, right):
            if side.constant:
                sides.append(side.code)
            else:
                name = self.temporary()
                tests.append(f"({name} := {side.code}) is not None")
                sides.append(name)
        return "(" + " and ".join([*tests, f"{sides[0]} {sign} {sides[1]}"]) + ")"

    def equals(self, a: tree.Value, b: tree.Value) -> str:
        left, right = self.pair(a, b)
        for one, other in ((left, right), (right, left)):
            if one.day is not None and not other.constant:
                # A day is compared as a day, whatever time the other side has.
                zone = f"{self.facts}.zone"
                other = self.plain(a if other is left else b)  # noqa: PLW2901
                return f"({self.bind(as_date)}({other.code}, {zone}) == {self.bind(one.day)})"
        if left.constant or right.constant:
            return f"({left.code} == {right.code})"
        name = self.temporary()
        return f"(({name} := {left.code}) is not None and {name} == {right.code})"

    def state(self, node: tree.State) -> str:
        if isinstance(node.value, tree.Path) and node.value.parts == ("cart",):
            self.names.needs.cart = True
            items = f"{self.facts}.cart.items"
            return f"(not {items})" if node.state == "empty" else f"bool({items})"
        value = self.value(node.value)
        if node.state == "set":
            return f"({value.code} is not None)"
        return f"{self.bind(meaning.is_empty)}({value.code})"

    def one_of(self, node: tree.OneOf) -> str:
        value = self.value(node.value)
        options = [self.matched(option, value) for option in node.options.items]
        if all(option.constant and option.day is None for option in options):
            return f"({value.code} in ({''.join(o.code + ', ' for o in options)}))"
        tests = [self.equals(node.value, option) for option in node.options.items]
        return "(" + (" or ".join(tests) or "False") + ")"

    def matched(self, option: tree.Value, value: Expr) -> Expr:
        expr = self.value(option)
        return self.as_money(expr) if value.kind == "money" and expr.kind == "number" else expr

    def has_item(self, node: tree.HasItem) -> str:
        self.names.needs.catalogue = True
        subject = node.subject.parts[0]
        if subject == "cart":
            self.names.needs.cart = True
            items = f"{self.bind(meaning.cart_items)}({self.facts})"
        else:
            items = f"{self.bind(meaning.items_of)}({self.properties(subject)})"
        test = self.bind(compile_test(node.where, self.names, where="item", events=self.events))
        name = self.temporary()
        event = "e" if self.where else "s.event"
        return f"any({test}(s, {event}, {name}) for {name} in {items})"

    def properties(self, subject: str) -> str:
        """The properties that `entry`, `event` or `order` stands for."""
        if subject == "entry":
            return "s.entry"
        if subject == "event":
            return "s.event" if self.where == "" else "e"
        if subject == "order":
            self.names.needs.events.add("purchase")
            order = self.bind(_latest_purchase)
            return f"{order}({self.facts})"
        raise self.refusal(subject)

    def segment(self, name: str) -> str:
        names = self.names
        block = names.segments.get(name)
        if block is None or name in names.open_segments:
            raise self.refusal(f"segment {name}")
        names.needs.segments.add(name)
        inner = Names(
            types=names.types,
            segments=names.segments,
            halves=names.halves,
            needs=names.needs,
            open_segments=(*names.open_segments, name),
        )
        return self.bind(compile_test(block, inner))

    # --- history ---------------------------------------------------------------------------

    def past(self, history: tree.History) -> Past:
        self.names.needs.events.add(history.event)
        since: Callable[[Scope], int] | None = None
        if isinstance(history.since, tree.Path):
            since = _entered
        elif history.since is not None:
            moment = LocalMoment(history.since.value)
            since = lambda scope: moment(scope.facts.zone)  # noqa: E731
        return Past(
            event=history.event,
            period=None if history.period is None else self.length(history.period),
            since=since,
            test=compile_event_test(history, self.names),
        )

    def did(self, history: tree.History) -> str:
        past = self.past(history)
        if history.bound is None:
            return f"{self.bind(past.happened)}(s)"
        sign = {"at least": ">=", "at most": "<=", "exactly": "=="}[history.bound]
        return f"({self.bind(past.count)}(s) {sign} {int(history.times or 0)})"

    def length(self, duration: tree.Duration) -> int:
        """A literal duration of a condition: milliseconds, a day is 24 hours."""
        if not isinstance(duration.amount, tree.Number):
            raise self.refusal(duration)
        return int(duration.amount.value * ELAPSED[duration.unit])

    # --- values ----------------------------------------------------------------------------

    def pair(self, a: tree.Value, b: tree.Value) -> tuple[Expr, Expr]:
        """Two sides that are to be compared or added, in the same unit."""
        left, right = self.value(a), self.value(b)
        if left.kind == "money" and right.kind == "number":
            right = self.as_money(right)
        elif right.kind == "money" and left.kind == "number":
            left = self.as_money(left)
        return left, right

    def as_money(self, expr: Expr) -> Expr:
        digits = self.names.types.digits
        if expr.number is not None:
            scaled = plain_number(expr.number.scaleb(digits))
            return Expr(repr(scaled), "money", constant=True)
        code = f"{self.bind(meaning.multiply)}({expr.code}, {10**digits})"
        return Expr(code, "money")

    def value(self, node: tree.Value) -> Expr:
        """A value that can be compared: dates have become instants."""
        expr = self.plain(node)
        if expr.kind == "date" and not expr.constant and not isinstance(node, tree.Arithmetic):
            code = f"{self.bind(as_instant)}({expr.code}, {self.facts}.zone)"
            return Expr(code, "date", day=expr.day)
        return expr

    def plain(self, node: tree.Value) -> Expr:  # one branch a construct
        match node:
            case tree.Text():
                return Expr(repr(node.value), "text", constant=True)
            case tree.Number() | tree.Percent():
                number = repr(plain_number(node.value))
                return Expr(number, "number", number=node.value, constant=True)
            case tree.Boolean():
                return Expr(repr(node.value), "boolean", constant=True)
            case tree.TimeOfDay():
                return Expr(repr(node.value.strftime("%H:%M")), "time", constant=True)
            case tree.Date() | tree.DateTime():
                moment = node.value
                code = f"{self.bind(LocalMoment(moment))}({self.facts}.zone)"
                day = None if isinstance(moment, datetime) else moment
                # Never missing, and an instant already: as good as a constant.
                return Expr(code, "date", constant=True, day=day)
            case tree.Duration():
                return self.duration(node)
            case tree.ListOf():
                items = [self.value(item) for item in node.items]
                code = "[" + ", ".join(item.code for item in items) + "]"
                return Expr(code, "list", constant=all(item.constant for item in items))
            case tree.Path():
                return self.path(node)
            case tree.Arithmetic():
                return self.arithmetic(node)
            case tree.Count():
                return Expr(f"{self.bind(self.past(node.history).count)}(s)", "number")
            case tree.TimeSince():
                return Expr(f"{self.bind(self.past(node.history).elapsed)}(s)", "duration")
            case tree.Aggregate():
                return self.aggregate(node)
            case _:
                raise self.refusal(node)

    def aggregate(self, node: tree.Aggregate) -> Expr:
        past = self.past(node.history)
        function = self.bind(_AGGREGATES[node.function])
        values = f"{self.bind(past.values)}(s, {node.property!r})"
        kind = self.names.types.event_property((node.history.event,), node.property)
        if kind is None and node.function in ("sum", "average"):
            kind = "number"
        if kind == "date" and node.function in ("min", "max"):
            values = f"{self.bind(meaning.moments)}({values}, {self.facts}.zone)"
        return Expr(f"{function}({values})", kind)

    def duration(self, node: tree.Duration) -> Expr:
        unit = ELAPSED[node.unit]
        if isinstance(node.amount, tree.Number):
            return Expr(repr(int(node.amount.value * unit)), "duration", constant=True)
        amount = self.value(node.amount)
        return Expr(f"{self.bind(meaning.multiply)}({amount.code}, {unit})", "duration")

    def arithmetic(self, node: tree.Arithmetic) -> Expr:
        if node.op in "+-":
            left, right = self.pair(node.left, node.right)
        else:
            left, right = self.value(node.left), self.value(node.right)
        function = self.bind(meaning.ARITHMETIC[node.op])
        code = f"{function}({left.code}, {right.code})"
        return Expr(code, arithmetic_kind(node.op, left.kind, right.kind))

    def path(self, node: tree.Path) -> Expr:
        parts = node.parts
        if len(parts) == 1:
            return self.bare(parts[0])
        subject, name = parts[0], parts[1]
        types = self.names.types
        match subject:
            case "customer":
                return self.customer_property(name)
            case "entry":
                kind = types.event_property(self.names.entry_events, name)
                if kind is None:
                    kind = vocabulary.PRODUCT_ENTRY.get(name)
                return Expr(f"s.entry.get({name!r})", kind)
            case "event":
                events = self.events or tuple(types.events)
                source = "s.event" if self.where == "" else "e"
                return Expr(f"{source}.get({name!r})", types.event_property(events, name))
            case "order":
                kind = types.event_property(("purchase",), name)
                return Expr(f"{self.properties('order')}.get({name!r})", kind)
            case "item":
                return self.item_property(name)
            case "product":
                self.names.needs.catalogue = True
                if name == "id":
                    return Expr("s.product", "text")
                code = f"{self.facts}.product(s.product).get({name!r})"
                return Expr(code, types.product.get(name))
            case "cart":
                return self.cart_property(name)
            case "score":
                self.names.needs.scores.add(name)
                halves = self.names.halves.get(name)
                score = self.bind(meaning.score)
                return Expr(f"{score}({self.facts}, {name!r}, {halves!r}, s.now)", "number")
            case _:
                raise self.refusal(node)

    def bare(self, name: str) -> Expr:
        if name == "now":
            return Expr("s.now", "date")
        if self.where == "item":
            return self.item_property(name)
        if self.where == "event":
            kind = self.names.types.event_property(self.events, name)
            return Expr(f"e.get({name!r})", kind)
        raise self.refusal(name)

    def item_property(self, name: str) -> Expr:
        self.names.needs.catalogue = True
        item = "i" if self.where == "item" else "s.item"
        code = f"{self.bind(meaning.of_item)}({self.facts}, {item}, {name!r})"
        return Expr(code, self.names.types.item.get(name))

    def customer_property(self, name: str) -> Expr:
        if name == "id":
            return Expr(f"({self.customer}.get('id') or {self.facts}.id)", None)
        if name in ("orders", "total_spent"):
            # A count and a sum: of nothing they are 0.
            kind = "money" if name == "total_spent" else "number"
            kept = self.temporary()
            code = f"(0 if ({kept} := {self.customer}.get({name!r})) is None else {kept})"
            return Expr(code, kind)
        if name == "tags":
            self.names.needs.tags = True
            return Expr(f"{self.facts}.tags", "list")
        if name == "consent":
            self.names.needs.consent = True
            return Expr(f"{{x for x, y in {self.facts}.consent.items() if y}}", "list")
        return Expr(f"{self.customer}.get({name!r})", self.names.types.customer.get(name))

    def cart_property(self, name: str) -> Expr:
        self.names.needs.cart = self.names.needs.catalogue = True
        facts = self.facts
        match name:
            case "value":
                return Expr(f"{self.bind(meaning.cart_value)}({facts})", "money")
            case "count":
                return Expr(f"{self.bind(meaning.cart_count)}({facts})", "number")
            case "items":
                return Expr(f"{self.bind(meaning.cart_items)}({facts})", "list")
            case "url":
                return Expr(f"{facts}.cart.url", "text")
            case "updated_at":
                return Expr(f"{facts}.cart.updated_at", "date")
            case _:
                raise self.refusal(f"cart.{name}")


def arithmetic_kind(op: str, left: str | None, right: str | None) -> str | None:
    """The type of what arithmetic makes of two types."""
    kinds = (left, right)
    if op in "+-":
        if left == "date":
            return "duration" if right == "date" else "date"
        return left or right
    if op == "/" and left == right and left in ("money", "duration"):
        return "number"
    for kind in ("money", "duration"):
        if kind in kinds:
            return kind
    return "number"


def _latest_purchase(facts: Any) -> Mapping[str, Any]:
    past = facts.history.get("purchase")
    return past[-1].properties if past else {}


def _entered(scope: Scope) -> int:
    return scope.since
