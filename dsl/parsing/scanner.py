"""Source text -> logical lines in a tree: what stands in whose block, and which comment is whose.

A logical line is a physical one, or several when brackets stay open. This file knows strings,
comments, brackets and indentation, and nothing of what a line says.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import NamedTuple

DECLARATION_WORDS = (
    "store",
    "customer",
    "product",
    "event",
    "webhook",
    "score",
    "coupon",
    "segment",
    "flow",
    "test",
)
_DECLARATION = re.compile(
    r"^(?:(?:flow|segment|event|webhook|score|coupon)[ \t]+[a-z]\w*[ \t]*[:\"\r\n]"
    r"|(?:test|store)[ \t]+\""
    r"|(?:customer|product)[ \t]*:[ \t\r]*$)",
    re.MULTILINE,
)
# What may change how a line ends: strings, comments, brackets, line ends, a quote left open.
_MARKS = re.compile(r'"(?:\\.|[^"\\\n])*"|(#)[^\n]*|([(\[])|([)\]])|(\n)|(")[^\n]*')
_COMMENT, _OPEN, _CLOSE, _END, _UNCLOSED = 1, 2, 3, 4, 5
_BLANKS = re.compile(r"[ \t]*")
EMPTY_COMMENT = " "  # a `#` alone; an empty string stands for a blank line


class Comment(NamedTuple):
    """A comment line of its own, or a blank line (`text` is None); `begin` is where it begins,
    with its blanks.
    """

    indent: int
    text: str | None
    end: int
    begin: int


@dataclass(slots=True, eq=False)
class Line:
    """A logical line and the lines of its block.

    `start` and `end` are offsets of its text without blanks and comment. `begin` is where the
    blanks in front of it begin, `lead_begin` where those of its first comment do (`begin` where
    there is none). `whole_end` is where its block ends with all comments in it. `fault` is why its
    indentation cannot be right.
    """

    start: int
    end: int
    indent: int
    begin: int = 0
    lead_begin: int = 0
    lead: tuple[str, ...] = ()
    tail: str = ""
    inner: tuple[str, ...] = ()
    blank_before: bool = False
    children: list[Line] = field(default_factory=list)
    dangling: tuple[str, ...] = ()
    whole_end: int = 0
    unclosed: int = -1  # offset of a quote without its partner
    open_bracket: int = -1  # offset of a bracket without its partner
    fault: str = ""
    tabs: bool = False


@dataclass(slots=True)
class _Block:
    indent: int
    owner: Line
    blanks: str = ""  # in front of its first line
    dangling: list[Comment] = field(default_factory=list)


def comment_text(raw: str) -> str:
    """What a comment says, without `#` and the blank after it."""
    text = raw[1:].rstrip()
    if not text:
        return EMPTY_COMMENT
    return text[1:] if text[0] == " " else text


def begins_declaration(text: str, line: Line) -> bool:
    """Whether a line can only be the first of a declaration."""
    return _DECLARATION.match(text, line.start) is not None


def scan(text: str) -> Line:
    """The lines of `text` as the children of a line that stands for the whole file."""
    return _Tree(text).build()


def _match_brackets(text: str, marks: list[re.Match[str]]) -> set[int]:
    """Offsets of opening brackets that have a partner.

    A bracket never reaches over the start of a declaration: there, somebody forgot to close it.
    """
    walls = [match.start() for match in _DECLARATION.finditer(text)]
    matched: set[int] = set()
    opened: list[int] = []
    for mark in marks:
        kind = mark.lastindex
        if kind == _OPEN:
            opened.append(mark.start())
        elif kind == _CLOSE and opened:
            start = opened.pop()
            wall = bisect_left(walls, start)
            if wall < len(walls) and walls[wall] < mark.start():
                opened.clear()
            else:
                matched.add(start)
    return matched


class _Tree:
    def __init__(self, text: str) -> None:
        self.text = text
        self.root = Line(0, 0, -1)
        self.blocks = [_Block(0, self.root)]
        self.pending: list[Comment] = []

    def build(self) -> Line:
        text = self.text
        marks = list(_MARKS.finditer(text))
        matched = _match_brackets(text, marks)
        begin = 1 if text.startswith("\ufeff") else 0
        comment: re.Match[str] | None = None
        inner: list[str] = []
        depth, unclosed, lonely = 0, -1, -1
        closes: list[bool] = []
        for mark in marks:
            kind = mark.lastindex
            if kind == _END:
                if depth:
                    continue
                self.line(begin, mark.start(), comment, inner, unclosed, lonely)
                begin, comment, inner, unclosed, lonely = mark.end(), None, [], -1, -1
                closes.clear()
            elif kind == _COMMENT:
                if depth:
                    inner.append(comment_text(mark.group()))
                else:
                    comment = mark
            elif kind == _OPEN:
                if mark.start() in matched:
                    depth += 1
                    closes.append(True)
                else:
                    closes.append(False)
                    if lonely < 0:
                        lonely = mark.start()
            elif kind == _CLOSE:
                while closes and not closes[-1]:
                    closes.pop()
                if closes:
                    closes.pop()
                    depth -= 1
            elif kind == _UNCLOSED:
                unclosed = mark.start()
        self.line(begin, len(text), comment, inner, unclosed, lonely)
        return self.finish()

    def line(
        self,
        begin: int,
        end: int,
        comment: re.Match[str] | None,
        inner: list[str],
        unclosed: int,
        lonely: int,
    ) -> None:
        """Takes one logical line, a comment line or a blank line."""
        text = self.text
        blanks = _BLANKS.match(text, begin, end)
        start = blanks.end() if blanks else begin
        stop = comment.start() if comment else end
        if start >= stop or not text[start:stop].strip(" \t\r"):
            if comment:
                said = comment_text(comment.group())
                ends = comment.start() + len(comment.group().rstrip())
                deep = self.depth_of(text[begin:start])
                self.pending.append(Comment(deep, said, ends, begin))
            elif end < len(text) or end > begin:
                self.pending.append(Comment(0, None, begin, begin))
            return
        content_end = start + len(text[start:stop].rstrip(" \t\r"))
        line = Line(start, content_end, start - begin, unclosed=unclosed, open_bracket=lonely)
        line.begin = line.lead_begin = begin
        if "\t" in text[begin:start]:
            line.tabs = True
            line.indent = self.depth_of(text[begin:start])
        line.whole_end = content_end
        if comment:
            line.tail = comment_text(comment.group())
            line.whole_end = comment.start() + len(comment.group().rstrip())
        self.place(line)
        self.lead(line, inner)

    def depth_of(self, blanks: str) -> int:
        """How deep blanks stand; tabs are most likely meant for a level each, else four blanks."""
        if "\t" not in blanks:
            return len(blanks)
        if blanks.strip("\t"):
            return len(blanks.expandtabs(4))
        levels = [block.indent for block in self.blocks]
        for block in self.blocks:
            if block.blanks == blanks:
                return block.indent
        if len(blanks) < len(levels):
            return levels[len(blanks)]
        return levels[-1] + 2 * (len(blanks) - len(levels) + 1)

    def place(self, line: Line) -> None:
        """Finds the block in which `line` stands, and hands comments to blocks that end here."""
        blocks = self.blocks
        indent = line.indent
        if indent > blocks[-1].indent:
            siblings = blocks[-1].owner.children
            if siblings:
                blocks.append(_Block(indent, siblings[-1], self.text[line.begin : line.start]))
            else:
                line.fault = "unexpected"
                blocks[-1].indent = indent  # what follows at this depth is no second fault
        elif indent < blocks[-1].indent:
            below = next((n for n in range(len(blocks))[::-1] if blocks[n].indent <= indent), 0)
            stays = below
            if indent > blocks[below].indent:
                # Between two depths: it can only be meant for the deeper block.
                line.fault = "between"
                stays += 1
            self.share_comments(max(indent, blocks[stays].indent))
            while len(blocks) > stays + 1:
                self.close(blocks.pop())
            blocks[below].indent = min(blocks[below].indent, indent)
        blocks[-1].owner.children.append(line)

    def share_comments(self, indent: int) -> None:
        """Comments indented deeper than the next line belong to the block that ends there."""
        depth = len(self.blocks) - 1
        taken = 0
        for count, comment in enumerate(self.pending, 1):
            if comment.text is None:
                if depth < len(self.blocks):
                    self.blocks[depth].dangling.append(comment)
                continue
            while depth >= 0 and self.blocks[depth].indent > comment.indent:
                depth -= 1
            if depth < 0 or self.blocks[depth].indent <= indent:
                break
            self.blocks[depth].dangling.append(comment)
            taken = count
        if taken < len(self.pending):
            # Blank lines behind the last comment taken stay with what follows.
            for block in self.blocks:
                while block.dangling and block.dangling[-1].text is None:
                    block.dangling.pop()
        del self.pending[:taken]

    def lead(self, line: Line, inner: list[str]) -> None:
        """Gives the comments above `line` to it."""
        said: list[str] = []
        for comment in self.pending:
            if comment.text is not None:
                if not said:
                    line.lead_begin = comment.begin
                said.append(comment.text)
            elif said and said[-1]:
                said.append("")
            elif not said:
                line.blank_before = True
        self.pending.clear()
        line.lead, line.inner = tuple(said), tuple(inner)

    def close(self, block: _Block) -> None:
        """Ends a block: its owner now knows the comments after its last line, and its end."""
        said: list[str] = []
        for comment in block.dangling:
            if comment.text is not None:
                said.append(comment.text)
            elif said and said[-1]:
                said.append("")
        while said and not said[-1]:
            said.pop()
        owner = block.owner
        owner.dangling = (*owner.dangling, *said)
        ends = [comment.end for comment in block.dangling if comment.text is not None]
        last = max([owner.whole_end, *ends, *(child.whole_end for child in owner.children[-1:])])
        owner.whole_end = last
        block.dangling.clear()

    def finish(self) -> Line:
        self.share_comments(-1)
        self.pending.clear()
        while self.blocks:
            self.close(self.blocks.pop())
        self.root.end = len(self.text)
        return self.root
