"""The rows of conditions: what the condition builder shows, a row for each class of the tree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.printing.expressions import print_condition
from dsl.printing.printer import print_statement
from editor.flow.forms import choices, reading
from editor.flow.forms.comparisons import COMPARISON_ROWS
from editor.flow.forms.controls import choice_part, name_part, of, text_part
from editor.flow.forms.parts import (
    Act,
    Child,
    Children,
    Kind,
    Part,
    Place,
    Row,
    WrongError,
)
from editor.flow.forms.values import VALUE_ROWS, a_property
from editor.language import _, noop


def _set_subject(node: tree.HasItem, text: str, _place: Place) -> tree.HasItem:
    if text not in {"entry", "event", "cart", "order"}:
        raise WrongError(_("One of the choices has to be taken."))
    return replace(node, subject=tree.Path((text,)))


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
        noop("a property or figure"),
        _is(*COMPARISON_ROWS),
        lambda _old, place: tree.State(a_property(place), "set"),
    ),
    Kind(
        "did",
        noop("something happened"),
        _is(tree.Did),
        lambda old, _place: tree.Did(_history(old)),
    ),
    Kind(
        "segment",
        noop("in a segment"),
        _is(tree.InSegment),
        lambda _old, place: tree.InSegment(_segment(place)),
    ),
    Kind("tag", noop("has a tag"), _is(tree.HasTag), lambda _old, place: tree.HasTag(_tag(place))),
    Kind(
        "receive",
        noop("can receive"),
        _is(tree.CanReceive),
        lambda _old, _place: tree.CanReceive("email"),
    ),
    Kind(
        "tracked",
        noop("can be tracked"),
        _is(tree.CanBeTracked),
        lambda _old, _place: tree.CanBeTracked(),
    ),
    Kind(
        "item",
        noop("has an item"),
        _is(tree.HasItem),
        lambda _old, _place: tree.HasItem(
            tree.Path(("cart",)), tree.State(tree.Path(("category",)), "set")
        ),
    ),
    Kind(
        "all",
        noop("all of these"),
        _is(tree.All),
        lambda old, place: tree.All(_several(old, place)),
    ),
    Kind(
        "any",
        noop("any of these"),
        _is(tree.AnyOf),
        lambda old, place: tree.AnyOf(_several(old, place)),
    ),
    Kind(
        "not",
        noop("not"),
        _is(tree.Not),
        lambda old, place: tree.Not(a_condition(place) if old is None else old),
    ),
)
NO_CONDITION = Kind(
    "", noop("whatever they are"), lambda one: one is None, lambda _old, _place: None
)
OPTIONAL = (NO_CONDITION, *CONDITIONS)

_GROUPS = (tree.All, tree.AnyOf, tree.ConditionBlock)
BESIDE = (
    Act(
        "and",
        noop("and .."),
        lambda old, place: tree.All((old, a_condition(place))),
        lambda node: node is not None and not isinstance(node, _GROUPS),
    ),
    Act(
        "or",
        noop("or .."),
        lambda old, place: tree.AnyOf((old, a_condition(place))),
        lambda node: node is not None and not isinstance(node, _GROUPS),
    ),
)


def where(field: str = "where", asks: str = noop("Only where")) -> Child:
    """A condition that need not be there."""
    return Child(field, "", OPTIONAL, asks=asks, acts=BESIDE)


def condition_parts(title: str = noop("Condition")) -> tuple[Part, Child]:
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
        Child("condition", title, CONDITIONS, asks=noop("Who"), inside=True, acts=BESIDE),
    )


def print_block(block: tree.ConditionBlock) -> str:
    """The lines of a condition block as they stand in a file, without indentation around them."""
    said = print_statement(tree.OnlyIf(block))
    return "\n".join(row[2:] for row in said.rstrip("\n").split("\n")[1:])


def _block(old: Any, place: Place) -> tree.ConditionBlock:
    if isinstance(old, tree.ConditionBlock):
        return old
    return tree.ConditionBlock((tree.ConditionLine(old or a_condition(place)),))


BLOCK = Kind("lines", noop("a list of conditions"), _is(tree.ConditionBlock), _block)
_LINES = (
    Kind(
        "line",
        noop("a condition"),
        _is(tree.ConditionLine),
        lambda _old, place: tree.ConditionLine(a_condition(place)),
    ),
    Kind(
        "group",
        noop("a group"),
        _is(tree.ConditionGroup),
        lambda old, place: tree.ConditionGroup(
            "any",
            tree.ConditionBlock(
                (old if old is not None else tree.ConditionLine(a_condition(place)),)
            ),
        ),
    ),
)


def _whether(title: str, holds: tuple[str, str], negated: tuple[str, str]) -> Part:
    """A choice of whether a condition is negated; of both the value and what it says."""
    return Part(
        "negated",
        title,
        "choice",
        lambda node: negated[0] if node.negated else holds[0],
        lambda node, text, _place: replace(node, negated=text == negated[0]),
        ("negated",),
        of(holds, negated),
        wide=False,
    )


CONDITION_ROWS: dict[type[Any], Row] = {
    **VALUE_ROWS,
    **COMPARISON_ROWS,
    tree.History: replace(
        VALUE_ROWS[tree.History], parts=(*VALUE_ROWS[tree.History].parts, where())
    ),
    tree.HasItem: Row(
        noop("Item"),
        (
            Part(
                "subject",
                noop("Of"),
                "choice",
                lambda node: str(node.subject),
                _set_subject,
                ("subject",),
                of(
                    ("cart", noop("the cart")),
                    ("entry", noop("what started the run")),
                    ("event", noop("the event")),
                    ("order", noop("the order")),
                ),
            ),
            Child("where", "", CONDITIONS, asks=noop("Where"), acts=BESIDE),
        ),
    ),
    tree.InSegment: Row(
        noop("Segment"),
        (
            _whether(noop("Membership"), ("in", noop("is in")), ("not in", noop("is not in"))),
            name_part(
                "segment", noop("Segment"), "exit if customer in segment {}", choices.segments
            ),
        ),
    ),
    tree.HasTag: Row(noop("Tag"), (text_part("tag", noop("Tag"), choices=choices.tags),)),
    tree.CanReceive: Row(
        noop("Consent"),
        (
            name_part(
                "what",
                noop("Channel or topic"),
                "exit if customer can receive {}",
                choices.subscriptions,
            ),
        ),
    ),
    tree.CanBeTracked: Row(noop("Consent")),
    tree.Did: Row(
        noop("What happened"),
        (
            _whether(
                noop("Happened"),
                ("did", noop("happened")),
                ("did not", noop("did not happen")),
            ),
            Child("history", "", flat=True),
        ),
    ),
    tree.Not: Row(
        noop("Not"), (Child("condition", "", CONDITIONS, asks=noop("Not"), acts=BESIDE),)
    ),
    tree.All: Row(
        noop("All of"), (Children("conditions", "", CONDITIONS, CONDITIONS, least=1, alone=True),)
    ),
    tree.AnyOf: Row(
        noop("Any of"), (Children("conditions", "", CONDITIONS, CONDITIONS, least=1, alone=True),)
    ),
    tree.ConditionBlock: Row(noop("All of"), (Children("lines", "", _LINES, least=1),)),
    tree.ConditionLine: Row(
        noop("Condition"),
        (Child("condition", "", CONDITIONS, flat=True, asks=noop("Who"), acts=BESIDE),),
    ),
    tree.ConditionGroup: Row(
        noop("Group"),
        (
            choice_part(
                "quantifier",
                noop("Holds"),
                of(
                    ("all", noop("all of these")),
                    ("any", noop("any of these")),
                    ("none", noop("none of these")),
                ),
            ),
            Child("block", "", flat=True),
        ),
    ),
}
