"""What a page asks of the server: edits in lines and columns, and what is to be done to steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dsl.edits import Edit, apply
from dsl.parsing.source import Places
from editor.documents import offset, plain
from editor.documents.contents import in_lines, line_end, returns

Op = Literal[
    "insert",
    "set",
    "move",
    "delete",
    "wrap",
    "duplicate",
    "flip",
    "end",
    "up",
    "down",
    "off",
    "on",
    "copy",
]


class TextEdit(BaseModel):
    """Replace what stands between two places by `text`; lines and columns from 1."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Do(BaseModel):
    """What is to be done to the drawing; an act takes those of the fields that it needs."""

    model_config = ConfigDict(extra="forbid")

    op: Op
    at: str = ""
    text: str = ""
    step: str = ""
    steps: list[str] = Field(default_factory=list)
    fields: dict[str, Any] = Field(default_factory=dict)

    @property
    def chosen(self) -> list[str]:
        """The steps that it is about."""
        return self.steps or ([self.step] if self.step else [])


class Asked(BaseModel):
    """`state` is the draft that the page shows, to which `edits` are applied before `do`.

    `check`: whether the problems of the whole project come with the answer, or are asked for later.
    """

    state: str
    edits: list[TextEdit] = Field(default_factory=list)
    do: Do | None = None
    check: Literal["now", "later"] = "now"


class Chosen(BaseModel):
    """Which side of which conflict, counted from 0, shall stand in the draft that is `state`."""

    state: str
    n: int = 0
    side: Literal["mine", "theirs", "both"]


class OverlapError(Exception):
    """Edits that touch the same characters."""


def applied(text: str, edits: Sequence[TextEdit]) -> str:
    """A text after edits that are all counted on it; new lines take the end that its lines have.

    Raises:
        OverlapError: two of them touch the same.
    """
    end = line_end(text)
    return _applied(text, edits, lambda piece: in_lines(piece).replace("\n", end))


def in_page(text: str, edits: Sequence[TextEdit]) -> str:
    """What a page shows of a text after edits of its own: that of which `applied` makes the draft,
    but for a CR that came to stand at a line's end. Raises OverlapError, too.
    """
    return _applied(plain(text), edits, str)


def odd(text: str, edits: Sequence[TextEdit]) -> bool:
    """Whether a CR may come to stand at a line's end by edits of a page."""
    return returns(text) or any("\r" in one.text for one in edits)


def _applied(text: str, edits: Sequence[TextEdit], said: Callable[[str], str]) -> str:
    if not edits:
        return text
    placed = sorted(
        (offset(text, one.line, one.column), offset(text, one.end_line, one.end_column), n)
        for n, one in enumerate(edits)
    )
    found: list[Edit] = []
    for start, stop, n in placed:
        if stop < start or (found and start < found[-1].end):
            raise OverlapError
        found.append(Edit(start, stop, said(edits[n].text)))
    return apply(text, found)


def told(text: str, edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Edits of a text as a page gets them."""
    places = Places(text)
    found = []
    for one in edits:
        line, column = places.place(one.start)
        end_line, end_column = places.place(one.end)
        found.append(
            {
                "line": line,
                "column": column,
                "end_line": end_line,
                "end_column": end_column,
                "text": one.text.replace("\r\n", "\n"),
            }
        )
    return found
