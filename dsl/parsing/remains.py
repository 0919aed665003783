"""What can still be made out of a line that cannot be read: what it declares, what may stand below.

Nothing is decided here about what a line means. A name lets the rest of the project speak of what
is declared; steps and arms below the line are read as if it were right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal, NamedTuple

from dsl.parsing.mistakes.places import STEP_WORDS
from dsl.parsing.mistakes.words import plain_name
from dsl.parsing.scanner import DECLARATION_WORDS

_FIRST = re.compile(r"\W*([^\W\d_][\w-]*)")
_WORD = re.compile(r"[^\w\"“”„]*([^\W\d_][\w-]*)")
_TITLE = re.compile(r"[\"“”„]([^\"“”„\n]*)[\"“”„]?")
_OF_TEST = re.compile(r"\bfor\s+([^\W\d_][\w-]*)")
_LABEL = re.compile(r"\bas\s+([a-z][a-z0-9_]*)\s*:?\s*\Z")
_EXPERIMENT = re.compile(r"experiment\s+([a-z][a-z0-9_]*)")
_NAMELESS = ("store", "customer", "product")
_OTHER_WORDS = {"workflow": "flow", "automation": "flow", "campaign": "flow", "journey": "flow"}
_STEPS_AND_HEADERS = "|".join(
    (*STEP_WORDS, "enter", "about", "goal", "re-enter", "only if", "holdout", "priority", "moved")
)
_LOOKS = {
    "test": re.compile(r"(?:given|expect|run for|start at|after \d|at \d)\b"),
    "coupon": re.compile(r"[\d.]+%? off|free shipping|valid for|code \""),
    "webhook": re.compile(r"(?:url|secret)\b"),
    "score": re.compile(r"[+-]\d+ on\b|halves every"),
    "store": re.compile(r"(?:timezone|currency|staff|topic|sender|limit|warm up)\b"),
    "flow": re.compile(rf"(?:{_STEPS_AND_HEADERS})\b"),
    "event": re.compile(r"\w+ (?:text|number|money|boolean|date|time|list)\Z"),
    "segment": re.compile(r"(?:did|customer|count|sum|any|all|none|not|cart)\b"),
}
_ARM = re.compile(r"case\b|for\b|\d[\d.]*\s*%")
_HEADERS = frozenset({"about", "enter", "only", "goal"})
_OPTIONS = frozenset({"subject", "products", "over"})


class Head(NamedTuple):
    """The first line of a declaration as far as it can be made out."""

    word: str
    name: str
    title: str | None

    def symbols(self) -> list[tuple[str, str]]:
        """The words of the line, with their symbols, as they would be if it were right."""
        title = [] if self.title is None else [("STRING", f'"{self.title}"')]
        name = [("NAME", self.name)] if self.name else []
        if self.word in ("store", "test"):
            title = title or [("STRING", '""')]
        if self.word == "test":
            return [("TEST", "test"), *title, ("FOR", "for"), *name, ("COLON", ":")]
        return [(self.word.upper(), self.word), *name, *title, ("COLON", ":")]


def read_head(text: str, lines: Iterable[str] = ()) -> Head | None:
    """What a line that cannot be read declares, None where that cannot be told.

    Where its first word says nothing, `lines` may: what stands below it.
    """
    first = _FIRST.match(text)
    if first is None:
        return None
    said = first.group(1).lower()
    close = get_close_matches(_OTHER_WORDS.get(said, said), DECLARATION_WORDS, 1, 0.75)
    word = close[0] if close else _by_its_lines(lines) if said not in STEP_WORDS else ""
    if not word:
        return None
    rest = text[first.end() :]
    title = _TITLE.search(rest)
    shown = title.group(1) if title else None
    if word in _NAMELESS:
        # `customer has ..` and `product "x"` are other lines.
        fits = word == "store" or not rest.strip() or rest.rstrip().endswith(":")
        return Head(word, "", shown) if fits else None
    plain = _TITLE.sub("", rest, count=1)
    if word == "test":
        name = _OF_TEST.search(plain)
        shown = shown if name else None  # no flow is called like a test
    else:
        name = _WORD.match(rest) or _WORD.match(plain)
    spelled = name.group(1) if name else "_".join((shown or "").split())
    spelled = plain_name(spelled.replace("-", "_"))
    return Head(word, spelled, shown) if spelled else None


def _by_its_lines(lines: Iterable[str]) -> str:
    for line in lines:
        for word, looks in _LOOKS.items():
            if looks.match(line):
                return word
    return ""


def label_of(text: str) -> str | None:
    """The name that a step gives itself, though the rest of its line cannot be read."""
    found = _LABEL.search(text) or _EXPERIMENT.match(text)
    return found.group(1) if found else None


def below(first_words: Iterable[str], own: str) -> Literal["steps", "arms", ""]:
    """What stands below a broken line: `own` and `first_words` are how it and those lines begin."""
    lines = list(first_words)
    if own in _HEADERS or any(first_word(one) in _OPTIONS for one in lines):
        return ""
    if own != "if" and any(_ARM.match(one) for one in lines):
        return "arms"
    return "steps" if any(first_word(one) in STEP_WORDS for one in lines) else ""


def first_word(text: str) -> str:
    """How a line begins, in small letters."""
    found = _FIRST.match(text)
    return found.group(1).lower() if found else ""
