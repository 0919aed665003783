"""What a project declares, by name, built-in words included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dsl import tree
from dsl.diagnostics import Span
from dsl.names import vocabulary


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration and the file in which it stands."""

    file: str
    node: tree.Declaration

    @property
    def span(self) -> Span:
        return self.node.span


@dataclass(slots=True)
class Declarations:
    """Everything that has a name. Of two with one name the first counts; `again` has the others.

    `customer`, `product` and `events` hold property types by name, built-in ones included.
    `own_events` are the events that the project declares. `staff`, `topics` and `senders` (those
    with a name) come from the store. `places` says for "segment vip" where it is declared.
    """

    store: tree.Store | None = None
    customer: dict[str, str] = field(default_factory=lambda: dict(vocabulary.CUSTOMER))
    product: dict[str, str] = field(default_factory=lambda: dict(vocabulary.PRODUCT))
    item: dict[str, str] = field(default_factory=dict)
    events: dict[str, dict[str, str]] = field(
        default_factory=lambda: {name: dict(own) for name, own in vocabulary.EVENTS.items()}
    )
    own_events: dict[str, tree.Event] = field(default_factory=dict)
    segments: dict[str, tree.Segment] = field(default_factory=dict)
    scores: dict[str, tree.Score] = field(default_factory=dict)
    coupons: dict[str, tree.Coupon] = field(default_factory=dict)
    webhooks: dict[str, tree.Webhook] = field(default_factory=dict)
    flows: dict[str, tree.Flow] = field(default_factory=dict)
    tests: list[tree.Test] = field(default_factory=list)
    staff: dict[str, tree.Staff] = field(default_factory=dict)
    topics: dict[str, tree.Topic] = field(default_factory=dict)
    senders: dict[str, tree.Sender] = field(default_factory=dict)
    places: dict[str, Declared] = field(default_factory=dict)
    again: list[tuple[str, Declared]] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    """Kinds (`coupon`, `segment` ..) of which there is a declaration whose name nobody can read."""
    unread: set[str] = field(default_factory=set)
    """Words of lines of the store that could not be read: a staff address or a topic may be one."""
    broken: set[str] = field(default_factory=set)
    """Events, and `customer` and `product`, some property of which could not be read."""
    kept: dict[object, object] = field(default_factory=dict, repr=False, compare=False)
    """What has been worked out from them once, for whoever asks again."""

    def event_property(self, events: Iterable[str], name: str) -> str | None:
        """The type of a property of any of these events; None when none has it."""
        for event in events:
            found = self.events.get(event, {}).get(name)
            if found is not None:
                return found
        return None


def gather(files: Iterable[tuple[str, tree.File]]) -> Declarations:
    """The declarations of all files, in their order."""
    found = Declarations()
    for file, root in files:
        for node in root.declarations:
            _add(found, file, node)
    found.item = {**found.product, **vocabulary.ITEM}
    return found


def _add(found: Declarations, file: str, node: tree.Declaration) -> None:
    if isinstance(node, tree.Declared) and node.unread:
        _add_unread(found, node)
    match node:
        case tree.Store():
            if _first(found, file, node, "store"):
                found.store = node
                for line in node.lines:
                    if isinstance(line, tree.Staff):
                        found.staff.setdefault(line.name, line)
                    elif isinstance(line, tree.Topic):
                        found.topics.setdefault(line.name, line)
                    elif isinstance(line, tree.Sender) and line.name:
                        found.senders.setdefault(line.name, line)
                    elif isinstance(line, tree.Unreadable):
                        found.unread.update(re.findall(r"\w+", line.text))
        case tree.Properties():
            words = found.customer if node.subject == "customer" else found.product
            _own_properties(found, node.subject, node.properties, words, unread=bool(node.unread))
        case tree.Event():
            if _first(found, file, node, f"event {node.name}"):
                found.own_events[node.name] = node
                words = found.events.setdefault(node.name, dict(vocabulary.COMMON))
                _own_properties(found, node.name, node.properties, words, unread=bool(node.unread))
        case tree.Segment():
            if _first(found, file, node, f"segment {node.name}"):
                found.segments[node.name] = node
        case tree.Score():
            if _first(found, file, node, f"score {node.name}"):
                found.scores[node.name] = node
        case tree.Coupon():
            if _first(found, file, node, f"coupon {node.name}"):
                found.coupons[node.name] = node
        case tree.Webhook():
            if _first(found, file, node, f"webhook {node.name}"):
                found.webhooks[node.name] = node
        case tree.Flow():
            if _first(found, file, node, f"flow {node.name}"):
                found.flows[node.name] = node
        case tree.Test():
            if _first(found, file, node, f"test {node.title!r} for {node.flow}"):
                found.tests.append(node)
        case tree.Unreadable():
            found.open.update(re.findall(r"\w+", node.text.partition("\n")[0].lower())[:1])


def _add_unread(found: Declarations, node: tree.Declared) -> None:
    """A name made up from a title may be another; a store without lines may have had any."""
    name = getattr(node, "name", "")
    if isinstance(node, tree.Store):
        if not node.lines:
            found.open.update(("staff", "topic", "sender"))
    elif name and not re.search(rf"(?<![\w\"]){re.escape(name)}\b", node.unread.lower()):
        found.open.add(type(node).__name__.lower())


def _first(found: Declarations, file: str, node: tree.Declaration, name: str) -> bool:
    declared = Declared(file, node)
    if name in found.places:
        found.again.append((name, declared))
        return False
    found.places[name] = declared
    return True


def _own_properties(
    found: Declarations,
    whose: str,
    properties: tuple[tree.Property | tree.Unreadable, ...],
    words: dict[str, str],
    *,
    unread: bool,
) -> None:
    if unread and not properties:
        found.broken.add(whose)
    for one in properties:
        if isinstance(one, tree.Property):
            words[one.name] = one.type
        else:
            found.broken.add(whose)


def titles(flows: Mapping[str, tree.Flow]) -> dict[str, str]:
    """How people call each flow."""
    return {name: flow.title or name for name, flow in flows.items()}
