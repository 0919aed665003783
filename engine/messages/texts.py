"""The words on the pages and in the questions that customers see, by language.

Ours stand in `words/LANG.txt`, a line `name: words` each. A shop puts its own in their place by a
file `messages/_words.LANG.txt` of the same shape, with as many lines as it likes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

LANGUAGES: Final = frozenset(("de", "en", "sr"))
"""The languages that there are words in, as two letters."""
_OTHER: Final = "en"
_HOLE: Final = re.compile(r"\{(\w*)\}")
_FILE: Final = re.compile(r"_words\.([A-Za-z]{2})\.txt")


class Line(NamedTuple):
    """A line of a file of words; `name` is "" where it is none."""

    number: int
    name: str
    words: str


def lines(text: str) -> Iterator[Line]:
    """The lines of a file of words, without notes (`#`) and empty ones."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            name, colon, words = line.partition(":")
            yield Line(number, name.strip() if colon else "", words.strip())


@cache
def _ours(language: str) -> dict[str, str]:
    text = files("engine.messages").joinpath("words", f"{language}.txt").read_text("utf-8")
    return {line.name: line.words for line in lines(text)}


def problems(language: str, text: str) -> Iterator[tuple[int, str]]:
    """What is wrong with a shop's own words: the line, and a sentence."""
    ours = _ours(language if language in LANGUAGES else _OTHER)
    for line in lines(text):
        if line.name not in ours:
            yield line.number, f'There are no words of the name "{line.name}".'
        elif not line.words:
            yield line.number, f'"{line.name}" says nothing.'
        else:
            known, told = (set(_HOLE.findall(each)) for each in (ours[line.name], line.words))
            if told - known:
                yield line.number, f'"{line.name}" cannot say {{{min(told - known)}}}.'
            must = {"code"} & (known - told)
            if must:
                yield line.number, f'"{line.name}" must say {{code}}.'


def language_of(path: Path) -> str:
    """The language of a shop's own file of words, "" for another file."""
    found = _FILE.fullmatch(path.name)
    return found[1].lower() if found else ""


@cache
def _own(folder: Path) -> dict[str, dict[str, str]]:
    """A shop's own words by language, without what is wrong. A published folder never changes."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("_words.*.txt")):
        if language := language_of(path):
            text = path.read_text("utf-8", "replace")
            wrong = {number for number, _ in problems(language, text)}
            told = (line for line in lines(text) if line.number not in wrong)
            found[language] = {line.name: line.words for line in told}
    return found


def texts(language: str, folder: Path | None = None) -> dict[str, str]:
    """The words in a language; English where we have no other. `folder` has the shop's own."""
    short = language[:2].lower()
    ours = _ours(short if short in LANGUAGES else _OTHER)
    own = _own(folder).get(short) if folder is not None else None
    return {**ours, **own} if own else ours


def purpose(what: str, words: Mapping[str, str], topics: Mapping[str, str]) -> str:
    """What somebody agrees to, in words: a channel, `tracking`, or a topic by its title."""
    return words.get(f"purpose_{what}") or topics.get(what) or what


def masked(address: str) -> str:
    """An address for whom it may not belong to.

    >>> masked("ada@shop.de"), masked("+4915112345678")
    ('a…@shop.de', '+49…678')
    """
    name, at, domain = address.partition("@")
    return f"{name[:1]}…@{domain}" if at else f"{address[:3]}…{address[-3:]}"
