"""What people write who come from other tools or think in plain English, and our way to say it.

Each row is a pattern and what stands for it here. A rewriting is told only when the whole line,
rewritten, can be read where it stands: so what a hint says to write is always right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dsl.parsing.mistakes.idioms.conditions import CONDITIONS, NOTHING
from dsl.parsing.mistakes.idioms.language_tests import TESTS
from dsl.parsing.mistakes.idioms.row import DAYS
from dsl.parsing.mistakes.idioms.steps import EVENT_NAMES, STEPS
from dsl.parsing.mistakes.idioms.times import FIGURES, TIMES

__all__ = ["further", "our_way", "rewritings"]

ROWS = (FIGURES, *TIMES, *NOTHING, *CONDITIONS, EVENT_NAMES, *STEPS, *TESTS)
_READ_ALL_THE_SAME = (FIGURES, *NOTHING, EVENT_NAMES)
"""What can be read as a name that nobody has: a line that has them is not said our way yet."""
_NOBODY = re.compile(rf"\buntil (?!best\b|{DAYS})[a-z]\w*(?![\w.])")
"""A moment that is a name alone: it can be read, and nothing is called so."""


def rewritings(line: str) -> Iterator[str]:
    """`line` said our way: each row alone first, then one after the other."""
    alone: list[str] = []
    for pattern, instead in ROWS:
        changed = pattern.sub(instead, line).strip()
        if changed != line and changed not in alone:
            alone.append(changed)
            yield changed
    if not alone:
        return
    together = line
    for _ in range(2):
        for pattern, instead in ROWS:
            changed = pattern.sub(instead, together).strip()
            if changed != together:
                together = changed
                yield together
    for start in alone[:12]:
        for pattern, instead in ROWS:
            changed = pattern.sub(instead, start).strip()
            if changed not in (start, line):
                yield changed


def our_way(line: str, reads: Callable[[str], bool]) -> str | None:
    """The first rewriting that can be read, None where there is none."""
    tried = {line}
    for one in rewritings(line):
        if one in tried:
            continue
        tried.add(one)
        if reads(one) and not _NOBODY.search(one):
            return further(one, reads)
    return None


def further(line: str, reads: Callable[[str], bool]) -> str:
    """A line that can be read, with what is still no word of ours said our way."""
    for pattern, instead in _READ_ALL_THE_SAME:
        better = pattern.sub(instead, line)
        if better != line and reads(better):
            line = better
    return line
