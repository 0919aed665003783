"""What a test gives and plays: literal values, under names that somebody will look at.

A value that cannot be read would be missing, a misspelt name would be looked at by nobody, and
`expect no message` would hold for the wrong reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsl import tree
from dsl.checks.declared import zones
from dsl.checks.problem import Problem, did_you_mean, word
from dsl.checks.reach import reach_of
from dsl.checks.values import arguments
from dsl.names import vocabulary
from dsl.names.scopes import Scope
from dsl.names.types import WORDS, type_of

_ASIDE = ("can_receive", "tracked", "push")
_KINDS = {"tracked": ("boolean",), "push": ("boolean", "text")}
_YES_AND_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def no_literal(node: tree.Argument, scope: Scope) -> Iterator[Problem]:
    """A test gives values, not names and calculations."""
    if scope.kind != "test":
        return
    items = node.value.items if isinstance(node.value, tree.ListOf) else (node.value,)
    for value in items:
        if is_literal(value):
            continue
        match value:
            case tree.Path(parts=(name,)):
                sentence = f"`{name}` is a name, and a test gives values."
                hint = f'Text stands in quotes: `"{name}"`.'
                if name in _YES_AND_NO:
                    hint = f"Write `{_YES_AND_NO[name]}`."
            case tree.Path():
                sentence = f"`{value}` is a name, and a test gives values."
                hint = "Write the value itself."
            case tree.Duration():
                sentence = "A length of time is no value that somebody or something has."
                hint = "Write a number, or a date such as `2026-11-27`."
            case _:
                sentence = "A test calculates nothing; it gives values."
                result = _result(value)
                hint = "Write the value itself." if result is None else f"Write `{result}`."
        yield Problem("no-literal", value.span, sentence, hint)


def is_literal(value: tree.Value) -> bool:
    """Whether the text tells the value itself."""
    if isinstance(value, tree.ListOf):
        return all(map(is_literal, value.items))
    return isinstance(
        value,
        tree.Text | tree.Number | tree.Percent | tree.Boolean
        | tree.Date | tree.DateTime | tree.TimeOfDay,
    )  # fmt: skip


def _result(value: tree.Value) -> str | None:
    """What the numbers of a calculation come to."""
    number = _number(value)
    return None if number is None else f"{number:.6f}".rstrip("0").rstrip(".")


def _number(value: tree.Value) -> float | None:
    if isinstance(value, tree.Number):
        return float(value.value)
    if not isinstance(value, tree.Arithmetic):
        return None
    left, right = _number(value.left), _number(value.right)
    if left is None or right is None or (value.op == "/" and right == 0):
        return None
    return {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": left / right if right else 0.0,
    }[value.op]


def given_properties(
    node: tree.GivenCustomer | tree.GivenProduct | tree.ProductPlay | tree.CustomerPlay,
    scope: Scope,
) -> Iterator[Problem]:
    """What a test gives people and products is a declared property, of its type."""
    customer = isinstance(node, tree.GivenCustomer | tree.CustomerPlay)
    if isinstance(node, tree.CustomerPlay):
        yield from _not_set(node, scope)
    names = scope.names
    words = names.customer if customer else names.product
    given = tuple(one for one in node.arguments if not customer or one.name not in _ASIDE)
    yield from arguments(given, words, scope)
    whose = "customer" if customer else "product"
    if whose not in names.broken:
        options = {*words, *(_ASIDE if customer else ())}
        hint = f"Own properties are declared below `{whose}:`."
        yield from _unknown(given, words, options, f"A {whose}", hint, scope)
    if customer:
        for one in node.arguments:
            yield from _about_customer(one, scope)


def _not_set(node: tree.CustomerPlay, scope: Scope) -> Iterator[Problem]:
    """What becomes of consent and tags follows from what happens; nobody simply sets it."""
    for one in node.arguments:
        if one.name in ("can_receive", "tracked") or one.name in vocabulary.COMPUTED:
            yield Problem(
                "not-settable",
                word(one, scope.text, one.name),
                f"`{one.name}` is not set; it follows from what happens.",
                "Play `subscribe` or `unsubscribe`, or say it with `given customer (..)`."
                if one.name == "can_receive"
                else "Say it with `given customer (..)`.",
            )


def _about_customer(one: tree.Argument, scope: Scope) -> Iterator[Problem]:
    value = one.value
    kind = type_of(value, scope)
    if one.name == "can_receive":
        yield from _subscriptions(one, scope, [*vocabulary.CHANNELS, *scope.names.topics])
    elif is_literal(value) and kind not in _KINDS.get(one.name, (kind,)):
        yield Problem(
            "type-mismatch",
            value.span,
            f"`{one.name}` is true or false, and this is {WORDS[kind or 'text']}.",
            "Write `true` or `false`, without quotes.",
        )
    elif one.name == "timezone" and isinstance(value, tree.Text) and value.value not in zones():
        yield Problem(
            "unknown-timezone",
            value.span,
            f'There is no time zone "{value.value}".',
            did_you_mean(value.value, zones(), 'Write a place, such as "Europe/Berlin".'),
        )
    elif one.name == "email" and isinstance(value, tree.Text) and value.value.count("@") != 1:
        yield Problem(
            "bad-address",
            value.span,
            f'"{value.value}" is no e-mail address.',
            'Write it like "ada@example.com".',
        )


def _subscriptions(one: tree.Argument, scope: Scope, options: Iterable[str]) -> Iterator[Problem]:
    """Channels and topics are called as the store calls them."""
    known = list(options)
    items = one.value.items if isinstance(one.value, tree.ListOf) else (one.value,)
    for item in items:
        if isinstance(item, tree.Text):
            if item.value not in known:
                what = "channel" if one.name == "channel" else "topic"
                what = what if one.name in ("channel", "topic") else "channel or topic"
                yield Problem(
                    "unknown-topic",
                    item.span,
                    f"There is no {what} `{item.value}`.",
                    did_you_mean(item.value, known, 'Add `topic NAME "title"` to the store.'),
                )
        elif is_literal(item):
            yield Problem(
                "type-mismatch",
                item.span,
                f"`{one.name}` names channels and topics, and this is "
                f"{WORDS[type_of(item, scope) or 'text']}.",
                'Write them in quotes, such as `["email"]`.',
            )


def played_properties(node: tree.EventPlay | tree.ExpectTrack, scope: Scope) -> Iterator[Problem]:
    """A played event, and one that is expected, carries properties that the event has."""
    words = scope.names.events.get(node.event)
    if words is None:
        return
    if node.event not in scope.names.broken:
        hint = f"Own properties are declared with `event {node.event}:`."
        yield from _unknown(node.arguments, words, words, f"`{node.event}`", hint, scope)
    for one in node.arguments:
        if node.event in ("subscribe", "unsubscribe", "confirm_subscription"):
            if one.name == "channel":
                yield from _subscriptions(one, scope, vocabulary.CHANNELS)
            elif one.name == "topic":
                yield from _subscriptions(one, scope, scope.names.topics)


def played_messages(node: tree.Test, scope: Scope) -> Iterator[Problem]:
    """What is opened and clicked in a test may be any message, but none that is misspelt."""
    from difflib import get_close_matches

    if node.flow not in scope.names.flows:
        return
    reach = reach_of(node.flow, scope.names)
    if reach.unknown:
        return
    for line in node.lines:
        if not isinstance(line, tree.PlayAt | tree.GivenPast):
            continue
        play = line.play
        if not isinstance(play, tree.EventPlay) or play.event not in vocabulary.MESSAGE_EVENTS:
            continue
        for one in play.arguments:
            if one.name != "message" or not isinstance(one.value, tree.Text):
                continue
            name = one.value.value
            close = get_close_matches(name, sorted(reach.messages), 1, 0.8)
            if close and name not in reach.messages:
                yield Problem(
                    "unknown-expectation",
                    one.value.span,
                    f'Flow `{node.flow}` sends no message "{name}".',
                    f'Did you mean "{close[0]}"?',
                )


def _unknown(
    given: Iterable[tree.Argument],
    words: Iterable[str],
    options: Iterable[str],
    whose: str,
    hint: str,
    scope: Scope,
) -> Iterator[Problem]:
    known = set(words)
    for one in given:
        if one.name not in known:
            yield Problem(
                "unknown-property",
                word(one, scope.text, one.name),
                f"{whose} has no property `{one.name}`.",
                did_you_mean(one.name, options, hint),
            )
