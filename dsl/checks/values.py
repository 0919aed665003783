"""Values must fit together: what is compared, calculated and set."""

from __future__ import annotations

from collections.abc import Iterator

from dsl import tree
from dsl.checks.problem import Problem, word
from dsl.names.scopes import Scope
from dsl.names.types import RESULTS, WORDS, Type, Unknown, comparable, resolve, type_of
from dsl.printing.expressions import print_value


def _mismatch(
    left: tree.Value, right: tree.Value, scope: Scope, done: str = "compared with"
) -> Iterator[Problem]:
    one, other = type_of(left, scope), type_of(right, scope)
    if comparable(one, other) or one is None or other is None:
        return
    if {one, other} == {"number", "percent"} and _calculated(left if one == "number" else right):
        return  # a ratio, such as `entry.cost / entry.value > 10%`
    yield Problem(
        "type-mismatch",
        right.span,
        f"{_sentence(one)} cannot be {done} {WORDS[other]}.",
        _hint(left, one, right, other),
    )


def _calculated(value: tree.Value) -> bool:
    return isinstance(value, tree.Arithmetic)


def _sentence(kind: Type) -> str:
    words = WORDS[kind]
    return words[0].upper() + words[1:]


def _list_hint(left: tree.Value, right: tree.Value) -> str:
    if isinstance(right, tree.ListOf) and isinstance(left, tree.Path):
        return f"Write `{left} in {print_value(right)}`."
    return "Ask whether a list has something in it with `contains`."


def _hint(left: tree.Value, one: Type, right: tree.Value, other: Type) -> str:
    if {one, other} == {"date", "duration"}:
        return "Calculate with `now`, such as `now - 90 days`, or ask `time since EVENT`."
    if "date" in (one, other) and isinstance(right, tree.Arithmetic) and right.op == "/":
        return "Dates are written year-month-day, such as `2026-12-24`."
    if "percent" in (one, other):
        return _share_hint(left if one == "percent" else right, other if one == "percent" else one)
    if "duration" in (one, other) and {"number", "money"} & {one, other}:
        return "A length of time has a unit, such as `3 days`; a number has none."
    if "list" in (one, other):
        return _list_hint(left, right)
    if "boolean" in (one, other):
        return "Write `true` or `false`, without quotes."
    text = left if isinstance(left, tree.Text) else right if isinstance(right, tree.Text) else None
    if text is not None:
        kind = other if text is left else one
        if kind in ("number", "money"):
            return "Numbers stand without quotes."
        if kind == "date":
            return "Dates stand without quotes: `2026-11-27`."
        if kind == "time":
            return "Times stand without quotes: `18:00`."
    if one == "text" and other == "money":
        return "Money is kept in a property of the type `money`."
    if one == "text" and other == "number":
        return 'Text stands in quotes, such as `"20"`.'
    return ""


def _share_hint(share: tree.Value, other: Type) -> str:
    if other == "money":
        return "A share of an amount is written with `*`, such as `entry.value * 10%`."
    if other == "number" and isinstance(share, tree.Percent):
        return f"`{share.raw or share.value}%` is {share.value / 100:f}; write the number."
    return "A percentage is a share of something, such as `entry.value * 10%`."


def wrong_comparison(node: tree.Compare, scope: Scope) -> Iterator[Problem]:
    """`< <= > >=` need two values of one kind that have an order."""
    yield from _mismatch(node.left, node.right, scope)
    left, right = type_of(node.left, scope), type_of(node.right, scope)
    if comparable(left, right):
        for value, kind in ((node.left, left), (node.right, right)):
            if kind in ("boolean", "list"):
                yield Problem(
                    "type-mismatch",
                    value.span,
                    f"{_sentence(kind)} is neither more nor less than something else.",
                    "Use `is`." if kind == "boolean" else "Use `contains`.",
                )
                return


def wrong_equality(node: tree.Equals, scope: Scope) -> Iterator[Problem]:
    yield from _mismatch(node.left, node.right, scope)


def wrong_option(node: tree.OneOf, scope: Scope) -> Iterator[Problem]:
    """Every value of `in [..]` is of the kind that is looked for."""
    for option in node.options.items:
        found = list(_mismatch(node.value, option, scope))
        if found:
            yield found[0]
            return


