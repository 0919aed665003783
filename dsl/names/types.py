"""Which type a value has where it stands.

A type is one of those of declarations (text, number, money, boolean, date, time, list), or
`duration` or `percent`, which only literals and arithmetic have. None is a type that is not known;
nothing is ever complained about it. A date with a time of day is a `date` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from dsl import tree
from dsl.names import vocabulary
from dsl.names.scopes import Scope

Type = Literal["text", "number", "money", "boolean", "date", "time", "list", "duration", "percent"]

_NUMBER: Type = "number"
_MONEY: Type = "money"
_PERCENT: Type = "percent"
_DURATION: Type = "duration"
_DATE: Type = "date"
_SUMS: dict[tuple[Type, Type], Type] = {
    (_NUMBER, _NUMBER): _NUMBER,
    (_MONEY, _MONEY): _MONEY,
    (_MONEY, _NUMBER): _MONEY,
    (_NUMBER, _MONEY): _MONEY,
    (_PERCENT, _PERCENT): _PERCENT,
    (_DURATION, _DURATION): _DURATION,
    (_DATE, _DURATION): _DATE,
}
_PRODUCTS: dict[tuple[Type, Type], Type] = {
    (_NUMBER, _NUMBER): _NUMBER,
    (_NUMBER, _PERCENT): _NUMBER,
    (_MONEY, _NUMBER): _MONEY,
    (_MONEY, _PERCENT): _MONEY,
    (_PERCENT, _PERCENT): _PERCENT,
    (_DURATION, _NUMBER): _DURATION,
    (_DURATION, _PERCENT): _DURATION,
}
RESULTS: dict[tuple[str, Type, Type], Type] = {
    **{("+", *sides): kind for sides, kind in _SUMS.items()},
    **{("-", *sides): kind for sides, kind in _SUMS.items()},
    ("+", _DURATION, _DATE): _DATE,
    ("-", _DATE, _DATE): _DURATION,
    **{("*", *sides): kind for sides, kind in _PRODUCTS.items()},
    **{("*", right, left): kind for (left, right), kind in _PRODUCTS.items()},
    **{("/", *sides): kind for sides, kind in _PRODUCTS.items()},
    ("/", _MONEY, _MONEY): _NUMBER,
    ("/", _PERCENT, _PERCENT): _NUMBER,
    ("/", _PERCENT, _NUMBER): _PERCENT,
    ("/", _DURATION, _DURATION): _NUMBER,
}
"""What `+ - * /` make of two types. What does not stand here has no meaning."""

WORDS = {
    "text": "text",
    "number": "a number",
    "money": "an amount of money",
    "boolean": "true or false",
    "date": "a date",
    "time": "a time of day",
    "list": "a list",
    "duration": "a length of time",
    "percent": "a percentage",
}


@dataclass(frozen=True, slots=True)
class Unknown:
    """A path that means nothing here: the code, sentence and hint of its diagnostic.

    `part` is the part of the path that is wrong; `options` what might have been meant.
    """

    code: str
    message: str
    hint: str = ""
    part: int = 0
    options: tuple[str, ...] = ()


def type_of(value: tree.Value, scope: Scope) -> Type | None:
    """The type of a value, None where it is not known."""
    match value:
        case tree.Text():
            return "text"
        case tree.Number():
            return "number"
        case tree.Percent():
            return "percent"
        case tree.Boolean():
            return "boolean"
        case tree.Date() | tree.DateTime():
            return "date"
        case tree.TimeOfDay():
            return "time"
        case tree.Duration() | tree.TimeSince():
            return "duration"
        case tree.ListOf():
            return "list"
        case tree.Count():
            return "number"
        case tree.Path():
            found = resolve(value, scope)
            return None if isinstance(found, Unknown) else found
        case tree.Aggregate():
            return _kind(scope.names.event_property((value.history.event,), value.property))
        case tree.Arithmetic():
            return _arithmetic(value.op, type_of(value.left, scope), type_of(value.right, scope))


def _arithmetic(op: str, left: Type | None, right: Type | None) -> Type | None:
    if left is None or right is None:
        return "date" if op in "+-" and left == "date" and right == "duration" else None
    return RESULTS.get((op, left, right))


def comparable(left: Type | None, right: Type | None) -> bool:
    """Whether two values can be equal, or one greater than the other."""
    return left is None or right is None or left == right or {left, right} == {"number", "money"}


def resolve(path: tree.Path, scope: Scope) -> Type | Unknown | None:
    """The type of what a path means, None when it is open, or why it means nothing."""
    parts = path.parts
    if parts == ("now",):
        return "date"
    if len(parts) == 1:
        return _bare(parts[0], scope)
    subject, name = parts[0], parts[1]
    if subject not in _SUBJECTS:
        return Unknown(
            "unknown-name",
            f"`{subject}` is nothing that one can look at.",
            options=_SUBJECTS,
        )
    if len(parts) > 2:
        return Unknown(
            "unknown-property",
            f"`{subject}.{name}` has no properties of its own.",
            part=2,
        )
    return _property(subject, name, scope)


_SUBJECTS = ("customer", "entry", "event", "product", "item", "cart", "order", "score")


def _bare(name: str, scope: Scope) -> Type | Unknown | None:
    if name == "item" and scope.where == "event":
        return "text"
    if name in ("cart", "entry", "event", "order", "item", "product", "customer", "score"):
        return _absent(name, scope)
    if scope.where == "item":
        kind = scope.names.item.get(name)
        if kind is None and "product" not in scope.names.broken:
            return Unknown(
                "unknown-property",
                f"An item has no property `{name}`.",
                "Properties of products are declared below `product:`.",
                options=tuple(scope.names.item),
            )
        return _kind(kind)
    if scope.where == "event":
        return _event_property(scope.events, name, scope, "The event")
    return Unknown(
        "bare-name",
        f"`{name}` stands alone here, so it is not clear whose property it is.",
        _owner_hint(name, scope),
    )


def _owner_hint(name: str, scope: Scope) -> str:
    names = scope.names
    owners = []
    if name in names.customer:
        owners.append(f"customer.{name}")
    if scope.flow is not None and names.event_property(scope.flow.entry_events, name):
        owners.append(f"entry.{name}")
    if name in vocabulary.CART:
        owners.append(f"cart.{name}")
    if name in names.scores:
        owners.append(f"score.{name}")
    if owners:
        return f"Did you mean {' or '.join(f'`{one}`' for one in owners[:2])}?"
    return (
        f'Text stands in double quotes: `"{name}"`; a property is written with its owner, such as '
        f"`customer.{name}`."
    )


def _property(subject: str, name: str, scope: Scope) -> Type | Unknown | None:
    names = scope.names
    absent = _absent(subject, scope)
    if absent is not None:
        return absent
    match subject:
        case "customer":
            return _known(name, names.customer, "customer", scope, "customer")
        case "product":
            return _known(name, names.product, "product", scope, "product")
        case "item":
            return _known(name, names.item, "product", scope, "item")
        case "cart":
            return _known(name, dict(vocabulary.CART), "cart", scope, "cart")
        case "order":
            return _event_property(("purchase",), name, scope, "The order", part=1)
        case "score":
            if name in names.scores or "score" in names.open:
                return "number"
            return Unknown(
                "unknown-score",
                f"There is no score `{name}`.",
                "Scores are declared with `score NAME:`.",
                1,
                tuple(names.scores),
            )
        case "event":
            events = scope.events if scope.where else scope.awaited
            return _event_property(events or (), name, scope, "The event", part=1)
        case _:
            return _entry_property(name, scope)


def _known(
    name: str, words: dict[str, str], broken: str, scope: Scope, whose: str
) -> Type | Unknown | None:
    kind = words.get(name)
    if kind is not None:
        return _kind(kind)
    if broken in scope.names.broken:
        return None
    hint = {
        "customer": "Own properties are declared below `customer:`.",
        "product": "Own properties are declared below `product:`.",
        "item": "Properties of products are declared below `product:`.",
        "cart": f"A cart has {', '.join(f'`{one}`' for one in words)}.",
    }[whose]
    article = "An" if whose == "item" else "A"
    return Unknown(
        "unknown-property", f"{article} {whose} has no property `{name}`.", hint, 1, tuple(words)
    )


def _event_property(
    events: tuple[str, ...], name: str, scope: Scope, whose: str, part: int = 0
) -> Type | Unknown | None:
    names = scope.names
    kinds = {names.events[one][name] for one in events if name in names.events.get(one, {})}
    if len(kinds) > 1 and "money" in kinds:
        said = [f"{WORDS[kind]} in `{one}`" for one, kind in _told(events, name, scope)]
        return Unknown(
            "type-mismatch",
            f"`{name}` is {' and '.join(said[:2])}, so it is not clear which is meant.",
            "Give the property one type in all these events, or let each have a line of its own.",
            part,
        )
    if kinds:
        return _kind(kinds.pop()) if len(kinds) == 1 else None
    if not events or any(one not in names.events or one in names.broken for one in events):
        return None
    options = {option: None for one in events for option in names.events[one]}
    which = f"`{events[0]}`" if len(events) == 1 else whose
    item = ""
    if name in names.item and len(events) == 1:
        subject = "event" if scope.where == "event" else "entry"
        item = f" For an item of it, write `{subject} has item where {name} ..`."
    own = f"Own properties are declared with `event {events[0]}:`."
    return Unknown(
        "unknown-property",
        f"{which} has no property `{name}`.",
        item.strip() or own,
        part,
        tuple(options),
    )


def _told(events: tuple[str, ...], name: str, scope: Scope) -> list[tuple[str, str]]:
    """Events with the type that each gives a property, one for each type."""
    found: dict[str, str] = {}
    for one in events:
        kind = scope.names.events.get(one, {}).get(name)
        if kind is not None:
            found.setdefault(kind, one)
    return [(event, kind) for kind, event in found.items()]


def agreed_type(events: Iterable[Mapping[str, str]], name: str) -> str | None:
    """The type of a property where all events that have it agree, None where they do not."""
    kinds = {words[name] for words in events if name in words}
    return kinds.pop() if len(kinds) == 1 else None


def _entry_property(name: str, scope: Scope) -> Type | Unknown | None:
    flow = scope.flow
    if flow is None:
        return None
    if flow.entry_open:
        if any(name in scope.names.events.get(one, {}) for one in flow.entry_events):
            return _event_property(flow.entry_events, name, scope, "", 1)
        # By hand, anything may be told; it is read as what events call so (`Types.entry_property`).
        if flow.product_entry and name in vocabulary.PRODUCT_ENTRY:
            return vocabulary.PRODUCT_ENTRY[name]
        return _kind(agreed_type(scope.names.events.values(), name))
    if flow.product_entry and name in vocabulary.PRODUCT_ENTRY:
        return vocabulary.PRODUCT_ENTRY[name]
    if not flow.entry_events:
        if flow.product_entry:
            return Unknown(
                "unknown-property",
                f"After a product trigger, `entry` has no property `{name}`.",
                f"Did you mean `product.{name}`?"
                if name in scope.names.product
                else "It has `price`, `old_price` and `stock`.",
                1,
            )
        return Unknown(
            "unknown-property",
            f"Nothing that happens starts this flow, so `entry` has no property `{name}`.",
            "Only an event that starts a run gives it `entry` properties.",
            1,
        )
    return _event_property(flow.entry_events, name, scope, "The event that starts the run", 1)


def _absent(subject: str, scope: Scope) -> Unknown | None:
    """Why there is no such subject at this place, None when there is one."""
    flow = scope.flow
    if subject == "item":
        if scope.where == "item" or (flow is not None and (flow.each_item or flow.entry_open)):
            return None
        return Unknown(
            "not-here",
            "There is no `item` here.",
            "A run is about one item when its flow has `enter when .. for each item`.",
        )
    if subject == "product":
        if flow is not None and flow.may_have_product:
            return None
        return Unknown(
            "not-here",
            "There is no `product` here.",
            "A run is about one product when a product trigger or `for each item` starts it.",
        )
    if subject == "entry" and flow is None:
        return Unknown(
            "not-here",
            "There is no `entry` here: only a flow's run has one.",
            "Ask for what happened with `did EVENT ..` or `latest of EVENT.property`.",
        )
    if subject == "event" and not scope.where and scope.awaited is None:
        return Unknown(
            "not-here",
            "There is no `event` here: it is what a `wait .. for` waited for.",
            "Did you mean `entry`, the event that started the run?"
            if flow is not None
            else "Behind `where`, `event` is the event at hand.",
        )
    return None


def _kind(found: str | None) -> Type | None:
    return found if found in WORDS else None  # type: ignore[return-value]
