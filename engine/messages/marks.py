"""Marks in the place of values: what a template wrote apart from whom it was written for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from liquid.builtin.output import Output, OutputNode
from liquid.context import RenderContext
from liquid.stringify import to_liquid_string

START, END = "\u27e6", "\u27e7"
"""Letters that compilers hand on as they are, and that hardly anybody writes."""
RESERVED = re.compile(f"[{START}{END}\ue002\ue003]")
MARK = re.compile(f"{START}(\\d+){END}")
_TAME = re.compile(r"[\w.,:;!?%€$£+()/@#=~*-]+(?:[ \xa0\u202f][\w.,:;!?%€$£+()/@#=~*-]+)*")
"""What no parser of HTML, MJML or addresses takes for more than letters."""
_LONGEST: Final = 200
_MOST: Final = 100_000
"""Characters that marks may stand for in one mail; more is written out, and limited as such."""
_CAPTURES = re.compile(r"\{%-?\s*capture\b")
_CONTENT = re.compile(r"\{\{-?\s*content\s*-?\}\}")
_TELLS_CONTENT = re.compile(r"\{[{%][^}]*\bcontent\b")
_writing: ContextVar[Marks | None] = ContextVar("writing", default=None)


class Marks:
    """What stands for the values of one rendering.

    `values` by their marks' numbers; `content` is a text that holds marks itself; `usable` is
    False after somebody's own letters looked like a mark.
    """

    __slots__ = ("_addresses", "_length", "content", "usable", "values")

    def __init__(self) -> None:
        self.values: list[str] = []
        self.content = ""
        self.usable = True
        self._addresses: dict[str, str] = {}
        self._length = 0

    def mark(self, told: str) -> str:
        """What is written for a value, escaped already."""
        if not _TAME.fullmatch(told) or len(told) > _LONGEST or self._length > _MOST:
            if told != self.content and RESERVED.search(told):
                self.usable = False
            return told
        # An address that comes twice is one mark: a link whose words are its address says it once.
        is_address = "/" in told or "@" in told
        if is_address and told in self._addresses:
            return self._addresses[told]
        mark = f"{START}{len(self.values)}{END}"
        self.values.append(told)
        self._length += len(told)
        if is_address:
            self._addresses[told] = mark
        return mark


def filled(text: str, values: list[str]) -> str:
    """`text` with the values in the places of their marks."""
    return MARK.sub(lambda match: values[int(match[1])], text)


@contextmanager
def marking(marks: Marks | None) -> Iterator[None]:
    """What templates write within is marked; None: nothing is."""
    token = _writing.set(marks)
    try:
        yield
    finally:
        _writing.reset(token)


class MarkingNode(OutputNode):
    """`{{ value }}`, marked where somebody asked for it."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        told = to_liquid_string(self.expression.evaluate(context), context.autoescape)
        marks = _writing.get()
        written: int = buffer.write(told if marks is None else marks.mark(told))
        return written


class MarkingOutput(Output):
    """The tag of such a node."""

    node_class = MarkingNode


def may_be_marked(body: str, layout: str, parts: Iterable[str]) -> bool:
    """Whether marks in the text of a template mean nothing to it: it does not catch what it wrote
    to look at it, and its layout prints its `content` as it is.
    """
    if any(_CAPTURES.search(one) or RESERVED.search(one) for one in (body, layout, *parts)):
        return False
    return not any(_TELLS_CONTENT.search(_CONTENT.sub("", one)) for one in (layout, *parts))