def wrong_contains(node: tree.Contains, scope: Scope) -> Iterator[Problem]:
    left, right = type_of(node.left, scope), type_of(node.right, scope)
    if left is not None and left not in ("text", "list"):
        yield Problem(
            "type-mismatch",
            node.left.span,
            f"{_sentence(left)} contains nothing.",
            "`contains` looks into text and lists; compare with `is`.",
        )
    elif left == "text" and right not in (None, "text"):
        yield from _mismatch(node.left, node.right, scope, "searched for")
    elif left == "list" and right in ("money", "percent", "duration"):
        yield Problem(
            "type-mismatch",
            node.right.span,
            f"A list holds text and numbers, and this is {WORDS[right]}.",
            "Look for text or a number.",
        )


def wrong_edge(node: tree.Edge, scope: Scope) -> Iterator[Problem]:
    for value in (node.left, node.right):
        kind = type_of(value, scope)
        if kind not in (None, "text"):
            yield Problem(
                "type-mismatch",
                value.span,
                f"`{node.edge} with` needs text, and this is {WORDS[kind]}.",
                "Text stands in quotes.",
            )
            return


def wrong_arithmetic(node: tree.Arithmetic, scope: Scope) -> Iterator[Problem]:
    """Numbers go with numbers, lengths of time with dates and lengths of time."""
    left, right = type_of(node.left, scope), type_of(node.right, scope)
    for value, kind in ((node.left, left), (node.right, right)):
        if kind in ("text", "boolean", "list", "time"):
            yield Problem(
                "type-mismatch",
                value.span,
                f"One cannot calculate with {WORDS[kind]}.",
                "`+ - * /` take numbers, money, dates and lengths of time.",
            )
            return
    if left is None or right is None:
        return
    if (node.op, left, right) in RESULTS:
        return
    yield Problem(
        "type-mismatch",
        node.right.span,
        f"{_sentence(left)} `{node.op}` {WORDS[right]} makes no sense.",
        _calculation_hint(node, left, right),
    )


def _calculation_hint(node: tree.Arithmetic, left: Type, right: Type) -> str:
    if node.op in "+-" and isinstance(node.right, tree.Percent):
        share = 100 + (node.right.value if node.op == "+" else -node.right.value)
        return f"Write `* {share:f}%`."
    if "percent" in (left, right):
        return "A share of an amount is written with `*`, such as `entry.value * 10%`."
    if node.op in "*/" and "money" in (left, right):
        return "Money is multiplied with a number, and divided by a number or by money."
    if {left, right} & {"date", "duration"}:
        return "A length of time has a unit, such as `3 days`."
    return ""


def wrong_amount(node: tree.Duration, scope: Scope) -> Iterator[Problem]:
    """`(..) days`: what stands in the parentheses is a number."""
    if isinstance(node.amount, tree.Number):
        return
    kind = type_of(node.amount, scope)
    if kind is None or kind == "number":
        return
    hint = f"The unit `{node.unit}s` turns a number into a length of time."
    if kind == "money":
        hint = f"Money has no `{node.unit}s`: calculate with a property of the type `number`."
    yield Problem(
        "type-mismatch",
        node.amount.span,
        f"A number belongs here, and this is {WORDS[kind]}.",
        hint,
    )


def wrong_aggregate(node: tree.Aggregate, scope: Scope) -> Iterator[Problem]:
    """Only numbers have a sum and an average."""
    kind = type_of(node, scope)
    if node.function in ("sum", "average") and kind not in (None, "number", "money"):
        yield Problem(
            "type-mismatch",
            word(node, scope.text, node.property, rf"{node.history.event}\s*\."),
            f"`{node.property}` is {WORDS[kind or 'text']}, which has no {node.function}.",
            "Use `latest of`, or count with `count of`.",
        )


def wrong_since(node: tree.History, scope: Scope) -> Iterator[Problem]:
    """`since` a date, or since `entry`."""
    since = node.since
    if not isinstance(since, tree.Path) or since.parts == ("entry",):
        return
    kind = type_of(since, scope)
    if kind is not None and kind != "date":
        yield Problem(
            "type-mismatch",
            since.span,
            f"`since` needs a date, and `{since}` is {WORDS[kind]}.",
        )


