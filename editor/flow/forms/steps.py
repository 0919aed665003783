"""The rows of steps, and of the arms and options that stand below their first lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.printing.expressions import print_arguments, print_value
from editor.flow.forms import choices, reading
from editor.flow.forms.conditions import condition_parts
from editor.flow.forms.controls import (
    name_part,
    number_part,
    path_part,
    percent_part,
    text_part,
    value_part,
    whole_part,
)
from editor.flow.forms.happenings import happenings_parts
from editor.flow.forms.parts import Act, Child, Children, Kind, Part, Place, Row, WrongError
from editor.flow.forms.said import LABEL, note_part, remark_part, step_row, unread_part
from editor.flow.forms.sending import message_part
from editor.flow.forms.timings import TIMINGS


def _nothing() -> tree.Block:
    return reading.block("go on")


def _add_else(node: Any, _place: Place) -> Any:
    return replace(node, otherwise=tree.Else(_nothing()))


def _has_no_else(node: Any) -> bool:
    return node.otherwise is None


_ELSE = Act("add_else", "Add an else", _add_else, _has_no_else)


def _arm(value: str, title: str, node: type[Any], make: Callable[[], Any]) -> Kind:
    return Kind(value, title, lambda one: isinstance(one, node), lambda _old, _place: make())


_ELSE_IFS = (
    _arm(
        "else_if",
        "else if",
        tree.ElseIf,
        lambda: tree.ElseIf(tree.CanReceive("email"), _nothing()),
    ),
)
_CASES = (_arm("case", "case", tree.Case, lambda: tree.Case((tree.Text(""),), _nothing())),)
_ARMS = (_arm("arm", "way", tree.Arm, lambda: tree.Arm(reading.percent("10"), _nothing())),)
_FOR_ARMS = (
    _arm(
        "arm",
        "thing to wait for",
        tree.ForArm,
        lambda: tree.ForArm((tree.EventHappens("purchase"),), _nothing()),
    ),
)


def _case_values(node: tree.Case) -> str:
    return ", ".join(print_value(one) for one in node.values)


def _set_case_values(node: tree.Case, text: str, _place: Place) -> tree.Case:
    read = reading.value(f"[{reading.one_row(text)}]")
    if not isinstance(read, tree.ListOf) or not read.items:
        raise WrongError('A value has to stand here, such as "DE", or several with commas.')
    return replace(node, values=read.items)


def apart(node: tree.Wait, _place: Place) -> tree.Wait:
    """Gives each way of a wait steps of its own."""
    return replace(node, block=_nothing(), otherwise=tree.Else(_nothing()))


def _timing_may_change(node: tree.Wait, old: tree.Timing, _place: Place) -> tree.Wait:
    """A wait for something to happen that has become another loses what it waited for, unless
    steps stand below it. Raises `WrongError`.
    """
    if type(old) is type(node.timing):
        return node
    if isinstance(node.timing, tree.UpTo):
        waits = node.happenings or node.arms
        return node if waits else replace(node, happenings=(tree.EventHappens("purchase"),))
    if node.block is not None or node.arms or node.otherwise is not None:
        raise WrongError("Steps stand below its ways. Move or delete them first.")
    return replace(node, happenings=())


def _waits(node: Any) -> bool:
    return isinstance(node.timing, tree.UpTo) or bool(node.happenings)


# --- arguments -----------------------------------------------------------------------------------


def _arguments(form: str) -> tuple[Part, Children]:
    def write(node: Any, text: str, _place: Place) -> Any:
        said = reading.one_row(text).removeprefix("(").removesuffix(")").strip()
        found = reading.line(form, f"({said})").arguments if said else ()
        return replace(node, arguments=found)

    return (
        Part(
            "arguments",
            "Properties sent along",
            "code",
            lambda node: print_arguments(node.arguments)[1:-1],
            write,
            ("arguments",),
            hint='such as plan: "gold", orders: customer.orders',
        ),
        Children(
            "arguments",
            "",
            (
                _arm(
                    "argument",
                    "property",
                    tree.Argument,
                    lambda: tree.Argument("name", tree.Text("")),
                ),
            ),
            inside=True,
        ),
    )


STEP_ROWS: dict[type[Any], Row] = {
    tree.Notify: step_row(
        "Notify the shop's people",
        name_part("staff", "Who", "notify {} with x", choices.staff),
        message_part("notify x with {}"),
    ),
    tree.Call: step_row(
        "Call another system",
        name_part("webhook", "System", "call {}", choices.webhooks),
        *_arguments("call x {}"),
    ),
    tree.Argument: Row(
        "Property", (name_part("name", "Name", "call x ({}: 1)"), value_part("value", "Value"))
    ),
    tree.SetProperty: step_row(
        "Set a property",
        path_part("path", "Property", choices.customer_properties),
        value_part("value", "To", hint='such as "gold", true, customer.orders + 1'),
    ),
    tree.ClearProperty: step_row(
        "Clear a property", path_part("path", "Property", choices.customer_properties)
    ),
    tree.AddTag: step_row("Add a tag", text_part("tag", "Tag", choices=choices.tags)),
    tree.RemoveTag: step_row("Remove a tag", text_part("tag", "Tag", choices=choices.tags)),
    tree.AddScore: step_row(
        "Add to a score",
        number_part("points", "Points"),
        name_part("score", "Score", "add 1 to score {}", choices.scores),
    ),
    tree.GiveCoupon: step_row(
        "Give a coupon", name_part("coupon", "Coupon", "give coupon {}", choices.coupons)
    ),
    tree.Subscribe: step_row(
        "Subscribe",
        name_part("what", "To", "subscribe customer to {}", choices.subscriptions),
    ),
    tree.Unsubscribe: step_row(
        "Unsubscribe",
        name_part("what", "From", "unsubscribe customer from {}", choices.subscriptions),
    ),
    tree.Track: step_row(
        "Record an event",
        name_part("event", "Event", "track {}", choices.own_events, own=True),
        *_arguments("track x {}"),
        path_part("customer", "For another customer", choices.properties, optional=True),
    ),
    tree.StartFlow: step_row(
        "Start a flow", name_part("flow", "Flow", "start flow {}", choices.flows)
    ),
    tree.StopFlow: step_row(
        "Stop a flow", name_part("flow", "Flow", "stop flow {}", choices.flows)
    ),
    tree.GoTo: step_row(
        "Go to a step",
        name_part("target", "Step", "go to {}", choices.labels),
        whole_part("times", "At most so often", optional=True),
    ),
    tree.Exit: step_row("Leave the flow", text_part("reason", "Reason", optional=True)),
    tree.Wait: step_row(
        "Wait",
        Child(
            "timing",
            "",
            TIMINGS,
            flat=True,
            choose="how",
            asks="Waits",
            settle=_timing_may_change,
        ),
        *(
            replace(one, shown=lambda node: bool(node.happenings) or _alone(node))
            for one in happenings_parts("Until", none=True)
        ),
        Act(
            "apart",
            "Give each way its own steps",
            apart,
            lambda node: bool(node.happenings) and node.block is None,
        ),
        Children("arms", "Waits for", _FOR_ARMS, shown=lambda node: bool(node.arms)),
        replace(
            _ELSE,
            shown=lambda node: (
                _has_no_else(node) and (bool(node.arms) or node.block is not None)
            ),
        ),
        Child("otherwise", "When time is up", ()),
    ),
    tree.ForArm: Row("For", happenings_parts("Until")),
    tree.If: step_row(
        "Branch",
        *condition_parts(),
        Children("others", "Else if", _ELSE_IFS),
        _ELSE,
        Child("otherwise", "Else", ()),
    ),
    tree.ElseIf: Row("Else if", condition_parts("Else if")),
    tree.Else: Row("Else", (replace(LABEL, hint=""),)),
    tree.Switch: step_row(
        "Branch by a property",
        path_part("path", "Property", choices.properties),
        Children("cases", "Cases", _CASES, least=1),
        _ELSE,
        Child("otherwise", "Else", ()),
    ),
    tree.Case: Row(
        "Case",
        (Part("values", "Is", "code", _case_values, _set_case_values, ("values",)),),
    ),
    tree.Experiment: Row(
        "Experiment",
        (
            name_part("name", "Name", "experiment {}:\n  50%:\n    exit"),
            text_part("title", "What is tried", optional=True),
            Children("arms", "Ways", _ARMS, least=1),
            _ELSE,
            Child("otherwise", "Everybody else", ()),
            note_part(),
            remark_part(),
        ),
    ),
    tree.Arm: Row("Way", (percent_part("share", "Share (%)"), replace(LABEL, hint=""))),
    tree.GoOn: Row("Go on", (note_part(), remark_part())),
    tree.Repeat: step_row("Repeat", whole_part("times", "How often")),
    tree.Unreadable: Row("Unreadable", (unread_part("What stands there"), note_part(),
                                        remark_part())),
}  # fmt: skip


def _alone(node: Any) -> bool:
    return isinstance(node.timing, tree.UpTo) and not node.arms
