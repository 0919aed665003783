"""Where the text of each statement lies: blank lines, comments, first line, block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dsl import tree
from dsl.parsing.parser import Parsed
from dsl.parsing.scanner import Line
from dsl.parsing.source import BOM
from dsl.printing.structure import arms_behind, block_of


@dataclass(slots=True)
class Region:
    """Offsets of a statement's parts; each begins where a line begins.

    `gap` is where the blank lines above it begin, `lead` its first comment, `head` its first line,
    `head_end` lies behind the line end of that, `end` behind the line end of its last line.
    """

    gap: int
    lead: int
    head: int
    head_end: int
    end: int
    indent: str
    line: Line


class Regions:
    """The regions of a file's statements, by the identity of the node.

    `line_end` and `unit` (how much deeper a block is indented) are what the file mostly has.
    """

    def __init__(self, parsed: Parsed) -> None:
        self.text = text = parsed.text
        self._lines = parsed.lines
        self._found: dict[int, Region] = {}
        self._deeper: Counter[str] = Counter()
        self.begin = len(BOM) if text.startswith(BOM) else 0
        self.line_end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") > 0 else "\n"
        self.end = self._walk(parsed.tree.declarations, self.begin, None)
        self.unit = self._deeper.most_common(1)[0][0] if self._deeper else "  "

    def __getitem__(self, node: tree.Statement) -> Region:
        return self._found[id(node)]

    def get(self, node: tree.Statement) -> Region | None:
        """Where a statement stands, None for a new one."""
        return self._found.get(id(node))

    def behind_line(self, offset: int) -> int:
        """Where the next line begins."""
        at = self.text.find("\n", offset)
        return len(self.text) if at < 0 else at + 1

    def gap(self, node: tree.Statement) -> str:
        """The blank lines above a statement and its comments."""
        region = self[node]
        return self.text[region.gap : region.lead]

    def level(self, start: int, end: int, indent: str) -> bool:
        """Whether all comments there are indented like this."""
        rows = self.text[start:end].split("\n")
        return all(row.startswith(f"{indent}#") or not row.strip() for row in rows)

    def block_end(self, node: tree.Statement) -> int:
        """Where the block below a statement ends, its comments included."""
        behind = arms_behind(node)
        return self[behind[0]].gap if behind else self[node].end

    def indent_below(self, node: tree.Statement) -> str:
        """How deep the lines of a statement's block are indented."""
        block = block_of(node)
        return self.indent_of(block[0] if block else (), self[node].indent + self.unit)

    def deeper(self, node: tree.Statement) -> str:
        """How much deeper than a statement its block is indented."""
        own, below = self[node].indent, self.indent_below(node)
        return below[len(own) :] if below.startswith(own) and below != own else self.unit

    def indent_of(self, lines: Sequence[tree.Statement], otherwise: str) -> str:
        """How deep the lines of one block are indented; of a broken line that says little, so
        where all are broken it is as deep as most.
        """
        known = [one for one in lines if self.get(one) is not None]
        sure = next((one for one in known if not isinstance(one, tree.Unreadable)), None)
        if sure is not None or not known:
            return otherwise if sure is None else self[sure].indent
        return Counter(self[one].indent for one in known).most_common(1)[0][0]

    def _walk(self, nodes: Sequence[tree.Statement], begin: int, above: str | None) -> int:
        """Notes statements that follow each other from `begin` on; gives where they end."""
        for node in nodes:
            line = self._lines[node.span.start]
            indent = self.text[line.begin : line.start]
            head_end = self.behind_line(line.end)
            region = Region(
                begin, max(line.lead_begin, begin), line.begin, head_end, head_end, indent, line
            )
            self._found[id(node)] = region
            if above is not None and indent.startswith(above) and indent != above:
                self._deeper[indent[len(above) :]] += 1
            block = block_of(node)
            if block is not None:
                below = self._walk(block[0], head_end, indent)
                region.end = max(below, self.behind_line(line.whole_end - 1))
            elif isinstance(node, tree.Unreadable) and not isinstance(node, tree.UnreadableHead):
                region.end = self.behind_line(max(node.span.end, line.whole_end) - 1)
                region.head_end = region.end
            for arm in arms_behind(node):
                region.end = self._walk([arm], region.end, above)
            begin = region.end
        return begin
