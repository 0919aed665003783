"""The rows of values: properties, counts and figures of what happened, calculations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.printing.expressions import print_moment, print_value
from editor.flow.forms import choices, reading
from editor.flow.forms.controls import (
    UNIT_TITLES,
    UNITS,
    choice_part,
    flag_part,
    name_part,
    of,
    print_amount,
    whole_part,
)
from editor.flow.forms.parts import Child, Kind, Part, Place, Row, WrongError
from editor.language import _, noop

DAY = tree.Duration(reading.number("30"), "day")


def a_property(place: Place) -> tree.Path:
    """A property to begin with."""
    first = {"event": "value", "item": "price"}.get(place.scope.where)
    return tree.Path((first,)) if first else tree.Path(("customer", "country"))


def a_literal(wanted: str | None) -> tree.Value:
    """A value of a type to begin with."""
    text = {
        "number": "1",
        "money": "1",
        "percent": "10%",
        "boolean": "true",
        "time": "09:00",
        "duration": "1 day",
        "list": "[]",
    }.get(wanted or "text")
    if wanted == "date":
        return tree.Path(("now",))
    return tree.Text("") if text is None else reading.value(text)


def _history(old: Any) -> tree.History:
    found = getattr(old, "history", None)
    return found if isinstance(found, tree.History) else tree.History("purchase")


def _plain(history: tree.History) -> tree.History:
    return replace(history, bound=None, times=None)


_KINDS_OF_VALUES = (tree.Path, tree.Count, tree.Aggregate, tree.TimeSince)

VALUES = (
    Kind(
        "property",
        noop("property"),
        lambda one: isinstance(one, tree.Path),
        lambda _old, place: a_property(place),
    ),
    Kind(
        "count",
        noop("how often something happened"),
        lambda one: isinstance(one, tree.Count),
        lambda old, _place: tree.Count(_history(old)),
    ),
    Kind(
        "figure",
        noop("figure of what happened"),
        lambda one: isinstance(one, tree.Aggregate),
        lambda old, _place: tree.Aggregate("sum", "value", _plain(_history(old))),
    ),
    Kind(
        "since",
        noop("time since something happened"),
        lambda one: isinstance(one, tree.TimeSince),
        lambda old, _place: tree.TimeSince(replace(_plain(_history(old)), period=None, since=None)),
    ),
    Kind(
        "calculation",
        noop("calculation"),
        lambda one: not isinstance(one, _KINDS_OF_VALUES),
        lambda old, place: tree.Arithmetic(
            "*",
            old if isinstance(old, tree.Path | tree.Count) else a_property(place),
            reading.number("2"),
        ),
    ),
)


def _path(_node: Any, text: str, _place: Place) -> tree.Path:
    return reading.path(text)


def _calculation(field: str) -> Row:
    return Row(
        noop("Calculation"),
        (
            Part(
                "value",
                noop("Value"),
                "code",
                print_value,
                lambda _node, text, _place: reading.value(text),
                tuple(field.split()),
            ),
        ),
    )


def _amount(node: tree.Duration, text: str, _place: Place) -> tree.Duration:
    return reading.duration(text, node.unit)


def _unit(node: tree.Duration, text: str, _place: Place) -> tree.Duration:
    word = text.strip().removesuffix("s")
    if word not in UNITS:
        raise WrongError(_("A unit has to be chosen: minutes, hours, days, weeks, months, years."))
    return reading.duration(print_amount(node), word)


def _bound(node: tree.History) -> str:
    return node.bound or ""


def _set_bound(node: tree.History, text: str, _place: Place) -> tree.History:
    match text:
        case "":
            return replace(node, bound=None, times=None)
        case "at least" | "at most" | "exactly":
            return replace(node, bound=text, times=node.times or 1)
    raise WrongError(_("One of the choices has to be taken."))


def _when(node: tree.History) -> str:
    if node.period is not None:
        return "last"
    if node.since is None:
        return ""
    return "entry" if isinstance(node.since, tree.Path) else "since"


def _set_when(node: tree.History, text: str, _place: Place) -> tree.History:
    if text == _when(node):
        return node
    plain = replace(node, period=None, since=None)
    match text:
        case "":
            return plain
        case "last":
            return replace(plain, period=DAY)
        case "entry":
            return replace(plain, since=tree.Path(("entry",)))
        case "since":
            return replace(plain, since=reading.moment("2026-01-01"))
    raise WrongError(_("One of the choices has to be taken."))


def _since(node: tree.History) -> str:
    since = node.since
    return "" if since is None or isinstance(since, tree.Path) else print_moment(since)


OF_PARTS = (
    name_part(
        "of",
        noop("Of"),
        "exit when purchase of {}",
        choices.labels_and_messages,
        optional=True,
        own=True,
        hint=noop("a message, or a step that has a name"),
        shown=lambda node: (
            node.of is not None or (not node.of_this_product and _of_message(node.event))
        ),
    ),
    flag_part("of_this_product", noop("Of the run's product"), shown=lambda node: node.of is None),
    name_part(
        "same",
        noop("With the same"),
        "exit when purchase with same {}",
        choices.event_properties(lambda node: node.event),
        optional=True,
        own=True,
        hint=noop("a property of the event that started the run"),
    ),
)


def _of_message(event: str) -> bool:
    return event.partition("_")[0] in {"sent", "open", "click", "bounce", "complain"}


AGGREGATES = of(
    ("sum", noop("the sum")),
    ("average", noop("the average")),
    ("min", noop("the smallest")),
    ("max", noop("the greatest")),
    ("latest", noop("the latest")),
)

VALUE_ROWS: dict[type[Any], Row] = {
    tree.Path: Row(
        noop("Property"),
        (Part("path", noop("Property"), "text", str, _path, ("parts",), choices.properties),),
    ),
    tree.Count: Row(
        noop("How often"), (Child("history", "", flat=True, without=("bound", "times")),)
    ),
    tree.Aggregate: Row(
        noop("Figure"),
        (
            choice_part("function", noop("Figure"), AGGREGATES, wide=False),
            name_part(
                "property",
                noop("Of"),
                "exit if sum of purchase.{} > 1",
                choices.event_properties(lambda node: node.history.event),
                own=True,
            ),
            Child("history", "", flat=True, without=("bound", "times")),
        ),
    ),
    tree.TimeSince: Row(
        noop("Time since"),
        (Child("history", "", flat=True, without=("bound", "times", "when", "period", "since")),),
    ),
    tree.Duration: Row(
        noop("Length of time"),
        (
            Part(
                "amount", noop("How long"), "text", print_amount, _amount, ("amount",), wide=False
            ),
            Part(
                "unit",
                noop("Unit"),
                "choice",
                lambda node: node.unit,
                _unit,
                ("unit",),
                of(*UNIT_TITLES),
                wide=False,
            ),
        ),
    ),
    tree.Arithmetic: _calculation("op left right"),
    tree.Text: _calculation("value"),
    tree.Number: _calculation("value"),
    tree.Percent: _calculation("value"),
    tree.Boolean: _calculation("value"),
    tree.Date: _calculation("value"),
    tree.DateTime: _calculation("value"),
    tree.TimeOfDay: _calculation("value"),
    tree.ListOf: _calculation("items"),
    tree.History: Row(
        noop("What happened"),
        (
            name_part("event", noop("Event"), "exit if did {}", choices.events, own=True),
            *OF_PARTS,
            Part(
                "bound",
                noop("How often"),
                "choice",
                _bound,
                _set_bound,
                ("bound",),
                of(
                    ("", noop("once or more")),
                    ("at least", noop("at least")),
                    ("at most", noop("at most")),
                    ("exactly", noop("exactly")),
                ),
                wide=False,
            ),
            whole_part("times", noop("Times"), least=0, shown=lambda node: node.bound is not None),
            Part(
                "when",
                noop("When"),
                "choice",
                _when,
                _set_when,
                ("period", "since"),
                of(
                    ("", noop("at any time")),
                    ("last", noop("in the last ..")),
                    ("entry", noop("since the run began")),
                    ("since", noop("since a day")),
                ),
            ),
            Child("period", "", flat=True),
            Part(
                "since",
                noop("Since"),
                "text",
                _since,
                lambda node, text, _place: replace(node, since=reading.moment(text)),
                ("since",),
                shown=lambda node: bool(_since(node)),
                hint=noop("such as 2026-11-27"),
            ),
        ),
    ),
}
