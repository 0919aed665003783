"""Source text -> syntax tree, comments and diagnostics.

The parser is driven statement by statement (`docs/decisions/0003`): the scanner says which lines
stand in whose block, the lexer reads the words of a line in the parser's current state, and Lark's
parse table decides. What cannot be read becomes one `Unreadable` with one diagnostic, and the
parser goes on behind it from the snapshot that it took in front of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from dsl import tree
from dsl.diagnostics import Diagnostic
from dsl.parsing.automaton import Automaton
from dsl.parsing.building import Builder
from dsl.parsing.building.values import flat
from dsl.parsing.layout import MAX_BLOCKS, check_place
from dsl.parsing.lexer import (
    GAP,
    INT,
    LITERALS,
    SHAPES,
    Depth,
    Refused,
    Token,
    check_literal,
    touching,
    word_type,
)
from dsl.parsing.mistakes import Mistake, explain
from dsl.parsing.mistakes.rewriting import in_our_words
from dsl.parsing.remains import below, first_word, read_head
from dsl.parsing.scanner import Line, begins_declaration, scan
from dsl.parsing.source import MAX_BYTES, Places, bad_characters

MAX_REWORDED = 20  # errors whose whole line is said in our words
MAX_EXPLAINED = 50  # errors after which sentences get shorter, to stay fast in rubble


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as far as it could be read. `diagnostics` are in source order.

    `file` is what diagnostics call it. `lines` has the line of each statement by the offset where
    its words begin: what edits of the text must know of a statement beside what it says.
    """

    tree: tree.File
    diagnostics: tuple[Diagnostic, ...]
    text: str
    lines: Mapping[int, Line] = field(default_factory=dict, compare=False, repr=False)
    file: str = "<text>"


_LIMITS = frozenset({"too-deep", "too-many-steps"})


def parse(text: str, file: str = "<text>") -> Parsed:
    """Reads a `.flow` file. Never raises for what the text says.

    Spans count in code points of `text` as given; a byte order mark takes no column.
    """
    if len(text) > MAX_BYTES // 4 and len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return _too_long(text, file)
    return _Reader(text, file).read()


def _too_long(text: str, file: str) -> Parsed:
    """Nothing of a file over the limit is taken; the place is where the limit is passed.

    What makes a file that long is often another limit that was passed before: those are named, too.
    """
    data = text.encode("utf-8", "surrogatepass")
    offset = len(data[:MAX_BYTES].decode("utf-8", "ignore"))
    span = Places(text).span(offset, min(offset + 1, len(text)))
    diagnostic = Diagnostic(
        "file-too-long",
        "error",
        f"This file is longer than {MAX_BYTES // 1024} KB.",
        file,
        span,
        "Split it: all `.flow` files of a folder are one project.",
    )
    head = text[: text.rfind("\n", 0, offset) + 1]
    limits = [one for one in _Reader(head, file).read().diagnostics if one.code in _LIMITS]
    return Parsed(tree.File((), span=Places("").span(0, 0)), (*limits, diagnostic), text, {}, file)


