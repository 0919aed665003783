"""What two people made of one text, as one text: a three-way merge of `.flow` files.

Lines first: what only one of them changed is taken. Where both changed neighbouring lines in
different ways there is a conflict, widened to whole statements in all three texts, so that each
side of it says something. What comes out is read once: where both texts could be read and the
merge cannot, all that was changed is one conflict.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate
from typing import Literal, TypeVar

from dsl.parsing.parser import parse
from dsl.parsing.scanner import Line, scan
from dsl.parsing.source import BOM

Side = Literal["mine", "theirs", "both"]
_T = TypeVar("_T")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole statements of one of the texts, and the line (from 1) where they begin or would."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """The same place in the three texts."""

    base: Piece
    mine: Piece
    theirs: Piece


@dataclass(frozen=True, slots=True)
class Merge:
    """`text` is the merged text, None where there are conflicts.

    `parts` are the stretches of the result in their order, with the conflicts among them. `style`
    is the line end of the result ("" where it has several) and `tail` whether its last line has
    one.
    """

    parts: tuple[str | Conflict, ...]
    start: str
    style: str
    tail: bool

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return tuple(one for one in self.parts if isinstance(one, Conflict))

    @property
    def text(self) -> str | None:
        return None if self.conflicts else self.chosen(())

    def chosen(self, sides: Sequence[Side]) -> str:
        """The text with one side taken for each conflict; "both" is mine and theirs below it.

        Raises `ValueError` where there are not as many sides as conflicts.
        """
        left = iter(sides)
        lines: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                lines += _LINE.findall(part)
                continue
            side = next(left, None)
            if side is None:
                raise ValueError("a conflict without a side")
            lines += _LINE.findall(part.mine.text) if side != "theirs" else []
            lines += _LINE.findall(part.theirs.text) if side != "mine" else []
        if next(left, None) is not None:
            raise ValueError("a side without a conflict")
        usual = self.style or "\n"
        said = [f"{_words(line)}{self.style or _end(line) or usual}" for line in lines]
        if said and not self.tail:
            said[-1] = _words(said[-1])
        return self.start + "".join(said)


def merge(base: str, mine: str, theirs: str) -> Merge:
    """What `mine` and `theirs` made of `base`. Which of them is whose changes no merged text."""
    texts = _Text(base), _Text(mine), _Text(theirs)
    beside = _SideBySide(texts)
    merged = beside.merged(beside.clashes())
    if merged.text is not None and not _reads(merged.text) and _reads(mine) and _reads(theirs):
        merged = beside.merged(beside.everything())
    return merged


class _Text:
    """A text as lines; they are compared without their ends."""

    def __init__(self, text: str) -> None:
        self.bom = text.startswith(BOM)
        self.lines: list[str] = _LINE.findall(text.removeprefix(BOM))
        self.keys = [_words(line) for line in self.lines]
        ends = {_end(line) for line in self.lines} - {""}
        self.style = ends.pop() if len(ends) == 1 else ""
        self.tail = not self.lines or bool(_end(self.lines[-1]))

        self.statements = _statements(self.lines)

    def piece(self, start: int, end: int) -> Piece:
        return Piece("".join(self.lines[start:end]), start + 1)


@dataclass(slots=True)
class _Statement:
    """The lines of a statement with its comments and the blank lines above it.

    `else` lines belong to what they follow; each block below is one of `blocks`.
    """

    start: int
    end: int
    blocks: list[list[_Statement]]


def _statements(lines: list[str]) -> list[_Statement]:
    text = "".join(lines)
    starts = [0, *accumulate(len(line) for line in lines)]

    def of(children: list[Line], begin: int, end: int) -> list[_Statement]:
        found: list[_Statement] = []
        for line in children:
            last = bisect_right(starts, max(line.whole_end - 1, line.start))
            below = of(line.children, bisect_right(starts, max(line.end - 1, line.start)), last)
            if found and text.startswith("else", line.start):
                found[-1].end = last
                found[-1].blocks.append(below)
            else:
                found.append(_Statement(begin, last, [below]))
            begin = last
        if found:
            found[-1].end = end  # comments behind the last one
        return found

    return of(scan(text).children, 0, len(lines))


def _widened(statements: list[_Statement], start: int, end: int) -> tuple[int, int]:
    """The lines of the neighbours of one block that hold the lines from `start` to `end`."""
    over = [one for one in statements if one.start < end and start < one.end]
    if not over:
        return start, end
    if len(over) == 1:
        for block in over[0].blocks:
            if block and block[0].start <= start and end <= block[-1].end:
                return _widened(block, start, end)
    return over[0].start, over[-1].end


def _words(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")


def _end(line: str) -> str:
    return line[len(_words(line)) :]


def _either(base: _T, mine: _T, theirs: _T) -> _T:
    """What one of them changed, else what is so in all."""
    return theirs if mine == base else mine


def _reads(text: str) -> bool:
    return not any(one.severity == "error" for one in parse(text).diagnostics)


def _twins(base: list[str], other: list[str]) -> dict[int, int]:
    """Which line of `other` each line of `base` is; what begins and ends alike is not searched."""
    most = min(len(base), len(other))
    front = next((n for n in range(most) if base[n] != other[n]), most)
    most -= front
    back = next((n for n in range(most) if base[-1 - n] != other[-1 - n]), most)
    found = {n: n for n in range(front)}
    inner, outer = base[front : len(base) - back], other[front : len(other) - back]
    blocks = SequenceMatcher(None, inner, outer, autojunk=False).get_matching_blocks()
    for i, j, size in blocks:
        found.update((front + i + n, front + j + n) for n in range(size))
    found.update((len(base) - n, len(other) - n) for n in range(1, back + 1))
    return found


_Place = tuple[int, int, int]
"""Before which line, in base, mine and theirs."""


class _SideBySide:
    """The three texts, cut at each line that all three have, in front of it and behind it."""

    def __init__(self, texts: tuple[_Text, _Text, _Text]) -> None:
        self.texts = texts
        base, mine, theirs = texts
        ours, others = _twins(base.keys, mine.keys), _twins(base.keys, theirs.keys)
        self.cuts: list[_Place] = [(0, 0, 0)]
        self.stable: set[_Place] = set()
        for line in range(len(base.keys)):
            if line in ours and line in others:
                place = line, ours[line], others[line]
                self.stable.add(place)
                self.cut(place)
                self.cut((place[0] + 1, place[1] + 1, place[2] + 1))
        self.cut((len(base.keys), len(mine.keys), len(theirs.keys)))

    def cut(self, place: _Place) -> None:
        if self.cuts[-1] != place:
            self.cuts.append(place)

    def lines(self, n: int) -> tuple[list[str], list[str], list[str]]:
        """What stands between cut n and the next one."""
        start, end = self.cuts[n], self.cuts[n + 1]
        base, mine, theirs = (
            text.keys[a:b] for text, a, b in zip(self.texts, start, end, strict=True)
        )
        return base, mine, theirs

    def clashes(self) -> list[tuple[int, int]]:
        """The cuts around each place that both changed in different ways, in whole statements."""
        found: list[tuple[int, int]] = []
        for n in range(len(self.cuts) - 1):
            base, mine, theirs = self.lines(n)
            if mine not in (base, theirs) and theirs != base:
                found.append((n, n + 1))
        before: list[tuple[int, int]] = []
        while found != before:
            before, found = found, _apart([self.widened(*one) for one in found])
        return found

    def everything(self) -> list[tuple[int, int]]:
        """The cuts around all that was changed, in whole declarations."""
        changed = [n for n, place in enumerate(self.cuts[:-1]) if place not in self.stable]
        return [self.widened(changed[0], changed[-1] + 1, inside=False)]

    def widened(self, first: int, last: int, *, inside: bool = True) -> tuple[int, int]:
        """As little more as makes whole statements in all three texts."""
        while True:
            start, end = self.cuts[first], self.cuts[last]
            for place, text in enumerate(self.texts):
                statements = text.statements
                if not inside:
                    statements = [_Statement(one.start, one.end, []) for one in statements]
                begins, ends = _widened(statements, start[place], end[place])
                while self.cuts[first][place] > begins:
                    first -= 1
                while self.cuts[last][place] < ends:
                    last += 1
            if (start, end) == (self.cuts[first], self.cuts[last]):
                return first, last

    def merged(self, clashes: list[tuple[int, int]]) -> Merge:
        parts: list[str | Conflict] = []
        n = 0
        for first, last in [*clashes, (len(self.cuts) - 1, len(self.cuts) - 1)]:
            said = "".join(self.result(one) for one in range(n, first))
            if said:
                parts.append(said)
            if first < last:
                start, end = self.cuts[first], self.cuts[last]
                pieces = (
                    text.piece(a, b) for text, a, b in zip(self.texts, start, end, strict=True)
                )
                parts.append(Conflict(*pieces))
            n = last
        base, mine, theirs = self.texts
        bom = _either(base.bom, mine.bom, theirs.bom)
        style = _either(base.style, mine.style, theirs.style)
        tail = _either(base.tail, mine.tail, theirs.tail)
        return Merge(tuple(parts), BOM if bom else "", style, tail)

    def result(self, n: int) -> str:
        """What stands between a cut and the next one where that is no conflict."""
        base, mine, _ = self.lines(n)
        side = 2 if mine == base else 1
        start, end = self.cuts[n], self.cuts[n + 1]
        lines = self.texts[side].lines[start[side] : end[side]]
        return "".join(line if _end(line) else f"{line}\n" for line in lines)


def _apart(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that overlap, as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first < found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
