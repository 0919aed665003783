"""The rows of steps, and of the arms and options that stand below their first lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from dsl import tree
from dsl.printing.expressions import print_arguments, print_value
from editor.flow.forms import choices, reading
from editor.flow.forms.conditions import condition_parts, where
from editor.flow.forms.controls import (
    CHANNELS,
    choice_part,
    duration_parts,
    is_yes,
    name_part,
    number_part,
    of,
    path_part,
    percent_part,
    text_part,
    value_part,
    whole_part,
)
from editor.flow.forms.happenings import TIMINGS, happenings_parts
from editor.flow.forms.headers import note_part, remark_part, unread_part
from editor.flow.forms.parts import Act, Child, Children, Kind, Part, Place, Row, WrongError

LABEL = name_part(
    "label",
    "Name",
    "exit as {}",
    optional=True,
    hint="by which other steps, tests and conditions speak of it",
)
_SAID = (LABEL, note_part(), remark_part())


def _message(form: str) -> Part:
    return name_part(
        "message", "Message", form, choices.messages, own=True, hint="a file below messages/"
    )


# --- send ----------------------------------------------------------------------------------------


def _channels(node: tree.Send, text: str, _place: Place) -> tree.Send:
    found = tuple(text.replace(",", " ").replace(" else ", " ").split())
    if not found or any(one not in CHANNELS for one in found):
        raise WrongError("Channels are email, sms, push and whatsapp, with `else` between them.")
    return replace(node, channels=cast("tuple[tree.Channel, ...]", found))


def _subject_of(node: tree.Send) -> tree.Subject | None:
    return next((one for one in node.options if isinstance(one, tree.Subject)), None)


def _set_subject(node: tree.Send, text: str, _place: Place) -> tree.Send:
    said, found = reading.text(text), _subject_of(node)
    if found is None:
        return node if not said else replace(node, options=(tree.Subject(said), *node.options))
    if not said and found.text:
        return replace(node, options=tuple(one for one in node.options if one is not found))
    changed = replace(found, text=said)
    return replace(node, options=tuple(changed if one is found else one for one in node.options))


def _option(value: str, title: str, node: type[Any], text: str) -> Kind:
    made = reading.statement(f"send email x:\n  {text}").options[0]
    return Kind(value, title, lambda one: isinstance(one, node), lambda _old, _place: made)


OPTIONS = (
    _option("products", "Products", tree.Products, "products 4 bestsellers"),
    _option("to", "Another address", tree.To, 'to ""'),
    _option("limits", "Over limits", tree.OverLimits, "over limits send anyway"),
)


def _strategy(kind_: str, of_: str | None = None) -> Kind:
    title = f"{kind_} {of_}" if of_ else kind_
    period = reading.duration("30", "day") if kind_ == "new in last" else None
    made = tree.Strategy(kind_, of_, period)  # type: ignore[arg-type]
    return Kind(
        title.replace(" ", "_"),
        title,
        lambda one: one is not None and (one.kind, one.of) == (kind_, of_),
        lambda _old, _place: made,
    )


_LIKE = ("cart", "order", "viewed", "this product")
STRATEGIES = (
    _strategy("bestsellers"),
    *(_strategy("bought with", one) for one in _LIKE),
    *(_strategy("similar to", one) for one in _LIKE),
    *(_strategy("dearer than", one) for one in _LIKE),
    _strategy("recently viewed"),
    _strategy("for customer"),
    _strategy("from search"),
    _strategy("new in last"),
)
_NOTHING = Kind("", "nothing", lambda one: one is None, lambda _old, _place: None)


def _limits(node: tree.OverLimits) -> str:
    return "anyway" if node.duration is None else "wait"


def _set_limits(node: tree.OverLimits, text: str, _place: Place) -> tree.OverLimits:
    if text == _limits(node):
        return node
    if text not in {"anyway", "wait"}:
        raise WrongError("One of the choices has to be taken.")
    return replace(node, duration=None if text == "anyway" else reading.duration("1", "day"))


_PAGES = text_part("where", "On pages", optional=True, hint="such as /c/*")


def _set_pages(node: tree.Show, text: str, place: Place) -> tree.Show:
    made: tree.Show = _PAGES.write(node, text, place)
    return made if made.where is None else replace(made, on_leaving=False)


def _set_leaving(node: tree.Show, text: str, _place: Place) -> tree.Show:
    """On leaving, or on some pages: never both."""
    leaving = is_yes(text)
    return replace(node, on_leaving=leaving, where=None if leaving else node.where)


# --- branches ------------------------------------------------------------------------------------


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


def _row(title: str, *parts: Part | Child | Children | Act) -> Row:
    return Row(title, (*parts, *_SAID))


STEP_ROWS: dict[type[Any], Row] = {
    tree.Send: _row(
        "Send a message",
        Part(
            "channels",
            "By",
            "order",
            lambda node: " else ".join(node.channels),
            _channels,
            ("channels",),
            choices.channels,
        ),
        _message("send email {}"),
        Part(
            "subject",
            "Subject",
            "text",
            lambda node: getattr(_subject_of(node), "text", ""),
            _set_subject,
            (),
            hint="blank: the one in the message's file",
            shown=lambda node: "email" in node.channels or _subject_of(node) is not None,
        ),
        Children(
            "options",
            "More",
            OPTIONS,
            skip=lambda node, one: one is _subject_of(node),
        ),
    ),
    tree.Subject: Row("Subject", (text_part("text", "Subject"),)),
    tree.Products: Row(
        "Products",
        (
            whole_part("most", "How many"),
            whole_part("least", "At least", optional=True),
            Child("strategy", "", STRATEGIES, flat=True, choose="strategy", asks="Which"),
            where(asks="Only those where"),
            Child(
                "filling", "", (_NOTHING, *STRATEGIES), choose="strategy", asks="Filled up with"
            ),
        ),
    ),
    tree.Strategy: Row("Which products", (Child("period", "", flat=True),)),
    tree.To: Row("Another address", (text_part("to", "Address", field="address"),)),
    tree.OverLimits: Row(
        "Over limits",
        (
            Part(
                "over",
                "When limits are reached",
                "choice",
                _limits,
                _set_limits,
                ("duration",),
                of(("anyway", "send all the same"), ("wait", "wait, at most ..")),
            ),
            Child("duration", "", flat=True),
        ),
    ),
    tree.Show: _row(
        "Show in the shop",
        choice_part(
            "surface", "As", of(("banner", "Banner"), ("popup", "Popup"), ("block", "Block"))
        ),
        _message("show banner {}"),
        replace(_PAGES, write=_set_pages),
        Part(
            "on_leaving",
            "When somebody is about to leave",
            "flag",
            lambda node: "yes" if node.on_leaving else "",
            _set_leaving,
            ("on_leaving",),
        ),
        *duration_parts(title="For how long", optional=True),
    ),
    tree.Notify: _row(
        "Notify the shop's people",
        name_part("staff", "Who", "notify {} with x", choices.staff),
        _message("notify x with {}"),
    ),
    tree.Call: _row(
        "Call another system",
        name_part("webhook", "System", "call {}", choices.webhooks),
        *_arguments("call x {}"),
    ),
    tree.Argument: Row(
        "Property", (name_part("name", "Name", "call x ({}: 1)"), value_part("value", "Value"))
    ),
    tree.SetProperty: _row(
        "Set a property",
        path_part("path", "Property", choices.customer_properties),
        value_part("value", "To", hint='such as "gold", true, customer.orders + 1'),
    ),
    tree.ClearProperty: _row(
        "Clear a property", path_part("path", "Property", choices.customer_properties)
    ),
    tree.AddTag: _row("Add a tag", text_part("tag", "Tag", choices=choices.tags)),
    tree.RemoveTag: _row("Remove a tag", text_part("tag", "Tag", choices=choices.tags)),
    tree.AddScore: _row(
        "Add to a score",
        number_part("points", "Points"),
        name_part("score", "Score", "add 1 to score {}", choices.scores),
    ),
    tree.GiveCoupon: _row(
        "Give a coupon", name_part("coupon", "Coupon", "give coupon {}", choices.coupons)
    ),
    tree.Subscribe: _row(
        "Subscribe",
        name_part("what", "To", "subscribe customer to {}", choices.subscriptions),
    ),
    tree.Unsubscribe: _row(
        "Unsubscribe",
        name_part("what", "From", "unsubscribe customer from {}", choices.subscriptions),
    ),
    tree.Track: _row(
        "Record an event",
        name_part("event", "Event", "track {}", choices.own_events, own=True),
        *_arguments("track x {}"),
        path_part("customer", "For another customer", choices.properties, optional=True),
    ),
    tree.StartFlow: _row(
        "Start a flow", name_part("flow", "Flow", "start flow {}", choices.flows)
    ),
    tree.StopFlow: _row("Stop a flow", name_part("flow", "Flow", "stop flow {}", choices.flows)),
    tree.GoTo: _row(
        "Go to a step",
        name_part("target", "Step", "go to {}", choices.labels),
        whole_part("times", "At most so often", optional=True),
    ),
    tree.Exit: _row("Leave the flow", text_part("reason", "Reason", optional=True)),
    tree.Wait: _row(
        "Wait",
        Child(
            "timing",
            "",
            TIMINGS,
            flat=True,
            choose="how",
            asks="How long",
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
    tree.If: _row(
        "Branch",
        *condition_parts(),
        Children("others", "Else if", _ELSE_IFS),
        _ELSE,
        Child("otherwise", "Else", ()),
    ),
    tree.ElseIf: Row("Else if", condition_parts("Else if")),
    tree.Else: Row("Else", (LABEL,)),
    tree.Switch: _row(
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
    tree.Arm: Row("Way", (percent_part("share", "Share (%)"), LABEL)),
    tree.Repeat: _row("Repeat", whole_part("times", "How often")),
    tree.Unreadable: Row("Unreadable", (unread_part("What stands there"), note_part(),
                                        remark_part())),
}  # fmt: skip


def _alone(node: Any) -> bool:
    return isinstance(node.timing, tree.UpTo) and not node.arms
