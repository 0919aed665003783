"""Broken lines that read otherwise where an edit puts them, or once it changes what stands above.

What a broken line is taken for, and how much of what stands below belongs to it, hangs on the
lines around it. So a text says what was asked for where all that can be read is read the same, in
the same blocks, and broken lines stand between it word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from dsl import tree
from dsl.parsing.parser import Parsed
from dsl.parsing.scanner import comment_text
from dsl.printing.structure import arms_behind, block_of

Twins = Mapping[int, tree.Statement]


def healed(asked: tree.File, read: Parsed) -> Twins | None:
    """The statements that were `asked` for, by the identity of those that are `read` for them.

    None where the text says something else, whatever its broken lines are taken for.
    """
    return _Comparison(read).compare(_pieces(asked))


@dataclass(frozen=True, slots=True)
class _Piece:
    """The first line of a statement that can be read, a row of one that cannot, a comment, or where
    a block begins or ends. `node` is the statement that begins there.
    """

    kind: Literal["head", "row", "comment", "in", "out"]
    text: str = ""
    tail: str = ""
    node: tree.Statement | None = None


_IN, _OUT = _Piece("in"), _Piece("out")


def _pieces(file: tree.File) -> Iterator[_Piece]:
    for one in file.declarations:
        yield from _of(one)
    yield from _comments(file.dangling)


def _of(node: tree.Statement) -> Iterator[_Piece]:
    yield from _comments(node.lead)
    words = node.text if isinstance(node, tree.Unreadable) else getattr(node, "unread", "")
    if words:
        yield from _rows(words, node)
    else:
        yield _Piece("head", node=node)
    block = block_of(node)
    if block is not None:
        own = not words or any(not _is_broken(one) for one in block[0])
        yield from (_IN,) * own
        for one in block[0]:
            yield from _of(one)
        yield from _comments(block[1])
        yield from (_OUT,) * own
    for arm in arms_behind(node):
        yield from _of(arm)


def _is_broken(node: tree.Statement) -> bool:
    """Whether nothing of a statement could be read."""
    lines = (*(block_of(node) or ((),))[0], *arms_behind(node))
    return isinstance(node, tree.Unreadable) and all(map(_is_broken, lines))


def _comments(comments: Sequence[str]) -> Iterator[_Piece]:
    yield from (_Piece("comment", one) for one in comments if one)


def _rows(words: str, node: tree.Statement) -> Iterator[_Piece]:
    """What stands in the rows of these words, however deep each stands."""
    begins: tree.Statement | None = node
    rows = words.split("\n")
    for n, row in enumerate(rows, 1):
        said, comment = _split(row)
        tail = node.tail if n == len(rows) and node.tail else comment
        if said:
            yield _Piece("row", said, tail, begins)
            begins = None
        elif tail:
            yield _Piece("comment", tail)


_MARKS = re.compile(r'"(?:\\.|[^"\\])*"|(#.*)|".*')


def _split(row: str) -> tuple[str, str]:
    """The words of a row, without the `:` at their end, and what the comment behind them says."""
    mark = next((one for one in _MARKS.finditer(row) if one.group(1)), None)
    words = row if mark is None else row[: mark.start()]
    said = "" if mark is None else comment_text(mark.group(1))
    return words.strip(" \t\r").removesuffix(":").rstrip(" \t"), said


class _Comparison:
    """Goes through what was asked for and what is read at once.

    `deeper`: as many blocks were opened by broken lines that are read now. Until the next line that
    could be read before, they have to end again.
    """

    def __init__(self, read: Parsed) -> None:
        self.parsed = read
        self.left = [*_pieces(read.tree)][::-1]
        self.deeper = 0
        self.broken = False  # the line before is one that could not be read
        self.twins: dict[int, tree.Statement] = {}

    def compare(self, asked: Iterator[_Piece]) -> Twins | None:
        if not all(self.same(piece, self.next(piece)) for piece in asked):
            return None
        return self.twins if self.left == [_OUT] * self.deeper else None

    def next(self, asked: _Piece) -> _Piece | None:
        """The next piece that was read, without blocks of broken lines."""
        while self.left:
            piece = self.left.pop()
            if piece.kind == "out" and self.deeper:
                self.deeper -= 1
            elif piece.kind == "in" and self.broken and asked.kind != "in":
                self.deeper += 1
            elif piece.kind == "head" and asked.kind == "row" and piece.node is not None:
                line = self.parsed.lines[piece.node.span.start]
                words = self.parsed.text[line.start : line.end]
                self.left += [*_rows(words, piece.node)][::-1]
            else:
                return piece
        return None

    def same(self, asked: _Piece, read: _Piece | None) -> bool:
        if read is None or (asked.kind, asked.text, asked.tail) != (
            read.kind,
            read.text,
            read.tail,
        ):
            return False
        if asked.kind == "comment":
            return True
        self.broken = asked.kind == "row"
        if not self.broken and self.deeper:
            return False
        if asked.node is None or read.node is None:
            return asked.kind != "head" and not isinstance(asked.node, tree.Flow)
        self.twins[id(read.node)] = asked.node
        if asked.kind == "head":
            return _says(asked.node, read.node)
        # Others speak of a flow by its name.
        flows = [
            (one.name, one.title) if isinstance(one, tree.Flow) else None
            for one in (asked.node, read.node)
        ]
        return flows[0] in (None, flows[1])


def _says(asked: tree.Statement, read: tree.Statement) -> bool:
    """Whether two first lines say the same; what stands below them and comments above aside."""
    return type(asked) is type(read) and all(
        _holds(getattr(asked, one.name))
        or _holds(getattr(read, one.name))
        or getattr(asked, one.name) == getattr(read, one.name)
        for one in fields(asked)
        if one.compare and one.name not in ("lead", "dangling")
    )


def _holds(value: object) -> bool:
    """Whether a field holds what stands in lines of its own."""
    if isinstance(value, tuple):
        return any(isinstance(one, tree.Statement) for one in value)
    return isinstance(value, tree.Statement | tree.Block | tree.ConditionBlock)
