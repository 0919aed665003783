"""MJML's tags: the compiler passes unknown ones through in silence, so they are looked at here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
