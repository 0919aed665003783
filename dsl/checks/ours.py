"""Hints in our words, for what other tools and plain English call differently.

A line that can be read may still hold a word that is a name only by accident: `is null`, `until
tomorrow`. Its hint is the whole line, said our way and read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsl import tree
from dsl.checks.problem import head
from dsl.names.scopes import Scope
from dsl.parsing.mistakes.events import OUR_EVENTS
from dsl.parsing.mistakes.idioms import our_way
from dsl.parsing.parser import parse

_PLACES = (
    "flow f:\n  {line}\n",
    "flow f:\n  if x is 1:\n    exit\n  {line}\n",
    "segment s:\n  {line}\n",
    'test "t" for f:\n  {line}\n',
)
_LONGEST = 160
_WORDS = frozenset(
    [
        "null",
        "none",
        "nil",
        "undefined",
        "unknown",
        "blank",
        "missing",
        "empty",
        "noon",
        "midday",
        "midnight",
        "tomorrow",
        "tonight",
        "evening",
        "morning",
        "weekend",
        "christmas",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ]
)
"""Words that can be read as names, and are said otherwise here."""


def our_event(name: str, scope: Scope) -> str:
    """A hint when an event of that name is called otherwise here."""
    ours = OUR_EVENTS.get(name)
    return f"Here that event is called `{ours}`." if ours in scope.names.events else ""


def our_line(name: str, scope: Scope) -> str:
    """A hint that says the whole line so that `name` is no longer a name without an owner."""
    if scope.statement is None:
        return ""
    span = head(scope.statement, scope.text)
    said = scope.text[span.start : span.end]
    known = name in _WORDS or name in OUR_EVENTS or name in scope.names.events
    if "\n" in said or len(said) > _LONGEST or not (known or " where " in said):
        return ""

    still = re.compile(rf"(?<![\w.\"]){re.escape(name)}(?![\w.\"])")

    def elsewhere(line: str) -> bool:
        return "where (" in line or name in scope.names.events

    def reads(line: str) -> bool:
        if line.endswith(":") != said.endswith(":") or (still.search(line) and not elsewhere(line)):
            return False
        below = "\n    exit" if line.endswith(":") else ""
        for place in _PLACES:
            parsed = parse(place.format(line=line + below))
            if not parsed.diagnostics:
                return all(_fits(node, name, scope) for node in _outside(parsed.tree))
        return False

    ours = our_way(said, reads)
    return f"Write `{ours}`." if ours is not None and len(ours) <= _LONGEST else ""


def _fits(node: tree.Node, name: str, scope: Scope) -> bool:
    if isinstance(node, tree.EventHappens | tree.History):
        return node.event in scope.names.events
    if not isinstance(node, tree.Path) or len(node.parts) > 1:
        return True
    return node.parts[0] != name and node.parts[0] not in scope.names.events


def _outside(node: tree.Node) -> Iterator[tree.Node]:
    """A node and all in it, but not behind a `where`: bare names mean something there."""
    yield node
    for field, below in tree.below(node):
        if field != "where":
            yield from _outside(below)
