"""Broken lines that an edit makes readable: some are broken for nothing but what stands above."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from dsl import tree
from dsl.printing.structure import arms_behind, block_of


def healed(asked: tree.File, read: tree.File, text: str) -> list[tree.Unreadable] | None:
    """Broken lines of the tree that was `asked` for that `text`, which reads as `read`, has word
    for word, read as something else than a step. None where the text says something else.
    """
    found: list[tree.Unreadable] = []
    return found if _same(asked, read, text, found) else None


def _same(asked: Any, read: Any, text: str, found: list[tree.Unreadable]) -> bool:
    if isinstance(asked, tuple) and isinstance(read, tuple):
        pairs = zip(asked, read, strict=False)
        return len(asked) == len(read) and all(_same(*pair, text, found) for pair in pairs)
    if not isinstance(asked, tree.Statement | tree.Block | tree.File):
        return bool(asked == read)
    if isinstance(asked, tree.Unreadable) and isinstance(read, tree.Statement):
        if not _stands(asked.text, text, read.span.start) or asked.lead != read.lead:
            return False
        if not isinstance(read, tree.Step):
            found.append(asked)
        return asked.tail in ("", read.tail) and _same_below(asked, read, text, found)
    if isinstance(asked, tree.Flow) and isinstance(read, tree.Flow):
        # What is a header and what a step hangs on what can be read.
        mended = not read.unread and _stands(asked.unread, text, read.span.start)
        return (
            all(getattr(asked, one) == getattr(read, one) for one in _OF_FLOWS)
            and (asked.unread == read.unread or mended)
            and _same_below(asked, read, text, found)
        )
    return type(asked) is type(read) and all(
        _same(getattr(asked, one.name), getattr(read, one.name), text, found)
        for one in fields(asked)
        if one.compare
    )


def _stands(words: str, text: str, at: int) -> bool:
    """Whether these words stand there, but for a comment to the end of their line."""
    return text.startswith(words, at) and _REST.match(text, at + len(words)) is not None


_REST = re.compile(r"[ \t]*:?[ \t]*(#[^\n]*)?\r?$", re.MULTILINE)
_OF_FLOWS = ("name", "title", "lead", "tail", "inner")


def _same_below(
    asked: tree.Statement, read: tree.Statement, text: str, found: list[tree.Unreadable]
) -> bool:
    nothing: tuple[tuple[tree.Statement, ...], tuple[str, ...]] = ((), ())
    lines, comments = block_of(asked) or nothing
    below, behind = block_of(read) or nothing
    return (
        tuple(comments) == tuple(behind)
        and _same(tuple(lines), tuple(below), text, found)
        and _same(tuple(arms_behind(asked)), tuple(arms_behind(read)), text, found)
    )
