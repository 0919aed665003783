"""A real customer as lines of a test: what flows look at, and nothing that says who it is.

Address, number and name stand in the messages that are shown, never in the text, which may be kept
in a file that everybody reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

import orjson

from dsl import tree
from dsl.project import Project
from dsl.tree import walk
from editor.language import _, ngettext
from engine.core.calendar import local
from engine.core.customer import CustomerState
from engine.core.deployment import Deployment
from engine.core.facts import CONTACT
from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.lab import wording
from engine.lab.customer import Known
from engine.service.service import Service
from engine.store import consents, customers, events, people
from engine.store.customers import find_customer
from engine.store.database import Reader
from engine.store.dialects import lower
from engine.store.writer import Transaction

_MOST: Final = 8
_EVENTS: Final = 60
"""So many events stand in the test; what came before them counts while one tries."""
_READ: Final = 1_000
_SHOWN: Final = ("email", "phone", "first_name", "last_name", "gender")
_ALWAYS: Final = frozenset({"language", "country", "timezone", "gender"})
_STAND_IN: Final = {"email": '"ada@example.com"', "phone": '"+4915112345678"', "push": "true"}
_COUNTED: Final = frozenset(
    {
        *CONTACT.values(), *_SHOWN, "id", "tags", "consent", "orders", "total_spent",
        "last_order_at", "first_order_at", "created_at", "postal_code",
    }
)  # fmt: skip
"""What follows from events, and what says who somebody is."""


@dataclass(frozen=True, slots=True)
class Person:
    """`given` are lines of a test, `start` the shop's local time now, `shown` what only messages
    show. `older` are further lines and `known` is what no line says: both count while one tries,
    and `notes` tell so, since the test that is kept does not have them.
    """

    name: str
    given: tuple[str, ...]
    start: str
    shown: dict[str, Any]
    older: tuple[str, ...] = ()
    known: Known | None = None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What the page is told."""
        return {
            "name": self.name, "given": self.given, "start": self.start, "notes": self.notes,
        }  # fmt: skip


def found(service: Service, wanted: str) -> list[dict[str, Any]]:
    """Customers whose name, address or user id begins so: number and name."""
    with service.database.reader() as reader:
        rows = people.search(reader, lower(wanted.replace("\0", "").strip()), _MOST)
    return [
        {"id": str(row[0]), "name": _name(orjson.loads(row[1] or b"{}"), row[0])} for row in rows
    ]


def _name(properties: Mapping[str, Any], number: int) -> str:
    named = [properties.get("first_name"), properties.get("last_name")]
    said = " ".join(str(one) for one in named if one)
    return said or str(properties.get("email") or _("Customer {number}", number=number))


def given_of(
    service: Service, project: Project, deployment: Deployment, who: str, flow: str
) -> Person | None:
    """What is known of `who` (user id, address or number) where `flow` is tried with them, None
    where there is nobody.
    """
    if not who:
        return None
    now = service.clock.now() // MINUTE * MINUTE
    with service.database.reader() as reader:
        number = find_customer(reader, who)
        row = None if number is None else customers.with_cart(reader, number)
        if number is None or row is None:
            return None
        properties, tags = orjson.loads(row[0] or b"{}"), orjson.loads(row[1] or b"[]")
        agreed = {what for _c, what, allowed, _at in consents.all_of(reader, [number]) if allowed}
        lines = _past(reader, deployment, number, now)
        loaded = service.live.load(cast("Transaction", reader), [number], now)
    lane = loaded.lanes.get(number)
    if lane is not None:
        agreed -= lane.facts.suppressed.keys()
    asked = _looked_at(project)
    first = _customer(project, properties, tags, agreed, asked)
    start = local(now, deployment.zone).strftime("%Y-%m-%d %H:%M")
    shown = {name: properties[name] for name in _SHOWN if properties.get(name) is not None}
    older, newer = lines[:-_EVENTS], lines[-_EVENTS:]
    known = None
    if lane is not None:
        inside = {(one.flow, one.key) for one in lane.runs if one.state != "ended"}
        known = Known(
            tuple(lane.facts.sent),
            {key: at for key, at in lane.entries.items() if key not in inside},
        )
    notes = tuple(_notes(lane, known, flow, len(older)))
    name = _name(properties, number)
    return Person(name, (first, *newer), start, shown, tuple(older), known, notes)


def _notes(lane: CustomerState | None, known: Known | None, flow: str, older: int) -> Iterator[str]:
    """What counts here beside the lines, and what does not."""
    if older:
        yield (
            ngettext(
                "%d older event counts here, too, and is not in the test.",
                "%d older events count here, too, and are not in the test.",
                older,
            )
            % older
        )
    if lane is None or known is None:
        return
    if known.sent:
        yield ngettext(
            "%d message of the last days counts for the limits here.",
            "%d messages of the last days count for the limits here.",
            len(known.sent),
        ) % len(known.sent)
    if any(name == flow for name, _key in known.entries):
        yield _("Was in this flow before, and comes in again only as the flow allows.")
    if any(one.flow == flow and one.state != "ended" for one in lane.runs):
        yield _("Is in this flow now; the trial begins as if not.")
    elif any(one.state != "ended" for one in lane.runs):
        yield _("Is in other flows now, which are not tried here.")


