"""The rows of a flow's header: its title, what starts and ends it, whom it takes and when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsl import tree
from editor.flow.forms import choices, reading
from editor.flow.forms.conditions import BESIDE, BLOCK, CONDITIONS, condition_parts
from editor.flow.forms.controls import (
    clock_part,
    duration_parts,
    name_part,
    of,
    percent_part,
    text_part,
    whole_part,
)
from editor.flow.forms.happenings import TRIGGERS, happenings_parts
from editor.flow.forms.parts import Child, Children, Kind, Part, Place, Row, WrongError
from editor.flow.forms.said import note_part, unread_part

_WEEK = reading.duration("7", "day")


def _rule(node: tree.ReEnter) -> str:
    return "after" if isinstance(node.rule, tree.Duration) else node.rule


def _set_rule(node: tree.ReEnter, text: str, _place: Place) -> tree.ReEnter:
    if text == _rule(node):
        return node
    match text:
        case "never" | "always":
            return replace(node, rule=text)
        case "after":
            return replace(node, rule=_WEEK)
    raise WrongError("One of the choices has to be taken.")


HEADER_ROWS: dict[type[Any], Row] = {
    tree.About: Row("About", (text_part("about", "What it is for", long=True, field="text"),)),
    tree.Enter: Row(
        "Entry",
        (Child("trigger", "", TRIGGERS, flat=True, choose="how", asks="People enter"),),
    ),
    tree.OnlyIf: Row(
        "Only if",
        (
            condition_parts("Who may enter")[0],
            Child(
                "condition",
                "Only if",
                (*CONDITIONS, BLOCK),
                asks="Who",
                inside=True,
                acts=BESIDE,
            ),
        ),
    ),
    tree.ReEnter: Row(
        "Entering again",
        (
            Part(
                "rule",
                "People may enter again",
                "choice",
                _rule,
                _set_rule,
                ("rule",),
                of(
                    ("never", "never"), ("always", "always"), ("after", "after a while")
                ),
            ),
            Child("rule", "", flat=True),
        ),
    ),
    tree.ExitWhen: Row("Exit when", happenings_parts("Leaves when")),
    tree.ExitIf: Row("Exit if", condition_parts("Leaves if")),
    tree.JumpWhen: Row(
        "Jump when",
        (
            name_part("target", "Goes to", "go to {}", choices.labels),
            *happenings_parts("When"),
        ),
    ),
    tree.Goal: Row(
        "Goal", (*happenings_parts("Reached by"), *duration_parts("within", "Within"))
    ),
    tree.Holdout: Row(
        "Holdout",
        (percent_part("share", "Share held out (%)", hint="they get nothing, to be compared"),),
    ),
    tree.Priority: Row("Priority", (whole_part("value", "Priority"),)),
    tree.QuietHours: Row("Quiet hours", (clock_part("start", "From"), clock_part("end", "To"))),
    tree.Transactional: Row("Transactional"),
    tree.Moved: Row(
        "Moved step",
        (
            name_part("old", "Was called", "stop flow {}"),
            name_part(
                "new", "Is now", "stop flow {}", choices.labels, optional=True, own=True,
                hint="blank: people at it leave the flow",
            ),
        ),
    ),
    tree.Unreadable: Row("Unreadable", (unread_part(),)),
}  # fmt: skip


def _kind(value: str, title: str, node: type[Any], text: str) -> Kind:
    return Kind(
        value,
        title,
        lambda one: isinstance(one, node),
        lambda _old, place: reading.statement(_filled(text, place)),
    )


def _filled(text: str, place: Place) -> str:
    flow = place.scope.flow
    labels = () if flow is None else tuple(flow.labels)
    return text.replace("LABEL", next(iter(labels), "new_step"))


ADDED = (
    _kind("about", "About: what it is for", tree.About, 'about ""'),
    _kind("enter", "Another way to enter", tree.Enter, "enter when purchase"),
    _kind("only_if", "Only if: who may enter", tree.OnlyIf, "only if customer can receive email"),
    _kind("re_enter", "Entering again", tree.ReEnter, "re-enter after 7 days"),
    _kind("exit_when", "Leave when something happens", tree.ExitWhen, "exit when purchase"),
    _kind("exit_if", "Leave if a condition holds", tree.ExitIf, "exit if cart is empty"),
    _kind("jump_when", "Go to a step when ..", tree.JumpWhen, "go to LABEL when purchase"),
    _kind("goal", "Goal", tree.Goal, "goal purchase within 7 days"),
    _kind("holdout", "Holdout, for comparison", tree.Holdout, "holdout 5%"),
    _kind("priority", "Priority", tree.Priority, "priority 1"),
    _kind("quiet_hours", "Quiet hours", tree.QuietHours, "quiet hours 21:00 to 08:00"),
    _kind("transactional", "Transactional", tree.Transactional, "transactional"),
    _kind("moved", "A step was renamed", tree.Moved, "moved LABEL to exit"),
)
"""Lines that a header can be given, each with one to begin with."""

_ORDER = [one.value for one in ADDED]


def header_key(node: Any) -> str:
    """The short name of a header line: `only_if`, `goal`; `text` of one that nobody can read."""
    return next((one.value for one in ADDED if one.is_one(node)), "text")


def placed(headers: tuple[Any, ...], made: Any) -> tuple[Any, ...]:
    """A new line among those of a header: behind the last that is usually written before it."""
    rank = _ORDER.index(header_key(made))
    before = [n for n, one in enumerate(headers) if header_key(one) in _ORDER[: rank + 1]]
    at = before[-1] + 1 if before else 0
    return (*headers[:at], made, *headers[at:])


FLOW_ROW = Row(
    "Flow",
    (
        text_part("title", "Title", optional=True),
        note_part(),
        Children("headers", "", ADDED, key=header_key, place=placed),
    ),
)
