"""Words, numbers, strings and signs by their shape; which of its meanings a word has here, the
parser's state decides (a contextual lexer: `email` is a channel where one may stand, else a name).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_DEPTH = 50  # levels of parentheses, lists and `not`
MAX_OPERATORS = 50  # + - * / in one statement: they nest to the left
MAX_DIGITS = 15  # of a number: exact in every store, and more than any price has


@dataclass(slots=True, eq=False)
class Token:
    """A piece of a line; `type` is its terminal in the grammar."""

    type: str
    text: str
    start: int
    end: int


class Refused(Exception):  # noqa: N818 - it says what happened to the statement
    """A statement that cannot be read: why, what to do, and which offsets are to blame."""

    def __init__(self, code: str, message: str, hint: str, start: int, end: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.start = start
        self.end = end


# Blanks before a token; line ends and comments stand here only inside brackets.
GAP = re.compile(r"(?:[ \r\n]|#[^\n]*)*")

SHAPES = re.compile(
    r"(?P<WORD>re-enter\b|[^\W\d]\w*)"
    r'|(?P<STRING>"(?:\\.|[^"\\\n])*")'
    r"|(?P<ISO_DATETIME>\d{4}-\d\d-\d\d +\d\d?:\d\d)"
    r"|(?P<ISO_DATE>\d{4}-\d\d-\d\d(?!\d))"
    r"|(?P<CLOCK>\d+:\d+)"
    r"|(?P<MONTH_DAY>\d\d-\d\d(?![\d-]))"
    r"|(?P<PERCENT>\d[\d_]*(?:\.\d+)?%)"
    r"|(?P<GROUPED>\d+(?:,\d+)+(?:\.\d+)?)"
    r"|(?P<DECIMAL>\d[\d_]*\.\d+)"
    r"|(?P<INT>\d[\d_]*)"
    r"|(?P<COMPARE>[<>]=?(?!=))"
    r"|(?P<SIGN>[+-])"
    r"|(?P<MULTIPLY>[*/](?![*/]))"
    r"|(?P<MARK>[:,.()\[\]])",
)
INT = re.compile(r"\d[\d_]*")

# The words that mean something else before their partner, and what.
BEFORE_PARTNER = {
    "count": ("COUNT_OF", "of"),
    "sum": ("AGGREGATE_OF", "of"),
    "average": ("AGGREGATE_OF", "of"),
    "min": ("AGGREGATE_OF", "of"),
    "max": ("AGGREGATE_OF", "of"),
    "latest": ("AGGREGATE_OF", "of"),
    "time": ("TIME_SINCE", "since"),
    "in": ("IN_LAST", "last"),
    "all": ("QUANTIFIER", "of"),
    "any": ("QUANTIFIER", "of"),
    "none": ("QUANTIFIER", "of"),
}
# No declaration and no label may have one of these names.
RESERVED = frozenset(
    [
        "exit",
        "entry",
        "event",
        "item",
        "product",
        "customer",
        "cart",
        "order",
        "score",
        "this",
        "now",
    ]
)
NEXT_WORD = re.compile(r"(?:[ \r\n]|#[^\n]*\n)+([a-z]+)\b")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
CURRENCY_CODE = re.compile(r"[A-Z]{3}\Z")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*\Z")


def word_type(
    text: str, word: str, end: int, row: dict[str, int], keywords: dict[str, str]
) -> str | None:
    """The terminal that `word` is in a state that accepts `row`; None when it can be none."""
    pair = BEFORE_PARTNER.get(word)
    if pair is not None and pair[0] in row:
        follows = NEXT_WORD.match(text, end)
        if follows and follows.group(1) == pair[1]:
            return pair[0]
    keyword = keywords.get(word)
    if keyword is not None and keyword in row:
        return keyword
    if "NAME" in row and NAME.match(word):
        return "NAME"
    if "CURRENCY_CODE" in row and CURRENCY_CODE.match(word):
        return "CURRENCY_CODE"
    if "VARIABLE" in row and VARIABLE.match(word):
        return "VARIABLE"
    return None


def strip_quotes(text: str) -> str:
    """The value of a string literal; a backslash takes the next character as it is, or `n`."""
    inside = text[1:-1]
    if "\\" not in inside:
        return inside
    return _ESCAPE.sub(lambda m: "\n" if m.group(1) == "n" else m.group(1), inside)


def check_literal(token: Token) -> None:
    """Refuses numbers of too many digits and escapes that mean nothing."""
    if token.type == "STRING":
        if "\\" not in token.text:
            return
        for escape in BAD_ESCAPE.finditer(token.text, 1, len(token.text) - 1):
            if escape.group(1):
                start = token.start + escape.start()
                raise Refused(
                    "unknown-escape",
                    f"`{escape.group(1)}` means nothing inside text.",
                    'Only `\\"`, `\\\\` and `\\n` are escapes; for a backslash write `\\\\`.',
                    start,
                    start + 2,
                )
    elif len(token.text) > MAX_DIGITS:
        digits = sum(char.isdigit() for char in token.text)
        if digits > MAX_DIGITS:
            raise Refused(
                "number-too-long",
                f"This number has {digits:,} digits; at most {MAX_DIGITS} are possible.",
                "Write a shorter number.",
                token.start,
                token.end,
            )


LITERALS = frozenset({"STRING", "INT", "DECIMAL", "PERCENT"})
_ESCAPE = re.compile(r"\\(.)")
BAD_ESCAPE = re.compile(r'\\(?:\\|"|n)|(\\.)')


class Depth:
    """Levels of parentheses, lists and `not` in one line, and how much arithmetic there is."""

    __slots__ = ("nots", "open", "operators")

    def __init__(self) -> None:
        self.open: list[int] = []
        self.nots = 0
        self.operators = 0

    def see(self, token: Token) -> None:
        symbol = token.type
        if symbol == "NOT":
            self.nots += 1
        elif symbol in ("LPAR", "LSQB"):
            self.open.append(self.nots + 1)
            self.nots = 0
        else:
            self.nots = 0
            if symbol in ("RPAR", "RSQB") and self.open:
                self.open.pop()
            elif symbol in ("SIGN", "MULTIPLY"):
                self.operators += 1
        if len(self.open) + self.nots > MAX_DEPTH or sum(self.open) + self.nots > MAX_DEPTH:
            raise Refused(
                "too-deep",
                f"Parentheses and `not` lie more than {MAX_DEPTH} deep here.",
                "Split the condition, or declare a segment for a part of it.",
                token.start,
                token.end,
            )
        if self.operators > MAX_OPERATORS:
            raise Refused(
                "too-long-arithmetic",
                f"There are more than {MAX_OPERATORS} of `+ - * /` in this line.",
                "Split the calculation.",
                token.start,
                token.end,
            )


def touching(left: Token, right: Token) -> Refused:
    return Refused(
        "touching-words",
        f"`{_short(left.text)}` and `{_short(right.text)}` touch.",
        f"Put a space between them: `{_short(left.text)} {_short(right.text)}`.",
        left.start,
        right.end,
    )


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"


class Words:
    """The symbols of a line, one at each call: each word read as the state's row allows.

    None where a word can stand for nothing; "_NL" and then "" at the end, "" at once behind `:`.
    """

    def __init__(self, text: str, keywords: dict[str, str]) -> None:
        self.text, self.keywords = text, keywords
        self.position = 0
        self.last = ""

    def __call__(self, row: dict[str, int]) -> str | None:
        text = self.text
        gap = GAP.match(text, self.position)
        begin = gap.end() if gap else self.position
        if begin >= len(text):
            self.last = "" if self.last in ("COLON", "_NL") else "_NL"
            return self.last
        shape = SHAPES.match(text, begin)
        if shape is None:
            return None
        kind, word, end = str(shape.lastgroup), shape.group(), shape.end()
        symbol: str | None = kind
        if kind == "WORD":
            symbol = word_type(text, word, end, row, self.keywords)
        elif kind == "MARK":
            symbol = self.keywords.get(word)
        elif kind == "MONTH_DAY" and kind not in row:
            number = INT.match(text, begin)
            if number is not None:
                symbol, end = "INT", number.end()
        if begin == self.position and kind == "WORD" and text[begin - 1 : begin].isalnum():
            return None  # the two touch
        self.position, self.last = end, symbol or ""
        return symbol
