"""Tree -> canonical text: two blanks for each level, comments where they were, single blank lines
where the author had some, lines broken inside brackets where the author broke them, and no more
parentheses than needed or helpful.

`print_file(parse(text).tree)` parses to the same tree again, and prints the same text again.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsl import tree
from dsl.printing.expressions import print_condition, print_happening, print_value
from dsl.printing.heads import print_head, print_step_head
from dsl.printing.rows import break_rows, print_comment
from dsl.printing.structure import arms_behind, block_of, starts_steps

__all__ = [
    "print_condition",
    "print_file",
    "print_first_line",
    "print_happening",
    "print_statement",
    "print_step_head",
    "print_value",
]

INDENT = "  "


def print_file(file: tree.File) -> str:
    """The canonical text of a file, with a line end behind the last line."""
    page = _Page()
    for n, declaration in enumerate(file.declarations):
        if n:
            page.blank()
        page.statement(declaration, 0)
    if file.dangling:
        page.blank()
        page.comments(file.dangling, 0)
    return page.text()


def print_statement(node: tree.Statement, depth: int = 0) -> str:
    """One statement with its comments and block, `depth` levels deep."""
    page = _Page()
    page.statement(node, depth)
    return page.text()


def print_first_line(node: tree.Statement) -> list[tuple[int, str]]:
    """The rows of a statement's first line with the comments behind them, and how many levels
    deeper than the statement each stands; of an unreadable one all that it is.
    """
    unread = node.text if isinstance(node, tree.Unreadable) else getattr(node, "unread", "")
    if unread:
        rows = [(0, row) for row in unread.split("\n")]
    else:
        line = print_head(node) + (":" if block_of(node) is not None else "")
        broken = break_rows(line, node.rows) if node.rows else [(0, line, "")]
        rows = [(deeper, _row(words, comment)) for deeper, words, comment in broken]
    if node.tail:
        deeper, row = rows[-1]
        rows[-1] = (deeper, _row(row, node.tail))
    return rows


def _row(words: str, comment: str) -> str:
    said = print_comment(comment) if comment else ""
    return f"{words}  {said}" if words and said else words or said


class _Page:
    """Lines of text so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def text(self) -> str:
        return "\n".join([*self.lines, ""]) if self.lines else ""

    def blank(self) -> None:
        """An empty line, but never two and none at the start."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def comments(self, comments: Sequence[str], depth: int) -> None:
        for comment in comments:
            if comment:
                self.lines.append(f"{INDENT * depth}{print_comment(comment)}")
            else:
                self.blank()

    def statement(self, node: tree.Statement, depth: int) -> None:
        self.comments(node.lead, depth)
        for deeper, row in print_first_line(node):
            self.lines.append(f"{INDENT * (depth + deeper)}{row}" if row else "")
        blocks = block_of(node)
        if blocks is not None:
            lines, dangling = blocks
            self.block(lines, dangling, depth + 1)
        for arm in arms_behind(node):
            self.statement(arm, depth)

    def block(self, lines: Sequence[tree.Statement], dangling: Sequence[str], depth: int) -> None:
        for n, line in enumerate(lines):
            if n and (line.blank_before or starts_steps(lines[n - 1], line)):
                self.blank()
            self.statement(line, depth)
        self.comments(dangling, depth)
