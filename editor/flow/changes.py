"""The lines in which a draft differs from its file, and how one text becomes another."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from editor.documents.contents import plain

_Block = tuple[str, int, int, int, int]


def changes(base: str, text: str) -> list[dict[str, Any]]:
    """The lines that the file has and the draft has not, and the other way round, in their order.

    `line` counts from 1, of what is added in the draft, of what is removed in the file.
    """
    old, new = plain(base).split("\n"), plain(text).split("\n")
    found: list[dict[str, Any]] = []
    for _, a, b, c, d in _blocks(old, new):
        found += [_change("removed", n, old[n]) for n in range(a, b)]
        found += [_change("added", n, new[n]) for n in range(c, d)]
    return found


def edits_between(before: str, after: str) -> list[dict[str, Any]]:
    """Edits by whole lines that make the one plain text the other."""
    old, new = before.split("\n"), after.split("\n")
    found = []
    for _, a, b, c, d in _blocks(old, new):
        lines = new[c:d]
        if b < len(old):  # up to the beginning of the line behind
            place = (a + 1, 1, b + 1, 1)
            text = "".join(f"{line}\n" for line in lines)
        elif a:  # up to the end of the text, from the end of the line before
            place = (a, len(old[a - 1]) + 1, len(old), len(old[-1]) + 1)
            text = "".join(f"\n{line}" for line in lines)
        else:
            place = (1, 1, len(old), len(old[-1]) + 1)
            text = "\n".join(lines)
        line, column, end_line, end_column = place
        found.append(
            {
                "line": line,
                "column": column,
                "end_line": end_line,
                "end_column": end_column,
                "text": text,
            }
        )
    return found


def _blocks(old: list[str], new: list[str]) -> Iterator[_Block]:
    if old == new:
        return
    for block in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if block[0] != "equal":
            yield block


def _change(kind: str, number: int, line: str) -> dict[str, Any]:
    return {"change": kind, "line": number + 1, "text": line}
