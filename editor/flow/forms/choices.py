"""What can be chosen at a place: the names of the project, with the titles people gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from dsl import tree
from dsl.names import vocabulary
from dsl.names.types import Unknown, resolve
from dsl.project import Project
from editor.events import TITLES
from editor.flow.forms.parts import Choice, Choices, Place
from editor.language import _
from editor.properties import CHANNELS
from engine.messages.files import read_file


def _titled(names: Mapping[str, Any]) -> Choices:
    """Names with the titles of what they name."""
    return tuple(
        Choice(name, getattr(node, "title", None) or name) for name, node in sorted(names.items())
    )


def staff(place: Place, _node: Any) -> Choices:
    """The people of the shop, with their addresses."""
    found = place.project.declarations.staff
    return tuple(Choice(name, f"{name} · {one.address}") for name, one in sorted(found.items()))


def senders(place: Place, _node: Any) -> Choices:
    """The senders of the shop that have a name."""
    found = place.project.declarations.senders
    return tuple(Choice(name, f"{name} · {one.address}") for name, one in sorted(found.items()))


def coupons(place: Place, _node: Any) -> Choices:
    """The coupons of the project."""
    return _titled(place.project.coupons)


def webhooks(place: Place, _node: Any) -> Choices:
    """The systems that can be called."""
    return _titled(place.project.webhooks)


def scores(place: Place, _node: Any) -> Choices:
    """The scores of the project."""
    return _titled(place.project.scores)


def segments(place: Place, _node: Any) -> Choices:
    """The segments of the project."""
    return _titled(place.project.segments)


def flows(place: Place, _node: Any) -> Choices:
    """The flows of the project."""
    return _titled(place.project.flows)


def labels(place: Place, _node: Any) -> Choices:
    """The steps of this flow that have a name."""
    flow = place.scope.flow
    return () if flow is None else tuple(Choice(one, one) for one in flow.labels)


def labels_and_messages(place: Place, _node: Any) -> Choices:
    """What a message event may be of: a step of this flow that has a name, or a message."""
    flow = place.scope.flow
    if flow is None:
        return messages(place, _node)
    found = dict.fromkeys((*flow.labels, *flow.messages))
    return tuple(Choice(one, one) for one in found)


def channels(_place: Place, _node: Any) -> Choices:
    """The channels."""
    return tuple(Choice(one, _(title)) for one, title in CHANNELS.items())


def subscriptions(place: Place, _node: Any) -> Choices:
    """What a customer may subscribe to: channels and topics."""
    topics = place.project.declarations.topics
    ways = [Choice(one, _(title), _("Channels")) for one, title in CHANNELS.items()]
    return (*ways, *(Choice(name, one.title, _("Topics")) for name, one in topics.items()))


def events(place: Place, _node: Any) -> Choices:
    """All events: those that the project declares, what happens in a shop, what messages cause."""
    own = place.project.declarations.own_events
    found = [
        Choice(name, node.title or name, _("Own events")) for name, node in sorted(own.items())
    ]
    for name in place.project.events:
        if name not in own:
            group = _("Messages") if name in vocabulary.MESSAGE_EVENTS else _("Shop")
            found.append(Choice(name, _(TITLES.get(name, name)), group))
    return tuple(found)


def own_events(place: Place, _node: Any) -> Choices:
    """The events that a flow may record."""
    return _titled(place.project.declarations.own_events)


def messages(place: Place, node: Any) -> Choices:
    """The messages that are there, each with its title or its subject.

    For a step that sends: those of its channels first.
    """
    folder = place.project.messages
    if folder is None:
        return ()
    wanted = _channels_of(node)
    found: dict[str, Choice] = {}
    later: dict[str, Choice] = {}
    for name, channel, title in _message_files(folder):
        group = _(CHANNELS.get(channel, channel.capitalize()))
        choice = Choice(name, title or name, group)
        (found if not wanted or channel in wanted else later).setdefault(name, choice)
    return (*found.values(), *(one for name, one in later.items() if name not in found))


def _channels_of(node: Any) -> frozenset[str]:
    match node:
        case tree.Send():
            return frozenset(node.channels)
        case tree.Show():
            return frozenset((node.surface,))
        case tree.Notify():
            return frozenset(("staff",))
        case _:
            return frozenset()


def _message_files(folder: Path) -> list[tuple[str, str, str]]:
    try:
        files = sorted(one for one in folder.iterdir() if one.is_file())
    except OSError:
        return []
    found = []
    for one in files:
        if one.name.startswith(("_", ".")):
            continue
        stat = one.stat()
        read = _read(str(one), stat.st_mtime_ns, stat.st_size)
        if read[1]:
            found.append(read)
    return found


@lru_cache(maxsize=2048)
def _read(path: str, _changed: int, _size: int) -> tuple[str, str, str]:
    """Name, channel and title of a message, read again only when its file has changed."""
    file = read_file(Path(path))
    title = file.text("title") or file.text("subject")
    return file.name, file.channel, "" if "{" in title else title


def tags(place: Place, _node: Any) -> Choices:
    """The tags that some step of the project gives or takes, or some condition asks for."""
    return tuple(Choice(one, one) for one in sorted(_tags(place.project)))


def _tags(project: Project) -> set[str]:
    kept: Any = project.declarations.kept
    found: set[str] | None = kept.get("tags")
    if found is None:
        found = kept["tags"] = {
            one.tag
            for node in project.all_declarations
            for one in tree.walk(node)
            if isinstance(one, tree.AddTag | tree.RemoveTag | tree.HasTag)
        }
    return found


def customer_properties(place: Place, _node: Any) -> Choices:
    """The properties of a customer that a flow may set."""
    return tuple(
        Choice(f"customer.{name}", f"customer.{name}")
        for name in sorted(place.project.customer)
        if name not in vocabulary.COMPUTED
    )


def properties(place: Place, _node: Any) -> Choices:
    """Everything that can be looked at here."""
    names, scope = place.project.declarations, place.scope
    found: list[str] = []
    if scope.where == "event":
        found += sorted({one for event in scope.events for one in names.events.get(event, {})})
    elif scope.where == "item":
        found += sorted(names.item)
    found += [f"customer.{name}" for name in names.customer]
    entry = scope.flow.entry_events if scope.flow is not None else ()
    for subject, words in (
        ("entry", _of_events(place, entry) or vocabulary.PRODUCT_ENTRY),
        ("event", _of_events(place, scope.awaited or ())),
        ("cart", vocabulary.CART),
        ("order", names.events["purchase"]),
        ("item", names.item),
        ("product", names.product),
        ("score", names.scores),
    ):
        found += [f"{subject}.{name}" for name in words]
    found.append("now")
    return tuple(Choice(one, one) for one in found if _means_something(one, place))


def _of_events(place: Place, wanted: Iterable[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in wanted:
        found |= place.project.events.get(one, {})
    return found


def _means_something(path: str, place: Place) -> bool:
    return not isinstance(resolve(tree.Path(tuple(path.split("."))), place.scope), Unknown)


def dates(place: Place, node: Any) -> Choices:
    """The dates that can be looked at here."""
    return tuple(
        one
        for one in properties(place, node)
        if one.value != "now"
        and resolve(tree.Path(tuple(one.value.split("."))), place.scope) == "date"
    )


def event_properties(event: Callable[[Any], str]) -> Callable[[Place, Any], Choices]:
    """The properties of the event that a node speaks of."""

    def found(place: Place, node: Any) -> Choices:
        return tuple(Choice(one, one) for one in sorted(place.project.events.get(event(node), {})))

    return found
