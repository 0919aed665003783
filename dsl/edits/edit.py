"""A change of a text, as few characters as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace [start, end) of a text by `text`; offsets in code points of the text before."""

    start: int
    end: int
    text: str


class Refusal(Exception):  # noqa: N818
    """An edit that cannot be made; the sentence says why, to the person who asked for it."""


class Unsayable(Refusal):
    """What was asked for cannot be written where it would have to stand."""


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text after edits that stand in order and do not overlap."""
    out: list[str] = []
    at = 0
    for one in edits:
        out += [text[at : one.start], one.text]
        at = one.end
    return "".join([*out, text[at:]])


def invert(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """The edits that take the text after `edits` back to `text`."""
    back: list[Edit] = []
    moved = 0
    for one in edits:
        start = one.start + moved
        back.append(Edit(start, start + len(one.text), text[one.start : one.end]))
        moved += len(one.text) - (one.end - one.start)
    return back


def trim(text: str, start: int, end: int, new: str) -> Edit:
    """`text[start:end]` replaced by `new`, without what both begin and end with.

    A line end of two characters is never cut in two.
    """
    old = text[start:end]
    front, most = 0, min(len(old), len(new))
    while front < most and old[front] == new[front]:
        front += 1
    if front and new[front - 1] == "\r" and (old[front:] or new[front:]):
        front -= 1
    back = 0
    while back < most - front and old[-1 - back] == new[-1 - back]:
        back += 1
    if back and any(one[: len(one) - back].endswith("\r") for one in (old, new)):
        back -= new[len(new) - back] == "\n"
    return Edit(start + front, end - back, new[front : len(new) - back])
