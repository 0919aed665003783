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
from editor.flow.forms.said import note_part, remark_part, unread_part
from editor.language import _, noop

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
    raise WrongError(_("One of the choices has to be taken."))


HEADER_ROWS: dict[type[Any], Row] = {
    tree.About: Row(
        noop("About"), (text_part("about", noop("What it is for"), long=True, field="text"),)
    ),
    tree.Enter: Row(
        noop("Entry"),
        (Child("trigger", "", TRIGGERS, flat=True, choose="how", asks=noop("People enter")),),
    ),
    tree.OnlyIf: Row(
        noop("Only if"),
        (
            condition_parts(noop("Who may enter"))[0],
            Child(
                "condition",
                noop("Only if"),
                (*CONDITIONS, BLOCK),
                asks=noop("Who"),
                inside=True,
                acts=BESIDE,
            ),
        ),
    ),
    tree.ReEnter: Row(
        noop("Entering again"),
        (
            Part(
                "rule",
                noop("People may enter again"),
                "choice",
                _rule,
                _set_rule,
                ("rule",),
                of(
                    ("never", noop("never")),
                    ("always", noop("always")),
                    ("after", noop("after a while")),
                ),
            ),
            Child("rule", "", flat=True),
        ),
    ),
    tree.ExitWhen: Row(noop("Exit when"), happenings_parts(noop("Leaves when"))),
    tree.ExitIf: Row(noop("Exit if"), condition_parts(noop("Leaves if"))),
    tree.JumpWhen: Row(
        noop("Jump when"),
        (
            name_part("target", noop("Goes to"), "go to {}", choices.labels),
            *happenings_parts(noop("When")),
        ),
    ),
    tree.Goal: Row(
        noop("Goal"),
        (*happenings_parts(noop("Reached by")), *duration_parts("within", noop("Within"))),
    ),
    tree.Holdout: Row(
        noop("Holdout"),
        (
            percent_part(
                "share", noop("Share held out (%)"), hint=noop("they get nothing, to be compared")
            ),
        ),
    ),
    tree.Priority: Row(noop("Priority"), (whole_part("value", noop("Priority")),)),
    tree.SentBy: Row(
        noop("Sender"), (name_part("name", noop("Which sender"), "stop flow {}", choices.senders),)
    ),
    tree.QuietHours: Row(
        noop("Quiet hours"),
        (clock_part("start", noop("Starts at")), clock_part("end", noop("Ends at"))),
    ),
    tree.Transactional: Row(noop("Transactional")),
    tree.Moved: Row(
        noop("Moved step"),
        (
            name_part("old", noop("Was called"), "stop flow {}"),
            name_part(
                "new",
                noop("Is now"),
                "stop flow {}",
                choices.labels,
                optional=True,
                own=True,
                hint=noop("blank: people at it leave the flow"),
            ),
        ),
    ),
    tree.Unreadable: Row(noop("Unreadable"), (unread_part(),)),
}


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
    senders = place.project.declarations.senders
    return text.replace("LABEL", next(iter(labels), "new_step")).replace(
        "SENDER", next(iter(senders), "new_sender")
    )


ADDED = (
    _kind("about", noop("About: what it is for"), tree.About, 'about ""'),
    _kind("enter", noop("Another way to enter"), tree.Enter, "enter when purchase"),
    _kind(
        "only_if", noop("Only if: who may enter"), tree.OnlyIf, "only if customer can receive email"
    ),
    _kind("re_enter", noop("Entering again"), tree.ReEnter, "re-enter after 7 days"),
    _kind("exit_when", noop("Leave when something happens"), tree.ExitWhen, "exit when purchase"),
    _kind("exit_if", noop("Leave if a condition holds"), tree.ExitIf, "exit if cart is empty"),
    _kind("jump_when", noop("Go to a step when .."), tree.JumpWhen, "go to LABEL when purchase"),
    _kind("goal", noop("Goal"), tree.Goal, "goal purchase within 7 days"),
    _kind("holdout", noop("Holdout, for comparison"), tree.Holdout, "holdout 5%"),
    _kind("priority", noop("Priority"), tree.Priority, "priority 1"),
    _kind("sender", noop("Sender of this flow's messages"), tree.SentBy, "sender SENDER"),
    _kind("quiet_hours", noop("Quiet hours"), tree.QuietHours, "quiet hours 21:00 to 08:00"),
    _kind("transactional", noop("Transactional"), tree.Transactional, "transactional"),
    _kind("moved", noop("A step was renamed"), tree.Moved, "moved LABEL to exit"),
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
    noop("Flow"),
    (
        text_part("title", noop("Title"), optional=True),
        note_part(),
        remark_part(),
        Children("headers", "", ADDED, key=header_key, place=placed),
    ),
)
