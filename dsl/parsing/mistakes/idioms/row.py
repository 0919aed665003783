"""A row of the tables: a way to speak, and ours."""

from __future__ import annotations

import re
from collections.abc import Callable

Row = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

PATH = r"[a-z]\w*(?:\.[a-z]\w*)+"
VALUE = r'(?:"[^"\n]*"|-?\d[\d_.]*|[a-z]\w*(?:\.[a-z]\w*)+|true|false)'
PLAIN = r'(?:"[^"\n]*"|-?\d[\d_.]*)'
DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekday"


def row(
    pattern: str, instead: str | Callable[[re.Match[str]], str], *, any_case: bool = False
) -> Row:
    return re.compile(pattern, re.IGNORECASE if any_case else 0), instead
