"""MJML's tags: the compiler passes unknown ones through in silence, so they are looked at here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.messages.files import MessageFile
from engine.messages.places import line_and_column

_NAMES = """
    accordion accordion-element accordion-text accordion-title all attributes body breakpoint
    button carousel carousel-image class column divider font group head hero html-attribute
    html-attributes image navbar navbar-link preview raw section selector social social-element
    spacer style table text title wrapper
"""
TAGS = frozenset(f"mj-{name}" for name in _NAMES.split()) | {"mjml"}
_EMPTY = {"mj-all", "mj-class", "mj-breakpoint", "mj-font"}
_TAG = re.compile(r"<(?P<close>/?)(?P<name>mj-?[\w-]*)(?P<rest>[^<>]*?)(?P<empty>/?)>")
_MASKED = re.compile(r"{%.*?%}|{{.*?}}|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TagProblem:
    """`start` and `end` are offsets of the tag's name."""

    kind: str
    name: str
    start: int
    end: int
    expected: str = ""


def problems(text: str) -> Iterator[TagProblem]:
    """Unknown tags, and the first one that does not fit its opening one."""
    masked = _MASKED.sub(lambda match: " " * len(match[0]), text)
    opened: list[tuple[str, int, int]] = []
    balanced = True
    for match in _TAG.finditer(masked):
        name, start, end = match["name"], match.start("name"), match.end("name")
        if name not in TAGS:
            if not match["close"]:
                yield TagProblem("unknown", name, start, end)
            continue
        if not balanced or match["empty"] or (name in _EMPTY and not match["close"]):
            continue
        if not match["close"]:
            opened.append((name, start, end))
        elif opened and opened[-1][0] == name:
            opened.pop()
        else:
            balanced = False
            expected = opened[-1][0] if opened else ""
            yield TagProblem("unbalanced", name, start, end, expected)
    if balanced and opened:
        name, start, end = opened[-1]
        yield TagProblem("unclosed", name, start, end)


def line_of(file: MessageFile, rendered: str, offset: int | None) -> int:
    """The line of the message file that most likely holds `offset` of its rendered text."""
    for one in problems(file.body):
        return line_and_column(file.source, file.body_start + one.start)[0]
    if offset is None:
        return 1
    # The rendered text has other lines than its template; the words around the place lead back.
    words = rendered[offset : offset + 60].lstrip().split("\n", 1)[0].strip()
    for length in (len(words), 30, 15, 8):
        piece = words[:length]
        if len(piece) > 3 and (found := file.source.find(piece)) >= 0:
            return line_and_column(file.source, found)[0]
    return line_and_column(file.source, file.body_start)[0]
