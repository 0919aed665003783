"""Values as Python source: literals, paths, arithmetic and what history tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from dsl import tree
from engine.core.calendar import ELAPSED
from engine.core.conditions import operations as meaning
from engine.core.conditions.context import ConditionError, Names
from engine.core.conditions.operations import LocalMoment, Past
from engine.core.conditions.scope import Scope
from engine.core.conditions.source import Source
from engine.core.values import as_instant, major_units, minor_units, money, plain_number

Where = Literal["", "event", "item"]

EventTests = Callable[[tree.History, Names], meaning.EventTest | None]

_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": meaning.total,
    "average": meaning.average,
    "min": meaning.smallest,
    "max": meaning.largest,
    "latest": meaning.latest,
}


def refusal(what: object) -> ConditionError:
    return ConditionError(f"no meaning for {what!r}")


@dataclass(slots=True)
class Expr:
    """Source of a value, its type where known, and its literal where it is one."""

    code: str
    kind: str | None = None
    number: Decimal | None = None
    constant: bool = False
    day: date | None = None


class Values:
    """Writes values into `source`. In a `where`, bare names are properties of `events` or an item.

    `event_test` compiles what a history asks of an event.
    """

    def __init__(
        self,
        source: Source,
        names: Names,
        where: Where,
        events: tuple[str, ...],
        event_test: EventTests,
    ) -> None:
        self.source = source
        self.names = names
        self.where = where
        self.events = events
        self.event_test = event_test

    def pair(self, a: tree.Value, b: tree.Value) -> tuple[Expr, Expr]:
        """Two sides that are to be compared or added, in the same unit."""
        left, right = self.value(a), self.value(b)
        if left.kind == "money" and (right.kind == "number" or _untyped(b, right)):
            right = self.as_money(right)
        elif right.kind == "money" and (left.kind == "number" or _untyped(a, left)):
            left = self.as_money(left)
        return left, right

    def become(self, expr: Expr, kind: str | None) -> Expr:
        """A value as the type of what it is kept in: money is scaled both ways, and is whole
        minor units where it is kept.
        """
        bind, digits = self.source.bind, self.names.types.digits
        if kind == "money" and expr.kind in ("number", "money"):
            expr = self.as_money(expr) if expr.kind == "number" else expr
            return Expr(f"{bind(minor_units)}({expr.code})", "money")
        if kind == "money" and expr.kind is None:
            return Expr(f"{bind(money)}({expr.code}, {digits})", "money")
        if kind == "number" and expr.kind == "money":
            return Expr(f"{bind(major_units)}({expr.code}, {digits})", "number")
        return expr

    def as_money(self, expr: Expr) -> Expr:
        digits = self.names.types.digits
        if expr.number is not None:
            scaled = plain_number(expr.number.scaleb(digits))
            return Expr(repr(scaled), "money", constant=True)
        code = f"{self.source.bind(meaning.multiply)}({expr.code}, {10**digits})"
        return Expr(code, "money")

    def value(self, node: tree.Value) -> Expr:
        """A value that can be compared: dates have become instants."""
        expr = self.plain(node)
        if expr.kind == "date" and not expr.constant and not isinstance(node, tree.Arithmetic):
            code = f"{self.source.bind(as_instant)}({expr.code}, {self.source.facts}.zone)"
            return Expr(code, "date", day=expr.day)
        return expr

    def plain(self, node: tree.Value) -> Expr:  # one branch a construct
        match node:
            case tree.Text():
                return Expr(repr(node.value), "text", constant=True)
            case tree.Number() | tree.Percent():
                number = node.value if isinstance(node, tree.Number) else node.value / 100
                return Expr(repr(plain_number(number)), "number", number=number, constant=True)
            case tree.Boolean():
                return Expr(repr(node.value), "boolean", constant=True)
            case tree.TimeOfDay():
                return Expr(repr(node.value.strftime("%H:%M")), "time", constant=True)
            case tree.Date() | tree.DateTime():
                moment = node.value
                code = f"{self.source.bind(LocalMoment(moment))}({self.source.facts}.zone)"
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
                return Expr(f"{self.source.bind(self.past(node.history).count)}(s)", "number")
            case tree.TimeSince():
                return Expr(f"{self.source.bind(self.past(node.history).elapsed)}(s)", "duration")
            case tree.Aggregate():
                return self.aggregate(node)
            case _:
                raise refusal(node)

    def aggregate(self, node: tree.Aggregate) -> Expr:
        past = self.past(node.history)
        function = self.source.bind(_AGGREGATES[node.function])
        values = f"{self.source.bind(past.values)}(s, {node.property!r})"
        kind = self.names.types.event_property((node.history.event,), node.property)
        if kind is None and node.function in ("sum", "average"):
            kind = "number"
        if kind == "date" and node.function in ("min", "max"):
            values = f"{self.source.bind(meaning.moments)}({values}, {self.source.facts}.zone)"
        return Expr(f"{function}({values})", kind)

    def duration(self, node: tree.Duration) -> Expr:
        unit = ELAPSED[node.unit]
        if isinstance(node.amount, tree.Number):
            return Expr(repr(int(node.amount.value * unit)), "duration", constant=True)
        amount = self.value(node.amount)
        return Expr(f"{self.source.bind(meaning.multiply)}({amount.code}, {unit})", "duration")

    def arithmetic(self, node: tree.Arithmetic) -> Expr:
        if node.op in "+-":
            left, right = self.pair(node.left, node.right)
        else:
            left, right = self.value(node.left), self.value(node.right)
        function = self.source.bind(meaning.ARITHMETIC[node.op])
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
                kind = types.entry_property(self.names.entry_events, name)
                return Expr(f"s.entry.get({name!r})", kind)
            case "event":
                events = self.events or self.names.awaited or tuple(types.events)
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
                code = f"{self.source.facts}.product(s.product).get({name!r})"
                return Expr(code, types.product.get(name))
            case "cart":
                return self.cart_property(name)
            case "score":
                self.names.needs.scores.add(name)
                halves = self.names.halves.get(name)
                score = self.source.bind(meaning.score)
                return Expr(f"{score}({self.source.facts}, {name!r}, {halves!r}, s.now)", "number")
            case _:
                raise refusal(node)

    def bare(self, name: str) -> Expr:
        if name == "now":
            return Expr("s.now", "date")
        if self.where == "item":
            return self.item_property(name)
        if self.where == "event":
            kind = self.names.types.event_property(self.events, name)
            return Expr(f"e.get({name!r})", kind)
        raise refusal(name)

    def item_property(self, name: str) -> Expr:
        self.names.needs.catalogue = True
        item = "i" if self.where == "item" else "s.item"
        code = f"{self.source.bind(meaning.of_item)}({self.source.facts}, {item}, {name!r})"
        return Expr(code, self.names.types.item.get(name))

    def customer_property(self, name: str) -> Expr:
        if name == "id":
            return Expr(f"({self.source.customer}.get('id') or {self.source.facts}.id)", None)
        if name in ("orders", "total_spent"):
            # A count and a sum: of nothing they are 0.
            kind = "money" if name == "total_spent" else "number"
            kept = self.source.temporary()
            code = f"(0 if ({kept} := {self.source.customer}.get({name!r})) is None else {kept})"
            return Expr(code, kind)
        if name == "tags":
            self.names.needs.tags = True
            return Expr(f"{self.source.facts}.tags", "list")
        if name == "consent":
            self.names.needs.consent = True
            return Expr(f"{{x for x, y in {self.source.facts}.consent.items() if y}}", "list")
        return Expr(f"{self.source.customer}.get({name!r})", self.names.types.customer.get(name))

    def cart_property(self, name: str) -> Expr:
        self.names.needs.cart = self.names.needs.catalogue = True
        facts = self.source.facts
        match name:
            case "value":
                return Expr(f"{self.source.bind(meaning.cart_value)}({facts})", "money")
            case "count":
                return Expr(f"{self.source.bind(meaning.cart_count)}({facts})", "number")
            case "items":
                return Expr(f"{self.source.bind(meaning.cart_items)}({facts})", "list")
            case "url":
                return Expr(f"{facts}.cart.url", "text")
            case "updated_at":
                return Expr(f"{facts}.cart.updated_at", "date")
            case _:
                raise refusal(f"cart.{name}")

    def properties(self, subject: str) -> str:
        """The properties that `entry`, `event` or `order` stands for."""
        if subject == "entry":
            return "s.entry"
        if subject == "event":
            return "s.event" if self.where == "" else "e"
        if subject == "order":
            self.names.needs.events.add("purchase")
            order = self.source.bind(_latest_purchase)
            return f"{order}({self.source.facts})"
        raise refusal(subject)

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
            test=self.event_test(history, self.names),
        )

    def length(self, duration: tree.Duration) -> int:
        """A literal duration of a condition: milliseconds, a day is 24 hours."""
        if not isinstance(duration.amount, tree.Number):
            raise refusal(duration)
        return int(duration.amount.value * ELAPSED[duration.unit])


def _untyped(node: tree.Value, expr: Expr) -> bool:
    """What a run was started with by hand under a name that no event knows: plain numbers."""
    return expr.kind is None and isinstance(node, tree.Path) and node.parts[0] == "entry"


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
