"""Lines whose words are right, but not where they stand."""

from __future__ import annotations

from dsl.parsing.lexer import Refused, Token
from dsl.parsing.mistakes.mistake import Mistake, at
from dsl.parsing.scanner import DECLARATION_WORDS

_HEADER_WORDS = frozenset(
    [
        "about",
        "enter",
        "only",
        "re-enter",
        "goal",
        "holdout",
        "priority",
        "sender",
        "quiet",
        "transactional",
        "moved",
    ]
)
STEP_WORDS = frozenset(
    [
        "send",
        "show",
        "notify",
        "call",
        "set",
        "clear",
        "add",
        "remove",
        "give",
        "subscribe",
        "unsubscribe",
        "track",
        "start",
        "stop",
        "go",
        "exit",
        "wait",
        "if",
        "switch",
        "experiment",
        "repeat",
    ]
)
_TEST_WORDS = frozenset(["given", "expect", "run"])


def misplaced(mistake: Mistake, token: Token) -> Refused | None:
    """A line whose first words are right, elsewhere."""
    line = Token("line", "", mistake.line.start, mistake.line.end)
    first = mistake.tokens[0].text if mistake.tokens else token.text
    expected = mistake.expected or frozenset()
    if first in ("exit", "go") and token.text in ("when", "if") and mistake.tokens:
        first = f"exit {token.text}" if first == "exit" else "go to .. when"
    elif mistake.tokens:
        return None
    in_flow, top = "SEND" in expected, "FLOW" in expected
    if first in _HEADER_WORDS or first in ("exit when", "exit if", "go to .. when"):
        return at(
            line,
            "misplaced-line",
            f"A line that starts with `{first}` describes a whole flow.",
            "It stands directly below the `flow` line, above the first step.",
        )
    if first == "else":
        return at(
            line,
            "misplaced-line",
            "This `else` belongs to nothing.",
            "It stands below the block of an `if`, of a `wait .. for`, or as the last arm of a "
            "`switch`, an `experiment` or a `wait`, at the same indentation.",
        )
    if first == "case":
        return at(line, "misplaced-line", "A `case` stands only in a `switch`.", _inside("switch"))
    if first in DECLARATION_WORDS and not top:
        hint = "Declarations start at the beginning of a line."
        return at(line, "misplaced-line", f"`{first}` cannot be declared in here.", hint)
    for symbol, what in _ARMS:
        if symbol in expected and not in_flow and (first in STEP_WORDS or first in _TEST_WORDS):
            return at(line, "misplaced-line", f"`{first}` cannot stand here.", what)
    if first in STEP_WORDS and not in_flow:
        where = "Steps stand below a `flow` line, indented."
        return at(line, "misplaced-line", f"`{first}` cannot stand here.", where)
    if first in _TEST_WORDS:
        hint = "It stands below a `test` line, indented."
        return at(line, "misplaced-line", f"`{first}` is a line of a test.", hint)
    return None


# What stands in a block that takes no steps, by a word that only it takes.
_ARMS = (
    ("CASE", 'In a `switch` stand lines such as `case "DE", "AT":` and `else:`.'),
    ("PERCENT", "In an experiment stand lines such as `50% as blue:` and `else:`."),
    (
        "FOR",
        (
            "Below a `wait` without `for` stand lines such as `for purchase:`; or write "
            "`wait up to 2 days for purchase:`."
        ),
    ),
    ("SUBJECT", "Below a `send` stand `subject`, `products` and `to`."),
)


def _inside(what: str) -> str:
    return f"Put it below a `{what}` line, indented."


def unclosed_bracket(mistake: Mistake) -> Refused:
    start = mistake.line.open_bracket
    bracket = mistake.text[start]
    partner = ")" if bracket == "(" else "]"
    return Refused(
        "unclosed-bracket",
        f"The `{bracket}` that opens here is never closed.",
        f"Add the `{partner}` that belongs to it.",
        start,
        start + 1,
    )
