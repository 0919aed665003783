"""The rows of conditions: what the condition builder shows, a row for each class of the tree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.names.types import comparable, type_of
from dsl.printing.expressions import print_condition, print_value
from dsl.printing.printer import print_statement
from editor.flow.forms import choices, reading
from editor.flow.forms.controls import choice_part, name_part, of, text_part
from editor.flow.forms.parts import (
    Act,
    Child,
    Children,
    Control,
    Kind,
    Part,
    Place,
    Row,
    WrongError,
)
from editor.flow.forms.values import VALUE_ROWS, VALUES, a_literal, a_property

# --- comparisons ---------------------------------------------------------------------------------

_COMPARISONS = (
    tree.Compare,
    tree.Equals,
    tree.State,
    tree.OneOf,
    tree.Contains,
    tree.Edge,
)
_WORDS = {
    "is": "is",
    "is not": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "in": "is one of",
    "not in": "is none of",
    "contains": "contains",
    "starts with": "starts with",
    "ends with": "ends with",
    "is set": "is known",
    "is not set": "is not known",
    "is empty": "is empty",
    "is not empty": "is not empty",
}


def comparison(node: Any) -> str:
    """Which comparison a condition makes, in the words of the language."""
    match node:
        case tree.Compare():
            return str(node.op)
        case tree.Equals():
            return "is not" if node.negated else "is"
        case tree.State():
            return f"is {'not ' * node.negated}{node.state}"
        case tree.OneOf():
            return "not in" if node.negated else "in"
        case tree.Contains():
            return "contains"
        case _:
            return f"{node.edge} with"


def _sides(node: Any, place: Place) -> tuple[tree.Value, tree.Value]:
    """What is compared with what; where there is no right side, something that would fit."""
    left: tree.Value = node.left if hasattr(node, "left") else node.value
    if hasattr(node, "right"):
        return left, node.right
    if isinstance(node, tree.OneOf) and node.options.items:
        return left, node.options.items[0]
    return left, a_literal(type_of(left, place.scope))


def compared(node: Any, word: str, place: Place) -> Any:
    """The same two sides, compared in another way. Raises `WrongError`."""
    if word == comparison(node):
        return node
    left, right = _sides(node, place)
    match word:
        case "is" | "is not":
            return tree.Equals(left, right, word == "is not")
        case "<" | "<=" | ">" | ">=":
            return tree.Compare(word, left, right)
        case "in" | "not in":
            options = node.options if isinstance(node, tree.OneOf) else tree.ListOf((right,))
            if isinstance(right, tree.ListOf):
                options = right
            return tree.OneOf(left, options, word == "not in")
        case "contains":
            return tree.Contains(left, right)
        case "starts with" | "ends with":
            return tree.Edge(left, "starts" if word == "starts with" else "ends", right)
        case "is set" | "is not set" | "is empty" | "is not empty":
            return tree.State(left, "empty" if word.endswith("empty") else "set", "not" in word)
    raise WrongError("One of the choices has to be taken.")


def _settle(node: Any, old: tree.Value, place: Place) -> Any:
    """A literal on the right that is of another type than the left has become gives way."""
    new = node.left if hasattr(node, "left") else node.value
    wanted = type_of(new, place.scope)
    if wanted == type_of(old, place.scope):
        return node
    if isinstance(node, tree.Equals | tree.Compare):
        literal = not isinstance(node.right, tree.Path | tree.Arithmetic)
        if literal and not comparable(wanted, type_of(node.right, place.scope)):
            return replace(node, right=a_literal(wanted))
    if isinstance(node, tree.OneOf) and not all(
        comparable(wanted, type_of(one, place.scope)) for one in node.options.items
    ):
        return replace(node, options=tree.ListOf(()))
    return node


def _right_control(node: Any, _place: Place) -> Control:
    if isinstance(node.right, tree.Boolean):
        return "choice"
    return "text" if isinstance(node.right, tree.Text) else "code"


def _right(node: Any) -> str:
    return node.right.value if isinstance(node.right, tree.Text) else print_value(node.right)


def _set_right(node: Any, text: str, _place: Place) -> Any:
    if isinstance(node.right, tree.Text):
        return replace(node, right=tree.Text(reading.text(text)))
    return replace(node, right=reading.value(text))


def _plain_texts(options: tree.ListOf) -> bool:
    return all(
        isinstance(one, tree.Text)
        and one.value
        and one.value == one.value.strip()
        and not set(one.value) & set(',"[]\n\\')
        for one in options.items
    )


def _options(node: tree.OneOf) -> str:
    if _plain_texts(node.options):
        return ", ".join(one.value for one in node.options.items if isinstance(one, tree.Text))
    return print_value(node.options)


def _set_options(node: tree.OneOf, text: str, place: Place) -> tree.OneOf:
    said = reading.one_row(text)
    if not said.startswith("[") and _plain_texts(node.options):
        typed = type_of(node.value, place.scope)
        if node.options.items or typed in {"text", "list", None}:
            items = [reading.text(one.strip()) for one in said.split(",") if one.strip()]
            return replace(node, options=tree.ListOf(tuple(tree.Text(one) for one in items)))
    read = reading.value(said if said.startswith("[") else f"[{said}]")
    if not isinstance(read, tree.ListOf):
        raise WrongError('A list has to stand here, such as DE, AT, or ["DE", "AT"].')
    return replace(node, options=read)


def _set_subject(node: tree.HasItem, text: str, _place: Place) -> tree.HasItem:
    if text not in {"entry", "event", "cart", "order"}:
        raise WrongError("One of the choices has to be taken.")
    return replace(node, subject=tree.Path((text,)))


def _comparison_part(*covers: str) -> Part:
    return Part(
        "comparison",
        "Comparison",
        "choice",
        comparison,
        compared,
        covers,
        of(*_WORDS.items()),
        wide=False,
    )


def _left(field: str) -> Child:
    return Child(field, "", VALUES, asks="What is looked at", settle=_settle)


_RIGHT = Part(
    "right",
    "Value",
    _right_control,
    _right,
    _set_right,
    ("right",),
    lambda place, node: (
        of(("true", "true"), ("false", "false"))(place, node)
        if isinstance(node.right, tree.Boolean)
        else ()
    ),
)

# --- kinds of conditions -------------------------------------------------------------------------


def a_condition(place: Place) -> tree.Condition:
    """A condition to begin with."""
    if place.scope.where:
        return tree.State(a_property(place), "set")
    return tree.CanReceive("email")


def _segment(place: Place) -> str:
    return next(iter(sorted(place.project.segments)), "new_segment")


def _tag(place: Place) -> str:
    found = choices.tags(place, None)
    return found[0].value if found else "new"


def _history(old: Any) -> tree.History:
    found = getattr(old, "history", None)
    return found if isinstance(found, tree.History) else tree.History("purchase")


def _several(old: Any, place: Place) -> tuple[tree.Condition, ...]:
    """What stands in a group that takes the place of something else."""
    if isinstance(old, tree.All | tree.AnyOf):
        return old.conditions
    return (old, a_condition(place)) if old is not None else (a_condition(place),) * 2


def _is(*nodes: type[Any]) -> Any:
    return lambda one: isinstance(one, nodes)


CONDITIONS = (
    Kind(
        "comparison",
        "a property or figure",
        _is(*_COMPARISONS),
        lambda _old, place: tree.State(a_property(place), "set"),
    ),
    Kind("did", "something happened", _is(tree.Did), lambda old, _place: tree.Did(_history(old))),
    Kind(
        "segment",
        "in a segment",
        _is(tree.InSegment),
        lambda _old, place: tree.InSegment(_segment(place)),
    ),
    Kind("tag", "has a tag", _is(tree.HasTag), lambda _old, place: tree.HasTag(_tag(place))),
    Kind(
        "receive",
        "can receive",
        _is(tree.CanReceive),
        lambda _old, _place: tree.CanReceive("email"),
    ),
    Kind(
        "tracked",
        "can be tracked",
        _is(tree.CanBeTracked),
        lambda _old, _place: tree.CanBeTracked(),
    ),
    Kind(
        "item",
        "has an item",
        _is(tree.HasItem),
        lambda _old, _place: tree.HasItem(
            tree.Path(("cart",)), tree.State(tree.Path(("category",)), "set")
        ),
    ),
    Kind("all", "all of these", _is(tree.All), lambda old, place: tree.All(_several(old, place))),
    Kind(
        "any",
        "any of these",
        _is(tree.AnyOf),
        lambda old, place: tree.AnyOf(_several(old, place)),
    ),
    Kind(
        "not",
        "not",
        _is(tree.Not),
        lambda old, place: tree.Not(a_condition(place) if old is None else old),
    ),
)
NO_CONDITION = Kind("", "whatever they are", lambda one: one is None, lambda _old, _place: None)
OPTIONAL = (NO_CONDITION, *CONDITIONS)

_GROUPS = (tree.All, tree.AnyOf, tree.ConditionBlock)
BESIDE = (
    Act(
        "and",
        "and ..",
        lambda old, place: tree.All((old, a_condition(place))),
        lambda node: node is not None and not isinstance(node, _GROUPS),
    ),
    Act(
        "or",
        "or ..",
        lambda old, place: tree.AnyOf((old, a_condition(place))),
        lambda node: node is not None and not isinstance(node, _GROUPS),
    ),
)


def where(field: str = "where", asks: str = "Only where") -> Child:
    """A condition that need not be there."""
    return Child(field, "", OPTIONAL, asks=asks, acts=BESIDE)


def condition_parts(title: str = "Condition") -> tuple[Part, Child]:
    """A condition as text, and its builder below it."""

    def read(node: Any) -> str:
        if isinstance(node.condition, tree.ConditionBlock):
            return print_block(node.condition)
        return print_condition(node.condition)

    def write(node: Any, text: str, _place: Place) -> Any:
        if isinstance(node.condition, tree.ConditionBlock):
            return replace(node, condition=reading.condition_block(text))
        return replace(node, condition=reading.condition(text))

    return (
        Part("condition", title, "code", read, write, ("condition",)),
        Child("condition", title, CONDITIONS, asks="Who", inside=True, acts=BESIDE),
    )


def print_block(block: tree.ConditionBlock) -> str:
    """The lines of a condition block as they stand in a file, without indentation around them."""
    said = print_statement(tree.OnlyIf(block))
    return "\n".join(row[2:] for row in said.rstrip("\n").split("\n")[1:])


def _block(old: Any, place: Place) -> tree.ConditionBlock:
    if isinstance(old, tree.ConditionBlock):
        return old
    return tree.ConditionBlock((tree.ConditionLine(old or a_condition(place)),))


BLOCK = Kind("lines", "a list of conditions", _is(tree.ConditionBlock), _block)
_LINES = (
    Kind(
        "line",
        "a condition",
        _is(tree.ConditionLine),
        lambda _old, place: tree.ConditionLine(a_condition(place)),
    ),
    Kind(
        "group",
        "a group",
        _is(tree.ConditionGroup),
        lambda old, place: tree.ConditionGroup(
            "any",
            tree.ConditionBlock(
                (old if old is not None else tree.ConditionLine(a_condition(place)),)
            ),
        ),
    ),
)

_COMPARE = (_left("left"), _comparison_part("op"), _RIGHT)

CONDITION_ROWS: dict[type[Any], Row] = {
    **VALUE_ROWS,
    tree.History: replace(
        VALUE_ROWS[tree.History], parts=(*VALUE_ROWS[tree.History].parts, where())
    ),
    tree.Compare: Row("Comparison", _COMPARE),
    tree.Equals: Row("Comparison", (_left("left"), _comparison_part("negated"), _RIGHT)),
    tree.Contains: Row("Comparison", _COMPARE),
    tree.Edge: Row("Comparison", (_left("left"), _comparison_part("edge"), _RIGHT)),
    tree.State: Row("Comparison", (_left("value"), _comparison_part("state", "negated"))),
    tree.OneOf: Row(
        "Comparison",
        (
            _left("value"),
            _comparison_part("negated"),
            Part("options", "Values", "text", _options, _set_options, ("options",)),
        ),
    ),
    tree.HasItem: Row(
        "Item",
        (
            Part(
                "subject",
                "Of",
                "choice",
                lambda node: str(node.subject),
                _set_subject,
                ("subject",),
                of(
                    ("cart", "the cart"),
                    ("entry", "what started the run"),
                    ("event", "the event"),
                    ("order", "the order"),
                ),
            ),
            Child("where", "", CONDITIONS, asks="Where", acts=BESIDE),
        ),
    ),
    tree.InSegment: Row(
        "Segment",
        (
            Part(
                "negated",
                "Membership",
                "choice",
                lambda node: "not in" if node.negated else "in",
                lambda node, text, _place: replace(node, negated=text == "not in"),
                ("negated",),
                of(("in", "is in"), ("not in", "is not in")),
                wide=False,
            ),
            name_part("segment", "Segment", "exit if customer in segment {}", choices.segments),
        ),
    ),
    tree.HasTag: Row("Tag", (text_part("tag", "Tag", choices=choices.tags),)),
    tree.CanReceive: Row(
        "Consent",
        (
            name_part(
                "what", "Channel or topic", "exit if customer can receive {}",
                choices.subscriptions,
            ),
        ),
    ),
    tree.CanBeTracked: Row("Consent"),
    tree.Did: Row(
        "What happened",
        (
            Part(
                "negated",
                "Happened",
                "choice",
                lambda node: "did not" if node.negated else "did",
                lambda node, text, _place: replace(node, negated=text == "did not"),
                ("negated",),
                of(("did", "happened"), ("did not", "did not happen")),
                wide=False,
            ),
            Child("history", "", flat=True),
        ),
    ),
    tree.Not: Row("Not", (Child("condition", "", CONDITIONS, asks="Not", acts=BESIDE),)),
    tree.All: Row(
        "All of", (Children("conditions", "", CONDITIONS, CONDITIONS, least=1, alone=True),)
    ),
    tree.AnyOf: Row(
        "Any of", (Children("conditions", "", CONDITIONS, CONDITIONS, least=1, alone=True),)
    ),
    tree.ConditionBlock: Row("All of", (Children("lines", "", _LINES, least=1),)),
    tree.ConditionLine: Row(
        "Condition",
        (Child("condition", "", CONDITIONS, flat=True, asks="Who", acts=BESIDE),),
    ),
    tree.ConditionGroup: Row(
        "Group",
        (
            choice_part(
                "quantifier",
                "Holds",
                of(("all", "all of these"), ("any", "any of these"), ("none", "none of these")),
            ),
            Child("block", "", flat=True),
        ),
    ),
}  # fmt: skip
