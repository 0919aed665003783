"""The rows of steps, and of the arms and options that stand below their first lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dsl import tree
from dsl.printing.expressions import print_arguments, print_value
from editor.flow.forms import choices, reading
from editor.flow.forms.conditions import condition_parts
from editor.flow.forms.controls import (
    duration_parts,
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
from editor.language import _, noop


def _nothing() -> tree.Block:
    return reading.block("go on")


def _add_else(node: Any, _place: Place) -> Any:
    return replace(node, otherwise=tree.Else(_nothing()))


def _has_no_else(node: Any) -> bool:
    return node.otherwise is None


_ELSE = Act("add_else", noop("Add an else"), _add_else, _has_no_else)


def _arm(value: str, title: str, node: type[Any], make: Callable[[], Any]) -> Kind:
    return Kind(value, title, lambda one: isinstance(one, node), lambda _old, _place: make())


_ELSE_IFS = (
    _arm(
        "else_if",
        noop("else if"),
        tree.ElseIf,
        lambda: tree.ElseIf(tree.CanReceive("email"), _nothing()),
    ),
)
_CASES = (_arm("case", noop("case"), tree.Case, lambda: tree.Case((tree.Text(""),), _nothing())),)
_ARMS = (_arm("arm", noop("way"), tree.Arm, lambda: tree.Arm(reading.percent("10"), _nothing())),)
_FOR_ARMS = (
    _arm(
        "arm",
        noop("thing to wait for"),
        tree.ForArm,
        lambda: tree.ForArm((tree.EventHappens("purchase"),), _nothing()),
    ),
)


_EACH = Decimal(20)
"""What each of two ways gets where nobody was left to wait."""


def _may_choose(node: tree.Experiment) -> bool:
    return node.winner is None and node.otherwise is None and len(node.arms) > 1


def _choose(node: tree.Experiment, _place: Place) -> tree.Experiment:
    """Who is in no way waits; where the ways have everybody they get less."""
    arms = node.arms
    if sum(one.share.value for one in arms if isinstance(one, tree.Arm)) >= 100:
        share = reading.percent(str(max(1, int(2 * _EACH / len(arms)))))
        arms = tuple(
            replace(one, share=share) if isinstance(one, tree.Arm) else one for one in arms
        )
    winner = tree.Winner("click_email", reading.duration("4", "hour"))
    return replace(node, winner=winner, arms=arms)


def _case_values(node: tree.Case) -> str:
    return ", ".join(print_value(one) for one in node.values)


def _set_case_values(node: tree.Case, text: str, _place: Place) -> tree.Case:
    read = reading.value(f"[{reading.one_row(text)}]")
    if not isinstance(read, tree.ListOf) or not read.items:
        raise WrongError(_('A value has to stand here, such as "DE", or several with commas.'))
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
        raise WrongError(_("Steps stand below its ways. Move or delete them first."))
    return replace(node, happenings=())


# --- arguments -----------------------------------------------------------------------------------


def _arguments(form: str) -> tuple[Part, Children]:
    def write(node: Any, text: str, _place: Place) -> Any:
        said = reading.one_row(text).strip()
        if said.startswith("(") and said.endswith(")"):  # a name comes first, so it is the list's
            said = said[1:-1].strip()
        found = reading.line(form, f"({said})").arguments if said else ()
        return replace(node, arguments=found)

    return (
        Part(
            "arguments",
            noop("Properties sent along"),
            "code",
            lambda node: print_arguments(node.arguments)[1:-1],
            write,
            ("arguments",),
            hint=noop('such as plan: "gold", orders: customer.orders'),
        ),
        Children(
            "arguments",
            "",
            (
                _arm(
                    "argument",
                    noop("property"),
                    tree.Argument,
                    lambda: tree.Argument("name", tree.Text("")),
                ),
            ),
            inside=True,
        ),
    )


STEP_ROWS: dict[type[Any], Row] = {
    tree.Notify: step_row(
        noop("Notify the shop's people"),
        name_part("staff", noop("Who"), "notify {} with x", choices.staff),
        message_part("notify x with {}"),
    ),
    tree.Call: step_row(
        noop("Call another system"),
        name_part("webhook", noop("System"), "call {}", choices.webhooks),
        *_arguments("call x {}"),
    ),
    tree.Argument: Row(
        noop("Property"),
        (name_part("name", noop("Name"), "call x ({}: 1)"), value_part("value", noop("Value"))),
    ),
    tree.SetProperty: step_row(
        noop("Set a property"),
        path_part("path", noop("Property"), choices.customer_properties),
        value_part(
            "value", noop("New value"), hint=noop('such as "gold", true, customer.orders + 1')
        ),
    ),
    tree.ClearProperty: step_row(
        noop("Clear a property"), path_part("path", noop("Property"), choices.customer_properties)
    ),
    tree.AddTag: step_row(noop("Add a tag"), text_part("tag", noop("Tag"), choices=choices.tags)),
    tree.RemoveTag: step_row(
        noop("Remove a tag"), text_part("tag", noop("Tag"), choices=choices.tags)
    ),
    tree.AddScore: step_row(
        noop("Add to a score"),
        number_part("points", noop("Points")),
        name_part("score", noop("Score"), "add 1 to score {}", choices.scores),
    ),
    tree.GiveCoupon: step_row(
        noop("Give a coupon"),
        name_part("coupon", noop("Coupon"), "give coupon {}", choices.coupons),
    ),
    tree.Subscribe: step_row(
        noop("Subscribe"),
        name_part("what", noop("To what"), "subscribe customer to {}", choices.subscriptions),
    ),
    tree.Unsubscribe: step_row(
        noop("Unsubscribe"),
        name_part("what", noop("From what"), "unsubscribe customer from {}", choices.subscriptions),
    ),
    tree.Track: step_row(
        noop("Record an event"),
        name_part("event", noop("Event"), "track {}", choices.own_events, own=True),
        *_arguments("track x {}"),
        path_part("customer", noop("For another customer"), choices.properties, optional=True),
    ),
    tree.StartFlow: step_row(
        noop("Start a flow"), name_part("flow", noop("Flow"), "start flow {}", choices.flows)
    ),
    tree.StopFlow: step_row(
        noop("Stop a flow"), name_part("flow", noop("Flow"), "stop flow {}", choices.flows)
    ),
    tree.GoTo: step_row(
        noop("Go to a step"),
        name_part("target", noop("Step"), "go to {}", choices.labels),
        whole_part("times", noop("At most so often"), optional=True),
    ),
    tree.Exit: step_row(noop("Leave the flow"), text_part("reason", noop("Reason"), optional=True)),
    tree.Wait: step_row(
        noop("Wait"),
        Child(
            "timing",
            "",
            TIMINGS,
            flat=True,
            choose="how",
            asks=noop("Waits"),
            settle=_timing_may_change,
        ),
        *(
            replace(one, shown=lambda node: bool(node.happenings) or _alone(node))
            for one in happenings_parts(noop("Until"), none=True)
        ),
        Act(
            "apart",
            noop("Give each way its own steps"),
            apart,
            lambda node: bool(node.happenings) and node.block is None,
        ),
        Children("arms", noop("Waits for"), _FOR_ARMS, shown=lambda node: bool(node.arms)),
        replace(
            _ELSE,
            shown=lambda node: _has_no_else(node) and (bool(node.arms) or node.block is not None),
        ),
        Child("otherwise", noop("When time is up"), ()),
    ),
    tree.ForArm: Row(noop("For"), happenings_parts(noop("Until"))),
    tree.If: step_row(
        noop("Branch"),
        *condition_parts(),
        Children("others", noop("Else if"), _ELSE_IFS),
        _ELSE,
        Child("otherwise", noop("Else"), ()),
    ),
    tree.ElseIf: Row(noop("Else if"), condition_parts(noop("Else if"))),
    tree.Else: Row(noop("Else"), (replace(LABEL, hint=""),)),
    tree.Switch: step_row(
        noop("Branch by a property"),
        path_part("path", noop("Property"), choices.properties),
        Children("cases", noop("Cases"), _CASES, least=1),
        _ELSE,
        Child("otherwise", noop("Else"), ()),
    ),
    tree.Case: Row(
        noop("Case"),
        (Part("values", noop("Is"), "code", _case_values, _set_case_values, ("values",)),),
    ),
    tree.Experiment: Row(
        noop("Experiment"),
        (
            name_part("name", noop("Name"), "experiment {}:\n  50%:\n    exit"),
            text_part("title", noop("What is tried"), optional=True),
            Act("add_winner", noop("Let some wait for the best way"), _choose, _may_choose),
            Child(
                "winner",
                noop("Everybody else waits and gets the best way"),
                (),
                acts=(Act("remove_winner", noop("Let nobody wait"), lambda *_: None),),
            ),
            Children("arms", noop("Ways"), _ARMS, least=1),
            replace(_ELSE, shown=lambda node: _has_no_else(node) and node.winner is None),
            Child("otherwise", noop("Everybody else"), ()),
            note_part(),
            remark_part(),
        ),
    ),
    tree.Winner: Row(
        noop("The best way"),
        (
            name_part(
                "event", noop("Of which most people did"), "goal {} within 1 day", choices.events
            ),
            *duration_parts("after", noop("Chosen after")),
        ),
    ),
    tree.Arm: Row(noop("Way"), (percent_part("share", noop("Share (%)")), replace(LABEL, hint=""))),
    tree.GoOn: Row(noop("Go on"), (note_part(), remark_part())),
    tree.Repeat: step_row(noop("Repeat"), whole_part("times", noop("How often"))),
    tree.Unreadable: Row(
        noop("Unreadable"),
        (
            unread_part(noop("What stands there")),
            note_part(),
            replace(remark_part(), shown=lambda node: bool(node.tail)),
        ),
    ),
}


def _alone(node: Any) -> bool:
    return isinstance(node.timing, tree.UpTo) and not node.arms
