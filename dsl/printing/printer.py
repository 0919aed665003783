"""Tree -> canonical text: two blanks for each level, comments where they were, single blank lines
where the author had some, lines broken inside brackets where the author broke them, and no more
parentheses than needed or helpful.

`print_file(parse(text).tree)` parses to the same tree again, and prints the same text again.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsl import tree
from dsl.parsing.scanner import EMPTY_COMMENT
from dsl.printing.expressions import print_condition, print_happening, print_value
from dsl.printing.heads import print_head, print_step_head
from dsl.printing.rows import break_rows

__all__ = [
    "print_condition",
    "print_file",
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
                self.lines.append(f"{INDENT * depth}{_comment(comment)}")
            else:
                self.blank()

    def statement(self, node: tree.Statement, depth: int) -> None:
        self.comments(node.lead, depth)
        blocks = _block_of(node)
        unread = node.text if isinstance(node, tree.Unreadable) else getattr(node, "unread", "")
        if unread:
            self.lines += [f"{INDENT * depth}{row}" if row else "" for row in unread.split("\n")]
        else:
            colon = ":" if blocks is not None else ""
            rows = [(0, f"{print_head(node)}{colon}", "")]
            if node.rows:
                rows = break_rows(rows[0][1], node.rows)
            self.rows(rows, depth)
        if node.tail:
            self.lines[-1] += f"  {_comment(node.tail)}"
        if blocks is not None:
            lines, dangling = blocks
            self.block(lines, dangling, depth + 1)
        for arm in _arms_behind(node):
            self.statement(arm, depth)

    def rows(self, rows: list[tuple[int, str, str]], depth: int) -> None:
        """The rows of a first line, each with the comment behind it."""
        for deeper, words, comment in rows:
            blanks = INDENT * (depth + deeper)
            said = _comment(comment) if comment else ""
            between = "  " if words and said else ""
            self.lines.append(f"{blanks}{words}{between}{said}")

    def block(self, lines: Sequence[tree.Statement], dangling: Sequence[str], depth: int) -> None:
        for n, line in enumerate(lines):
            if n and (line.blank_before or _starts_steps(lines[n - 1], line)):
                self.blank()
            self.statement(line, depth)
        self.comments(dangling, depth)


def _comment(text: str) -> str:
    if text == EMPTY_COMMENT:
        return "#"
    return f"#{text}" if text.startswith(("#", "!")) else f"# {text}"


def _starts_steps(before: tree.Statement, line: tree.Statement) -> bool:
    return isinstance(before, _HEADERS) and isinstance(line, _STEPS)


_HEADERS = (
    tree.About,
    tree.Enter,
    tree.OnlyIf,
    tree.ReEnter,
    tree.ExitWhen,
    tree.ExitIf,
    tree.JumpWhen,
    tree.Goal,
    tree.Holdout,
    tree.Priority,
    tree.QuietHours,
    tree.Transactional,
    tree.Moved,
)
_STEPS = (tree.LabelledStatement, tree.Experiment, tree.GoOn)

_Lines = tuple[Sequence[tree.Statement], Sequence[str]]


def _block_of(node: tree.Statement) -> _Lines | None:
    """The lines below a statement's first line, and the comments behind the last of them."""
    match node:
        case tree.Flow():
            return (*node.headers, *node.steps.steps), node.steps.dangling
        case tree.Segment() | tree.ConditionGroup():
            return node.block.lines, node.block.dangling
        case tree.OnlyIf() if isinstance(node.condition, tree.ConditionBlock):
            return node.condition.lines, node.condition.dangling
        case tree.If() | tree.ElseIf() | tree.Else() | tree.ForArm() | tree.Case():
            return node.block.steps, node.block.dangling
        case tree.Arm() | tree.Repeat():
            return node.block.steps, node.block.dangling
        case tree.Wait() if node.block is not None:
            return node.block.steps, node.block.dangling
        case tree.Wait() if node.arms or (node.otherwise is not None and not node.happenings):
            return _with_else(node.arms, node.otherwise), node.dangling
        case tree.Switch():
            return _with_else(node.cases, node.otherwise), node.dangling
        case tree.Experiment():
            return _with_else(node.arms, node.otherwise), node.dangling
        case tree.UnreadableHead() if node.block is not None:
            return node.block.steps, node.block.dangling
        case tree.UnreadableHead() if node.arms:
            return _with_else(node.arms, node.otherwise), node.dangling
        case tree.Send() if node.options:
            return node.options, node.dangling
        case tree.Properties() | tree.Event() if node.properties:
            return node.properties, node.dangling
        case tree.Store() | tree.Webhook() | tree.Score() | tree.Coupon() | tree.Test():
            return node.lines, node.dangling
        case _:
            return None


def _with_else(
    arms: Sequence[tree.Statement], otherwise: tree.Else | None
) -> Sequence[tree.Statement]:
    return arms if otherwise is None else (*arms, otherwise)


def _arms_behind(node: tree.Statement) -> Sequence[tree.Statement]:
    """`else if` and `else` lines, which stand at the depth of their statement."""
    match node:
        case tree.If():
            return _with_else(node.others, node.otherwise)
        case tree.UnreadableHead() if not node.arms:
            return _with_else(node.others, node.otherwise)
        case tree.Wait() if node.block is not None and node.otherwise is not None:
            return (node.otherwise,)
        case _:
            return ()