def wrong_case(node: tree.Switch, scope: Scope) -> Iterator[Problem]:
    """Every case could be what is switched by, and none comes twice."""
    seen: dict[object, tree.Value] = {}
    complained = False
    for case in node.cases:
        if not isinstance(case, tree.Case):
            continue
        for value in case.values:
            if not complained:
                for problem in _mismatch(node.path, value, scope):
                    complained = True
                    yield problem
            key = (type(value), getattr(value, "value", value))
            if key in seen:
                yield Problem(
                    "same-arm-twice",
                    value.span,
                    "This case stands above already, so nobody comes here.",
                    "Remove one of the two.",
                )
            seen[key] = value


def wrong_set(node: tree.SetProperty, scope: Scope) -> Iterator[Problem]:
    """A property is set to a value of its type."""
    if node.path.parts[0] != "customer":
        return
    kind, found = type_of(node.path, scope), type_of(node.value, scope)
    if not comparable(kind, found) and kind is not None and found is not None:
        yield Problem(
            "type-mismatch",
            node.value.span,
            f"`{node.path}` is {WORDS[kind]}, and this is {WORDS[found]}.",
            _hint(node.path, kind, node.value, found),
        )


def wrong_told(node: tree.Call, scope: Scope) -> Iterator[Problem]:
    """Another system is told values that have a unit of their own."""
    for one in node.arguments:
        if type_of(one.value, scope) == "duration":
            yield Problem(
                "type-mismatch",
                one.value.span,
                "A length of time cannot be told to a webhook, because it has no unit there.",
                "Divide it by one, such as `time since purchase / 1 day`.",
            )


def wrong_same(node: tree.EventHappens | tree.History, scope: Scope) -> Iterator[Problem]:
    """What is to be the same is of one type in the event and in the entry."""
    if node.same is None or scope.flow is None:
        return
    kind = scope.names.events.get(node.event, {}).get(node.same)
    entered = resolve(tree.Path(("entry", node.same)), scope)
    if kind is None or entered is None or isinstance(entered, Unknown) or kind == entered:
        return
    yield Problem(
        "type-mismatch",
        word(node, scope.text, node.same, "same"),
        f"`{node.same}` is {WORDS[kind]} in `{node.event}` and {WORDS[entered]} in the entry.",
        "Give the property one type in both events.",
    )


def wrong_customer(node: tree.Track, scope: Scope) -> Iterator[Problem]:
    """Another customer is named by an id, an address or a number."""
    if node.customer is None:
        return
    kind = type_of(node.customer, scope)
    if kind not in (None, "text", "number"):
        yield Problem(
            "type-mismatch",
            node.customer.span,
            f"A customer's id or address belongs here, and this is {WORDS[kind]}.",
        )


def wrong_argument(
    node: tree.Track | tree.EventPlay | tree.ExpectTrack, scope: Scope
) -> Iterator[Problem]:
    """Properties of an event are given values of their type."""
    words = scope.names.events.get(node.event, {})
    yield from arguments(node.arguments, words, scope)


def arguments(
    given: tuple[tree.Argument, ...], words: dict[str, str], scope: Scope
) -> Iterator[Problem]:
    for one in given:
        kind = words.get(one.name)
        if kind is None:
            continue
        found = type_of(one.value, scope)
        if scope.kind == "test" and (
            isinstance(one.value, tree.Path | tree.Arithmetic | tree.Duration) or found is None
        ):
            continue  # no literal, which has a diagnostic of its own
        if one.name in ("item", "items") or comparable(kind, found):  # type: ignore[arg-type]
            continue
        assert found is not None
        if kind in ("text", "list") and scope.kind == "test":
            continue
        yield Problem(
            "type-mismatch",
            one.value.span,
            f"`{one.name}` is {WORDS[kind]}, and this is {WORDS[found]}.",
            _hint(tree.Path((one.name,)), kind, one.value, found),  # type: ignore[arg-type]
        )


def wrong_date(
    node: tree.UntilDate | tree.OnAnniversary | tree.OnDate, scope: Scope
) -> Iterator[Problem]:
    """What is waited for, or celebrated, is a date."""
    kind = type_of(node.path, scope)
    if kind is not None and kind != "date":
        yield Problem(
            "type-mismatch",
            node.path.span,
            f"A date belongs here, and `{node.path}` is {WORDS[kind]}.",
        )
    elif not isinstance(node, tree.UntilDate) and node.path.parts[0] != "customer":
        yield Problem(
            "type-mismatch",
            node.path.span,
            "Only a date of the customer can start a flow.",
            "Write a property such as `customer.birthday`.",
        )
