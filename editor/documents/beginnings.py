"""What a flow that was just named begins with."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from dsl.parsing.lexer import RESERVED
from dsl.parsing.source import allowed
from dsl.printing.expressions import quote

_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "æ": "ae"})
_LONGEST: Final = 40
_FIRST_STEP: Final = "go on"


def name_of(title: str, taken: Collection[str]) -> str:
    """A name for the flow of this title that nobody has: `Cart, left behind` is
    `cart_left_behind`.
    """
    plain = unicodedata.normalize("NFKD", title.casefold().translate(_LETTERS))
    words = re.findall("[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    name = "_".join(words)[:_LONGEST].strip("_")
    if not name or not name[0].isalpha() or name in RESERVED:
        name = f"flow_{name}".strip("_")
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def beginning(name: str, title: str) -> str:
    """A whole flow that nobody enters by themselves, as the formatter prints it."""
    words = allowed(" ".join(title.split()))
    return f"flow {name} {quote(words)}:\n  enter manually\n\n  {_FIRST_STEP}\n"
