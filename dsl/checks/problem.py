"""What a rule finds, and how it points at the exact place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest

from dsl import tree
from dsl.diagnostics import Related, Severity, Span
from dsl.names.scopes import Scope


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic without its file: that is the one in which the rule found it."""

    code: str
    span: Span
    message: str
    hint: str = ""
    severity: Severity = "error"
    related: tuple[Related, ...] = ()


def word(node: tree.Node, text: str, name: str, after: str = "") -> Span:
    """Where `name` stands in a node, behind the words `after`."""
    span = node.span
    source = text[span.start : span.end]
    pattern = rf"(?<![\w.]){re.escape(name)}(?!\w)"
    if after:
        found = re.search(rf"(?<!\w){after}\s*({re.escape(name)})(?!\w)", source)
        if found is not None:
            return within(span, text, span.start + found.start(1), span.start + found.end(1))
    found = re.search(pattern, source)
    if found is None:
        return head(node, text)
    return within(span, text, span.start + found.start(), span.start + found.end())


def part(path: tree.Path, text: str, number: int) -> Span:
    """The place of one part of a path, the whole path when it is written with blanks."""
    span = path.span
    if text[span.start : span.end] != str(path):
        return span
    start = span.start + sum(len(one) + 1 for one in path.parts[:number])
    return within(span, text, start, start + len(path.parts[number]))


def head(node: tree.Node, text: str) -> Span:
    """The first line of a node, without the block below it and the comment behind it."""
    span = node.span
    end = text.find("\n", span.start, span.end)
    if end == -1:
        end = span.end
    elif isinstance(node, tree.Statement) and node.tail:
        comment = text.rfind("#", span.start, end)
        end = comment if comment != -1 else end
    line = text[span.start : end].rstrip()
    return within(span, text, span.start, span.start + len(line))


def within(span: Span, text: str, start: int, end: int) -> Span:
    """A stretch inside `span`, by offsets."""
    return Span(start, end, *_place(span, text, start), *_place(span, text, end))


def _place(span: Span, text: str, offset: int) -> tuple[int, int]:
    newline = text.rfind("\n", span.start, offset)
    if newline == -1:
        return span.line, span.column + offset - span.start
    return span.line + text.count("\n", span.start, offset), offset - newline


def did_you_mean(name: str, options: Iterable[str], otherwise: str = "") -> str:
    """A hint: the one that is most alike, else the few there are, else `otherwise`.

    Of many options only those that share most letters are compared letter by letter.
    """
    from difflib import get_close_matches

    known = set(options)
    close = get_close_matches(name, _most_alike(name, known), 1, 0.6)
    if close:
        return f"Did you mean `{close[0]}`?"
    if otherwise:
        return otherwise
    if known and len(known) <= 6:
        return f"There is {', '.join(f'`{one}`' for one in sorted(known))}."
    return ""


MOST_COMPARED = 60
"""Names with which one unknown name is compared; more would cost a large project minutes."""

LONGEST_COMPARED = 100


def _most_alike(name: str, options: set[str]) -> list[str]:
    if len(name) > LONGEST_COMPARED:
        return []
    fits = [one for one in options if 0.42 * len(name) <= len(one) <= 2.34 * len(name)]
    if len(fits) <= MOST_COMPARED:
        return sorted(fits)
    letters = frozenset(name)

    def unlike(one: str) -> tuple[int, int, str]:
        return (len(letters.symmetric_difference(one)), abs(len(one) - len(name)), one)

    return sorted(nsmallest(MOST_COMPARED, fits, key=unlike))


def related(scope: Scope, name: str, message: str) -> tuple[Related, ...]:
    """The declaration of `segment vip`, as another place to look at."""
    found = scope.names.places.get(name)
    return () if found is None else (Related(message, found.file, found.span),)
