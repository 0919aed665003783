"""What other languages have and this one has not: loops with a condition, days without a year."""

from __future__ import annotations

import re

from dsl.parsing.lexer import Refused, Token
from dsl.parsing.mistakes.mistake import Mistake, at, short

_LOOPS = ("while", "until", "till", "for", "foreach", "forever", "as")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*"
_NO_YEAR = r"\b(?!,? ?\d{4})"
_DAYS = (
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)? ?(?:of )?{_MONTH}{_NO_YEAR}", re.IGNORECASE
    ),
    re.compile(rf"\b{_MONTH} (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?{_NO_YEAR}", re.IGNORECASE),
    re.compile(r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?! ?\d)"),
    re.compile(r"(?<=until )(?P<month>\d{2})[-/](?P<day>\d{2})(?![-/\d])"),
    re.compile(r"(?<=on )(?P<month>\d{2})[-/](?P<day>\d{2})(?![-/\d])"),
    re.compile(r"(?<=[<>] )(?P<month>\d{2})[-/](?P<day>\d{2})(?![-/\d])"),
)


def conditional_loop(mistake: Mistake, token: Token) -> Refused | None:
    """`while X:`, `repeat until X:`."""
    before = [one.text for one in mistake.tokens]
    begins = not before and token.text in ("while", "until", "foreach", "forever")
    if not begins and (before != ["repeat"] or token.text not in _LOOPS):
        return None
    return at(
        token,
        "syntax",
        "A loop here has a number of turns, and no condition.",
        "Write `repeat 3 times:`. What ends it early is a header line such as `exit when purchase`,"
        " or in the loop an `if` with `exit` or `go to` below it.",
    )


def yearless(mistake: Mistake, token: Token) -> Refused | None:
    """`24 December`, `24.12.`, `12-24`."""
    line = mistake.text[mistake.line.start : mistake.line.end]
    for pattern in _DAYS:
        for found in pattern.finditer(line):
            start, end = mistake.line.start + found.start(), mistake.line.start + found.end()
            if not start <= token.start <= end:
                continue
            month, day = found["month"].lower(), int(found["day"])
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
            if number > 12 and day <= 12:
                number, day = day, number
            if not (1 <= number <= 12 and 1 <= day <= 31):
                continue
            return Refused(
                "syntax",
                f"`{short(found[0])}` has no year.",
                f"A date is written with its year first, such as `2026-{number:02}-{day:02}`.",
                start,
                end,
            )
    return None