def _looked_at(project: Project) -> frozenset[str]:
    """The properties of customers that flows and segments ask for."""
    return frozenset(
        node.parts[1]
        for one in project.all_declarations
        if isinstance(one, tree.Flow | tree.Segment)
        for node in walk(one)
        if isinstance(node, tree.Path) and len(node.parts) == 2 and node.parts[0] == "customer"
    )


def _customer(
    project: Project,
    properties: Mapping[str, Any],
    tags: list[str],
    agreed: set[str],
    asked: frozenset[str],
) -> str:
    told: dict[str, str] = {}
    reached = [channel for channel, contact in CONTACT.items() if properties.get(contact)]
    for channel in reached:
        contact = CONTACT[channel]
        told.setdefault(contact, _STAND_IN.get(contact, '"ada"'))
    for name in sorted(asked | _ALWAYS):
        kind = project.customer.get(name)
        value = properties.get(name)
        if name in _COUNTED - {"gender"} or kind is None or value is None:
            continue
        if name == "birthday":
            value = _some_year(value)
        said = _literal(value, kind, project)
        if said:
            told[name] = said
    if tags:
        told["tags"] = f"[{', '.join(_text(str(one)) for one in tags)}]"
    can = [channel for channel in CONTACT if channel in agreed and channel in reached]
    topics = project.declarations.topics
    can += [one for one in topics if one in agreed]
    told["can_receive"] = f"[{', '.join(_text(one) for one in can)}]"
    return f"given customer ({', '.join(f'{name}: {value}' for name, value in told.items())})"


def _some_year(value: Any) -> Any:
    """A day of the year, for what comes every year; in which year is nobody's business."""
    return f"1992{value[4:]}" if isinstance(value, str) and len(value) >= 10 else value


def _past(reader: Reader, deployment: Deployment, number: int, now: Instant) -> list[str]:
    """What they did, of what anything asks for, the oldest first."""
    rows = [
        (at, name, orjson.loads(words or b"{}"))
        for at, name, words in events.of_customer(reader, number, _READ)
        if not name.startswith("$") and name in deployment.types.events and at <= now
        and deployment.listens(name)
    ]  # fmt: skip
    lines = []
    for at, name, words in reversed(rows):
        kinds = deployment.types.events[name]
        said = ", ".join(
            f"{key}: {value}"
            for key, kind in kinds.items()
            if key in _TELLING and (value := _event_literal(words.get(key), kind, deployment))
        )
        lines.append(f"given {_ago(now - at)} ago {name}{f' ({said})' if said else ''}")
    return lines


_TELLING: Final = frozenset(
    {
        "item", "items", "value", "price", "quantity", "category", "search_term", "step", "score",
        "stars", "reason",
    }
)  # fmt: skip
"""Properties of events that conditions ask for, and that say nothing of who somebody is."""


def _ago(passed: int) -> str:
    minutes = max(passed // MINUTE, 1)
    for size, unit in ((DAY // MINUTE, "day"), (HOUR // MINUTE, "hour")):
        if minutes % size == 0:
            amount = minutes // size
            return f"{amount} {unit if amount == 1 else unit + 's'}"
    return f"{minutes} {'minute' if minutes == 1 else 'minutes'}"


def _event_literal(value: Any, kind: str, deployment: Deployment) -> str:
    if value is None:
        return ""
    if kind == "money":
        return f"{value / 10**deployment.types.digits:g}" if isinstance(value, int | float) else ""
    if kind == "list" and isinstance(value, list):
        names = [one.get("id") if isinstance(one, dict) else one for one in value]
        return f"[{', '.join(_text(str(one)) for one in names if one is not None)}]"
    return _plain(value)


def _literal(value: Any, kind: str, project: Project) -> str:
    if kind == "date":
        return "-".join(_digits(value)) if isinstance(value, str) and len(value) >= 10 else ""
    if kind == "money":
        from engine.core.values import minor_digits

        store = project.store
        currency = "EUR" if store is None else _currency(store)
        return f"{value / 10 ** minor_digits(currency):g}" if isinstance(value, int) else ""
    if kind == "list" and isinstance(value, list):
        return f"[{', '.join(_plain(one) for one in value)}]"
    return _plain(value)


def _digits(value: str) -> Iterator[str]:
    day = date.fromisoformat(value[:10])
    yield from (f"{day.year:04d}", f"{day.month:02d}", f"{day.day:02d}")


def _currency(store: tree.Store) -> str:
    return next((one.code for one in store.lines if isinstance(one, tree.Currency)), "EUR")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return _text(value) if isinstance(value, str) else ""


def _text(value: str) -> str:
    return wording.value(tree.Text(" ".join(value.split())))
