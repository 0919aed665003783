"""What every step has beside what it does: a name, a note, a comment behind its line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from editor.flow.forms import reading
from editor.flow.forms.controls import name_part
from editor.flow.forms.parts import Act, Child, Children, Part, Place, Row
from editor.language import noop


def note_part() -> Part:
    """The comment above a statement."""
    return Part(
        "note",
        noop("Note"),
        "long",
        lambda node: "\n".join(node.lead),
        lambda node, text, _place: replace(node, lead=reading.comment(text, node.lead)),
        ("lead",),
        hint=noop("for colleagues; it stands as a comment above the step"),
    )


def remark_part() -> Part:
    """The comment at the end of a statement's first line."""

    def write(node: Any, text: str, _place: Place) -> Any:
        rows = reading.comment(" ".join(text.split("\n")), ())
        return replace(node, tail=rows[0] if rows else "")

    return Part(
        "remark",
        noop("Comment behind the line"),
        "text",
        lambda node: node.tail,
        write,
        ("tail",),
    )


def unread_part(title: str = noop("Text")) -> Part:
    """What could not be read, word for word."""

    def write(node: Any, text: str, _place: Place) -> Any:
        return reading.again(node, text)

    return Part("text", title, "code", lambda node: node.text, write, ("text",))


LABEL = name_part(
    "label",
    noop("Name"),
    "exit as {}",
    optional=True,
    hint=noop("by which other steps, tests and conditions speak of it"),
)
SAID = (LABEL, note_part(), remark_part())


def step_row(title: str, *parts: Part | Child | Children | Act) -> Row:
    """The row of a step that may have a name."""
    return Row(title, (*parts, *SAID))
