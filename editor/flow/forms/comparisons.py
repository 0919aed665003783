"""The rows of comparisons: what is looked at, how it is compared, and with what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.names.types import comparable, type_of
from dsl.printing.expressions import print_value
from editor.flow.forms import reading
from editor.flow.forms.controls import of
from editor.flow.forms.parts import Child, Control, Part, Place, Row, WrongError
from editor.flow.forms.values import VALUES, a_literal
from editor.language import _, noop

_WORDS = {
    "is": noop("is"),
    "is not": noop("is not"),
    "<": noop("is less than"),
    "<=": noop("is at most"),
    ">": noop("is more than"),
    ">=": noop("is at least"),
    "in": noop("is one of"),
    "not in": noop("is none of"),
    "contains": noop("contains"),
    "starts with": noop("starts with"),
    "ends with": noop("ends with"),
    "is set": noop("is known"),
    "is not set": noop("is not known"),
    "is empty": noop("is empty"),
    "is not empty": noop("is not empty"),
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
    raise WrongError(_("One of the choices has to be taken."))


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
        raise WrongError(_('A list has to stand here, such as DE, AT, or ["DE", "AT"].'))
    return replace(node, options=read)


def _comparison_part(*covers: str) -> Part:
    return Part(
        "comparison",
        noop("Comparison"),
        "choice",
        comparison,
        compared,
        covers,
        of(*_WORDS.items()),
    )


def _left(field: str) -> Child:
    return Child(field, "", VALUES, asks=noop("What is looked at"), settle=_settle)


_RIGHT = Part(
    "right",
    noop("Value"),
    _right_control,
    _right,
    _set_right,
    ("right",),
    lambda place, node: (
        of(("true", noop("true")), ("false", noop("false")))(place, node)
        if isinstance(node.right, tree.Boolean)
        else ()
    ),
)

_COMPARE = (_left("left"), _comparison_part("op"), _RIGHT)

COMPARISON_ROWS: dict[type[Any], Row] = {
    tree.Compare: Row(noop("Comparison"), _COMPARE),
    tree.Equals: Row(noop("Comparison"), (_left("left"), _comparison_part("negated"), _RIGHT)),
    tree.Contains: Row(noop("Comparison"), _COMPARE),
    tree.Edge: Row(noop("Comparison"), (_left("left"), _comparison_part("edge"), _RIGHT)),
    tree.State: Row(noop("Comparison"), (_left("value"), _comparison_part("state", "negated"))),
    tree.OneOf: Row(
        noop("Comparison"),
        (
            _left("value"),
            _comparison_part("negated"),
            Part("options", noop("Values"), "text", _options, _set_options, ("options",)),
        ),
    ),
}
