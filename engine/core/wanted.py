"""What the lines that let people into a flow ask of them: read for those who are made up.

A flow for the third purchase meets nobody whose past begins today, and one for readers nobody who
gets no mails. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dsl import tree
from dsl.tree.walking import below

CUSTOMER = "customer"


@dataclass(slots=True)
class Wanted:
    """`events` whose past is asked about, `scores`, `tags`, and the `words` that some property is
    compared with: by event (or `CUSTOMER`), then by property.
    """

    events: set[str] = field(default_factory=set)
    scores: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    words: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    @property
    def past(self) -> bool:
        """Whether it matters what was before."""
        return bool(self.events or self.scores)


def wanted_of(headers: Iterable[tree.Node], segments: Mapping[str, tree.ConditionBlock]) -> Wanted:
    """What `enter` and `only if` lines ask, with the segments that they name."""
    found = Wanted()
    seen: set[str] = set()
    for header in headers:
        if isinstance(header, tree.Enter | tree.OnlyIf):
            _look(found, header, "", segments, seen)
    return found


def _look(
    found: Wanted,
    node: tree.Node,
    event: str,
    segments: Mapping[str, tree.ConditionBlock],
    seen: set[str],
) -> None:
    """`event` is whose properties bare names are."""
    match node:
        case tree.HasTag():
            found.tags.add(node.tag)
        case tree.History():
            found.events.add(event := node.event)
        case tree.EventHappens():
            event = node.event
        case tree.Path(parts=("score", name)):
            found.scores.add(name)
        case tree.Equals(left=tree.Path() as path, right=tree.Text() as text, negated=False):
            _say(found, path, text.value, event)
        case tree.OneOf(value=tree.Path() as path, negated=False):
            for option in node.options.items:
                if isinstance(option, tree.Text):
                    _say(found, path, option.value, event)
        case _:
            pass
    segment = getattr(node, "segment", None)
    if isinstance(segment, str) and segment in segments and segment not in seen:
        seen.add(segment)
        _look(found, segments[segment], "", segments, seen)
    for _, one in below(node):
        _look(found, one, event, segments, seen)


def _say(found: Wanted, path: tree.Path, word: str, event: str) -> None:
    match path.parts:
        case ("customer", name):
            of = CUSTOMER
        case (name,) if event:
            of = event
        case _:
            return
    words = found.words.setdefault(of, {}).setdefault(name, [])
    if word not in words:
        words.append(word)