class _Reader:
    """Reads one file: the automaton and what happened so far."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.places = Places(text)
        self.lines: dict[int, Line] = {}
        self.builder = Builder(self.places, self.lines)
        self.automaton = Automaton(self.builder)
        self.last = 0  # where the last thing read ends
        self.diagnostics: list[Diagnostic] = []
        self.bad = bad_characters(text)
        self.bad_offsets = [bad.offset for bad in self.bad]
        self.tabs = 0
        self.quiet = False  # the indentation is wrong, and that was said

    def read(self) -> Parsed:
        root = scan(self.text)
        self.statements(root.children, 0)
        self.automaton.feed("$END", None, self.last, self.last)
        declarations = flat(self.automaton.value)
        for bad in self.bad:
            self.report(bad.code, bad.message, bad.hint, bad.offset, bad.offset + 1)
        found = [
            Diagnostic(code, "error", message, self.file, span, hint)
            for (code, _), (message, hint, span) in self.builder.findings.items()
        ]
        diagnostics = sorted(self.diagnostics + found, key=lambda d: (d.span.start, d.span.end))
        file = tree.File(declarations, root.dangling, span=self.places.span(0, len(self.text)))
        return Parsed(file, tuple(diagnostics), self.text, self.lines, self.file)

    def report(self, code: str, message: str, hint: str, start: int, end: int) -> None:
        span = self.places.span(start, end)
        self.diagnostics.append(Diagnostic(code, "error", message, self.file, span, hint))

    # --- statements ----------------------------------------------------------------------------

    def statements(self, lines: list[Line], depth: int) -> None:
        n = 0
        while n < len(lines):
            line = lines[n]
            n += 1
            self.lines[line.start] = line
            self.automaton.settle()
            snapshot = self.automaton.stack[:]
            before = self.last
            try:
                if self.head(line, depth):
                    self.body(line, depth)
                elif line.children:
                    self.stray_block(line)
            except Refused as fault:
                self.automaton.stack = snapshot
                self.last = before
                n = self.recover(lines, n, depth, fault)
            except _Known:
                self.automaton.stack = snapshot
                self.last = before
                n = self.recover(lines, n, depth, None)

    def body(self, line: Line, depth: int) -> None:
        self.automaton.feed("_INDENT", None, self.last, self.last)
        self.statements(line.children, depth + 1)
        self.automaton.feed("_DEDENT", line.dangling, self.last, self.last)

    def stray_block(self, line: Line) -> None:
        """Lines indented below a line that opens no block: they stay, unread."""
        first = line.children[0]
        self.report(
            "unexpected-indent",
            "This line is indented deeper, but the line above it opens no block.",
            "Indent it like the line above; only a line that ends in `:` has a block.",
            first.start,
            first.end,
        )
        self.lines[first.start] = first
        self.put(first, max(line.children[-1].whole_end, line.whole_end))

    def recover(self, lines: list[Line], n: int, depth: int, fault: Refused | None) -> int:
        """Goes on behind line n - 1, which cannot be read: as much as can be made out is kept."""
        line = lines[n - 1]
        if fault is not None and len(self.diagnostics) < MAX_REWORDED:
            fault = in_our_words(fault, self.text, line, self.automaton)
        head = None
        if self.automaton.possible("FLOW"):
            below_it = (self.text[one.start : one.end] for one in line.children)
            head = read_head(self.text[line.start : line.end], below_it)
        unindented = head is not None and self.take_in(lines, n)
        if fault is not None and unindented and fault.code == "missing-block":
            fault = Refused(
                "missing-block",
                "The lines below this one are not indented, so they do not belong to it.",
                "Indent them by two spaces, and what stands below an `if` or a `wait` by two more.",
                line.start,
                line.end,
            )
        if fault is not None and not (self.quiet and fault.code in _OF_INDENTATION):
            self.report(fault.code, fault.message, fault.hint, fault.start, fault.end)
        if head is None:
            return self.keep_below(lines, n, depth)
        self.builder.unread.add(line.start)
        if line.children:
            before, self.quiet = self.quiet, self.quiet or unindented
            for symbol, text in head.symbols():
                self.automaton.feed(
                    symbol, Token(symbol, text, line.start, line.end), line.start, line.end
                )
            self.last = line.end
            self.body(line, depth)
            self.quiet = before
        else:
            node = self.builder.without_block(line, head)
            self.last = line.end
            self.automaton.feed("UNREADABLE", node, line.start, line.end)
        return n

    def take_in(self, lines: list[Line], n: int) -> bool:
        """Lines at the depth of a declaration that can only belong to it become its block."""
        line = lines[n - 1]
        end = n
        while end < len(lines) and not begins_declaration(self.text, lines[end]):
            end += 1
        if line.children or end == n:
            return False
        line.children = lines[n:end]
        line.whole_end = max(line.whole_end, lines[end - 1].whole_end)
        del lines[n:end]
        return True

    def keep_below(self, lines: list[Line], n: int, depth: int) -> int:
        """Stands an `Unreadable` in for line n - 1; steps and arms below it are read."""
        line, text = lines[n - 1], self.text
        kind = ""
        if line.children and depth <= MAX_BLOCKS:
            firsts = (text[one.start : one.end] for one in line.children)
            kind = below(firsts, first_word(text[line.start : line.end]))
        for symbol in ("UNREADABLE_ARMS",) * (kind == "arms") + ("UNREADABLE_HEAD",) * bool(kind):
            if self.automaton.possible(symbol):
                node = self.builder.unreadable(line, head=True)
                self.automaton.feed(symbol, node, line.start, line.end)
                self.last = line.end
                self.body(line, depth)
                return n
        return self.give_up(lines, n)

    def give_up(self, lines: list[Line], n: int) -> int:
        """Stands an `Unreadable` in for line n - 1, its block, and the `else` lines behind it."""
        line = lines[n - 1]
        if n == len(lines) or not self.text.startswith("else", lines[n].start):
            self.put(line, None)
            return n
        # An `else:` whose `if` could not be read belongs to it; in a switch it is an arm.
        snapshot = self.automaton.stack[:]
        self.automaton.feed("UNREADABLE", None, line.start, line.whole_end)
        mine = not self.automaton.possible("ELSE")
        self.automaton.stack = snapshot
        if mine and not line.children and self.automaton.possible("UNREADABLE_ALONE"):
            node = self.builder.unreadable(line, head=True)
            self.automaton.feed("UNREADABLE_ALONE", node, line.start, line.end)
            self.last = line.end
            return n
        end = line.whole_end
        while mine and n < len(lines) and self.text.startswith("else", lines[n].start):
            end = lines[n].whole_end
            n += 1
        self.put(line, end if end > line.whole_end else None)
        return n

    def put(self, line: Line, end: int | None) -> None:
        node = self.builder.unreadable(line, end)
        self.last = node.span.end
        self.automaton.feed("UNREADABLE", node, line.start, self.last)

    # --- one line ------------------------------------------------------------------------------

    def head(self, line: Line, depth: int) -> bool:
        """Reads the words of a line; True when a block follows. Raises `Refused`."""
        self.check_layout(line, depth)
        tokens: list[Token] = []
        self.words(line, tokens)
        self.last = line.end
        opens = bool(tokens) and tokens[-1].type == "COLON"
        if opens and line.children:
            return True
        if opens:
            colon = tokens[-1]
            raise Refused(
                "missing-block",
                "Nothing stands below this line, which ends in `:`.",
                "Write the lines of its block below it, indented by two spaces"
                f"{self.nothing(depth)}.",
                colon.start,
                colon.end,
            )
        if line.children and self.automaton.possible("COLON"):
            raise Refused(
                "missing-colon",
                "This line needs a `:` at its end, because a block stands below it.",
                "Add `:` at the end of the line.",
                line.end - 1,
                line.end,
            )
        if not self.automaton.feed("_NL", None, line.end, line.end):
            raise self.mistake(line, tokens, None)
        return False

    def nothing(self, depth: int) -> str:
        """What may stand in a block of steps where nothing is to happen."""
        symbols = iter(("_INDENT", "GO", ""))
        takes_steps = depth > 0 and self.automaton.accepts(lambda _: next(symbols))
        return "; `go on` where nothing is to happen" if takes_steps else ""

    def check_layout(self, line: Line, depth: int) -> None:
        """Refuses lines whose place or characters cannot be right."""
        bad = bisect_left(self.bad_offsets, line.start)
        if bad < len(self.bad_offsets) and self.bad_offsets[bad] < line.end:
            raise _Known
        if line.tabs:
            self.tabs += 1
            if self.tabs == 1:
                start = self.text.rfind("\n", 0, line.start) + 1
                self.report(
                    "tab",
                    "This line is indented with a tab.",
                    "Indent with spaces, two for each level; `headrace fmt` does it for the file.",
                    start,
                    line.start,
                )
        check_place(line, depth, self.text)

    def words(self, line: Line, tokens: list[Token]) -> None:
        """Feeds the words of `line` to the parser, each read as the state allows."""
        text, stop = self.text, line.end
        keywords = self.automaton.keywords
        position = line.start
        depth = Depth()
        glued = False  # the last token ended in a letter or digit
        while position < stop:
            gap = GAP.match(text, position, stop)
            begin = gap.end() if gap else position
            if begin >= stop:
                break
            shape = SHAPES.match(text, begin, stop)
            if shape is None:
                raise self.mistake(line, tokens, Token("?", text[begin], begin, begin + 1))
            kind, word, end = str(shape.lastgroup), shape.group(), shape.end()
            row = self.automaton.row
            symbol: str | None = kind
            if kind == "WORD":
                symbol = word_type(text, word, end, row, keywords)
            elif kind == "MARK":
                symbol = keywords.get(word)
            elif kind == "MONTH_DAY" and kind not in row:
                number = INT.match(text, begin, stop)
                if number is not None:
                    kind = symbol = "INT"
                    word, end = number.group(), number.end()
            token = Token(symbol or kind, word, begin, end)
            if glued and begin == position and kind not in _SIGNS:
                raise touching(tokens[-1], token)
            if kind in LITERALS:
                check_literal(token)
            depth.see(token)
            if symbol is None or not self.automaton.feed(symbol, token, begin, end):
                raise self.mistake(line, tokens, token)
            tokens.append(token)
            glued = kind not in _SIGNS and kind != "STRING"
            position = end

    def mistake(self, line: Line, tokens: list[Token], token: Token | None) -> Refused:
        """What is wrong with a line whose words are right up to `token` (None: it just ends)."""
        expected: frozenset[str] | None = None
        if len(self.diagnostics) < MAX_EXPLAINED:
            row = self.automaton.row
            expected = frozenset(
                symbol for symbol in row if symbol.isupper() and self.automaton.possible(symbol)
            )
        return explain(Mistake(self.text, line, tokens, token, expected, self.automaton.keywords))


class _Known(Exception):  # noqa: N818
    """A statement that cannot be read, for a reason that is reported already."""


_OF_INDENTATION = frozenset(
    {"missing-block", "misplaced-line", "unexpected-indent", "inconsistent-indent"}
)
_SIGNS = frozenset({"MARK", "COMPARE", "SIGN", "MULTIPLY"})
