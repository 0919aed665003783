"""Every code that reading a file can give, what it means, and a text that shows it.

The list of diagnostics in the documentation is made from this; a test shows each.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """`text` is the smallest file that is a case of it; empty where that would be too long."""

    means: str
    text: str


_FLOW = "flow x:\n  enter when purchase\n\n"


def _step(line: str) -> str:
    return f"{_FLOW}  {line}\n"


CODES: dict[str, Code] = {
    "bad-character": Code("A character that no file may hold, not even in a comment.", "# a\0b\n"),
    "duration-too-long": Code("A time of more than 100 years.", _step("wait 40000 days")),
    "else-not-last": Code(
        "An arm behind `else:`, which nobody can reach.",
        _step('switch a:\n    else:\n      exit\n    case "b":\n      exit'),
    ),
    "file-too-long": Code("A file of more than 256 KB.", ""),
    "has-item-of-what": Code(
        "Something that has no items.", _step('if customer.x has item where y is "z":\n    exit')
    ),
    "header-after-step": Code(
        "A line about the whole flow below its first step.",
        _step("exit\n  goal purchase within 3 days"),
    ),
    "impossible-date": Code("A day that does not exist.", _step("wait until 2026-02-30")),
    "impossible-time": Code("A time that does not exist.", _step("wait until 25:61")),
    "inconsistent-indent": Code(
        "An indentation that matches no line above.", "flow x:\n    exit\n  exit\n"
    ),
    "invalid-utf8": Code("Bytes that are not UTF-8.", "# a\ufffdb\n"),
    "invisible-character": Code("A character that nobody can see.", _step("wait\u200b 2 days")),
    "look-alike-letter": Code(
        "A foreign letter that looks like a to z.", "flow \u0430b:\n  exit\n"
    ),
    "misplaced-line": Code("A line that is right, elsewhere.", "send email hello\n"),
    "missing-block": Code("Nothing below a line that ends in `:`.", _step("if a is 3:")),
    "missing-colon": Code("A block below a line without `:`.", _step("if a is 3\n    exit")),
    "name-spelling": Code("A name that is not spelled as one.", _step("send email Welcome-1")),
    "no-whole-percent": Code(
        "A part of a percent where only whole ones count.",
        _step("show popup offer after scrolling 12.5%"),
    ),
    "number-too-long": Code("A number of more than 15 digits.", _step(f"wait {'9' * 20} days")),
    "number-with-comma": Code("A number with a comma.", _step("if a > 1,000:\n    exit")),
    "reserved-name": Code("A name that has a meaning of its own.", _step("exit as order")),
    "single-quotes": Code("Text between single quotes.", _step("exit 'done'")),
    "syntax": Code("Words that do not go together.", _step("send email")),
    "tab": Code("A tab in the indentation or between words.", "flow x:\n\texit\n"),
    "too-deep": Code(
        "More than 50 levels of blocks, parentheses or `not`.",
        _step(f"if {'not ' * 51}a is 3:\n    exit"),
    ),
    "too-long-arithmetic": Code(
        "More than 50 of `+ - * /` in a line.", _step(f"set customer.x to {'1 + ' * 60}1")
    ),
    "too-many-steps": Code("A flow of more than 2,000 steps.", ""),
    "touching-words": Code("Two words without a space between them.", _step("wait 2days")),
    "typographic-quotes": Code("Text between typographic quotes.", _step("exit “done”")),
    "unclosed-bracket": Code("A bracket without its partner.", _step("call crm (a: 1")),
    "unclosed-text": Code('Text without its closing `"`.', _step('exit "done')),
    "unexpected-indent": Code("A block below a line that takes none.", _step("exit\n    exit")),
    "unknown-character": Code("A sign that means nothing here.", _step("wait 2 days;")),
    "unknown-escape": Code("A backslash that means nothing.", _step('exit "C:\\temp"')),
    "unknown-operator": Code("An operator of another language.", _step("if a == 3:\n    exit")),
    "unknown-statement": Code("A line that begins like none.", _step("banana")),
    "unknown-word": Code("A word that cannot stand here, perhaps a typo.", _step("wiat 2 days")),
    "unusual-blank": Code("A space that is not an ordinary one.", _step("wait\u00a02 days")),
}
