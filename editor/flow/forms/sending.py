"""The rows of steps that send and show messages, and of the options below a `send`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from dsl import tree
from editor.flow.forms import choices, reading
from editor.flow.forms.conditions import where
from editor.flow.forms.controls import (
    choice_part,
    duration_parts,
    name_part,
    of,
    text_part,
    whole_part,
)
from editor.flow.forms.parts import Child, Children, Kind, Part, Place, Row, WrongError
from editor.flow.forms.said import step_row
from editor.language import _, noop
from editor.properties import CHANNELS


def message_part(form: str) -> Part:
    """The message that a step sends or shows."""
    return name_part(
        "message",
        noop("Message"),
        form,
        choices.messages,
        own=True,
        hint=noop("a file below messages/"),
    )


def _channels(node: tree.Send, text: str, _place: Place) -> tree.Send:
    found = tuple(text.replace(",", " ").replace(" else ", " ").split())
    if not found or any(one not in CHANNELS for one in found):
        raise WrongError(_("Channels are email, sms, push and whatsapp, with `else` between them."))
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
    _option("products", noop("Products"), tree.Products, "products 4 bestsellers"),
    _option("to", noop("Another address"), tree.To, 'to ""'),
    _option("limits", noop("Over limits"), tree.OverLimits, "over limits send anyway"),
)


def _strategy(title: str, kind_: str, of_: str | None = None) -> Kind:
    period = reading.duration("30", "day") if kind_ == "new in last" else None
    made = tree.Strategy(kind_, of_, period)  # type: ignore[arg-type]
    return Kind(
        (f"{kind_} {of_}" if of_ else kind_).replace(" ", "_"),
        title,
        lambda one: one is not None and (one.kind, one.of) == (kind_, of_),
        lambda _old, _place: made,
    )


STRATEGIES = (
    _strategy(noop("bestsellers"), "bestsellers"),
    _strategy(noop("bought with cart"), "bought with", "cart"),
    _strategy(noop("bought with order"), "bought with", "order"),
    _strategy(noop("bought with viewed"), "bought with", "viewed"),
    _strategy(noop("bought with this product"), "bought with", "this product"),
    _strategy(noop("similar to cart"), "similar to", "cart"),
    _strategy(noop("similar to order"), "similar to", "order"),
    _strategy(noop("similar to viewed"), "similar to", "viewed"),
    _strategy(noop("similar to this product"), "similar to", "this product"),
    _strategy(noop("dearer than cart"), "dearer than", "cart"),
    _strategy(noop("dearer than order"), "dearer than", "order"),
    _strategy(noop("dearer than viewed"), "dearer than", "viewed"),
    _strategy(noop("dearer than this product"), "dearer than", "this product"),
    _strategy(noop("recently viewed"), "recently viewed"),
    _strategy(noop("for customer"), "for customer"),
    _strategy(noop("from search"), "from search"),
    _strategy(noop("new in last"), "new in last"),
)
_NOTHING = Kind("", noop("nothing"), lambda one: one is None, lambda _old, _place: None)


def _limits(node: tree.OverLimits) -> str:
    return "anyway" if node.duration is None else "wait"


def _set_limits(node: tree.OverLimits, text: str, _place: Place) -> tree.OverLimits:
    if text == _limits(node):
        return node
    if text not in {"anyway", "wait"}:
        raise WrongError(_("One of the choices has to be taken."))
    return replace(node, duration=None if text == "anyway" else reading.duration("1", "day"))


_PAGES = text_part("where", noop("On pages"), optional=True, hint=noop("such as /c/*"))


_APPEARS = of(
    ("at once", noop("at once")),
    ("on leaving", noop("when somebody is about to leave")),
    ("after seconds", noop("after some seconds on the page")),
    ("after pages", noop("after some pages of the visit")),
    ("after scrolling", noop("after scrolling down some percent")),
)
_USUAL_AMOUNT = {"after seconds": 20, "after pages": 3, "after scrolling": 50}


def _set_appears(node: tree.Show, text: str, place: Place) -> tree.Show:
    if text not in {one.value for one in _APPEARS(place, node)}:
        raise WrongError(_("One of the choices has to be taken."))
    if text == node.appears:
        return node
    return replace(node, appears=cast("Any", text), amount=_USUAL_AMOUNT.get(text))


SENDING_ROWS: dict[type[Any], Row] = {
    tree.Send: step_row(
        noop("Send a message"),
        Part(
            "channels",
            noop("Sent by"),
            "order",
            lambda node: " else ".join(node.channels),
            _channels,
            ("channels",),
            choices.channels,
        ),
        message_part("send email {}"),
        Part(
            "subject",
            noop("Subject"),
            "text",
            lambda node: getattr(_subject_of(node), "text", ""),
            _set_subject,
            (),
            hint=noop("blank: the one in the message's file"),
            shown=lambda node: "email" in node.channels or _subject_of(node) is not None,
        ),
        Children(
            "options",
            noop("More"),
            OPTIONS,
            skip=lambda node, one: one is _subject_of(node),
        ),
    ),
    tree.Subject: Row(noop("Subject"), (text_part("text", noop("Subject")),)),
    tree.Products: Row(
        noop("Products"),
        (
            whole_part("most", noop("How many")),
            whole_part("least", noop("At least"), optional=True),
            Child("strategy", "", STRATEGIES, flat=True, choose="strategy", asks=noop("Which")),
            where(asks=noop("Only those where")),
            Child(
                "filling",
                "",
                (_NOTHING, *STRATEGIES),
                choose="strategy",
                asks=noop("Filled up with"),
            ),
        ),
    ),
    tree.Strategy: Row(noop("Which products"), (Child("period", "", flat=True),)),
    tree.To: Row(noop("Another address"), (text_part("to", noop("Address"), field="address"),)),
    tree.OverLimits: Row(
        noop("Over limits"),
        (
            Part(
                "over",
                noop("When limits are reached"),
                "choice",
                _limits,
                _set_limits,
                ("duration",),
                of(("anyway", noop("send all the same")), ("wait", noop("wait, at most .."))),
            ),
            Child("duration", "", flat=True),
        ),
    ),
    tree.Show: step_row(
        noop("Show in the shop"),
        choice_part(
            "surface",
            noop("As"),
            of(("banner", noop("Banner")), ("popup", noop("Popup")), ("block", noop("Block"))),
        ),
        message_part("show banner {}"),
        _PAGES,
        Part(
            "appears",
            noop("Appears"),
            "choice",
            lambda node: node.appears,
            _set_appears,
            ("appears",),
            _APPEARS,
        ),
        whole_part(
            "after",
            noop("After how many (seconds, pages or percent)"),
            field="amount",
            least=1,
            shown=lambda node: node.amount is not None,
        ),
        *duration_parts(title=noop("For how long"), optional=True),
    ),
}
