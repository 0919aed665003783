"""The catalogue of syntax diagnostics is complete and true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dsl
from dsl.parsing.mistakes.codes import CODES
from dsl.parsing.parser import parse

SHOWN = {code: entry.text for code, entry in CODES.items() if entry.text}


@pytest.mark.parametrize(("code", "text"), SHOWN.items(), ids=SHOWN.keys())
def test_each_code_shows_what_it_says(code: str, text: str) -> None:
    """The example of a code gives that code and no other."""
    assert [d.code for d in parse(text).diagnostics] == [code]


def test_no_code_is_missing_in_the_catalogue() -> None:
    """Every code that the parser can give is documented."""
    root = Path(dsl.__file__).parent
    files = [*root.glob("parsing/mistakes/*.py"), *root.glob("parsing/building/*.py")]
    files += root.glob("parsing/*.py")
    used: set[str] = set()
    for file in files:
        if file.name != "codes.py":
            used.update(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', file.read_text("utf-8")))
    used -= {"re-enter", "e-mail", "utf-8"}
    assert used <= set(CODES)
