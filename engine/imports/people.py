"""A row about a person, checked: who it is, what it says of them, what they agreed to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.audience import contact
from engine.audience.profile import NOT_OURS, Profile
from engine.imports import cells
from engine.model import Instant
from engine.public.calls import MAX_ID
from engine.public.names import trait_names
from engine.public.refusal import Refusal, invalid
from engine.values import Types

IDS: Final = ("user_id", "userId", "customer_id", "customerId", "customer", "id")
_ANONYMOUS: Final = ("anonymous_id", "anonymousId")
_LEFT_OUT: Final = frozenset(("phone", "timezone", "language"))
"""What cannot be read of these is left out: the person is worth more than the detail."""
_CONSENT: Final = "consent_"
_KEPT: Final = NOT_OURS - {"id", "consent"}


@dataclass(slots=True)
class Said:
    """What somebody agreed to or not, when, and where that is on record."""

    agreed: bool
    at: Instant | None = None
    source: str = ""


@dataclass(slots=True)
class Person:
    """A row that can be stored."""

    line: int
    user: str = ""
    anonymous: str = ""
    email: str = ""
    about: Profile = field(default_factory=lambda: Profile(0))
    cleared: tuple[str, ...] = ()
    consent: dict[str, Said] = field(default_factory=dict)
    fills: bool = False  # an old order says only what is not known yet

    @property
    def mailbox(self) -> str:
        return self.email.casefold()


def identifier(told: Any, name: str) -> str:
    """An id as the tracking API takes it."""
    if told is None or told == "":
        return ""
    if isinstance(told, int | float) and not isinstance(told, bool):
        told = str(told)
    if not isinstance(told, str) or len(told) > MAX_ID or not told.isprintable():
        raise invalid(name, f"must be visible text of at most {MAX_ID} characters")
    return told.strip()


def address(told: Any, name: str = "email") -> str:
    """A mail address, "" for none. Raises `Refusal` for what is no address."""
    if told is None or told == "":
        return ""
    found = contact.email(told)
    if not found:
        raise invalid(name, "is not an e-mail address")
    return found


def read_person(
    line: int, row: Mapping[str, Any], types: Types, now: Instant, warnings: Counter[str]
) -> Person:
    """A row as a person. Raises `Refusal` that names the column."""
    left = dict(row)
    person = Person(line)
    for name in IDS:
        if name in left:
            person.user = person.user or identifier(left.pop(name), name)
    for name in _ANONYMOUS:
        if name in left:
            person.anonymous = identifier(left.pop(name), name)
    nested = left.pop("traits", None)
    if isinstance(nested, Mapping):
        left |= nested
    person.consent = _consent(left, types, now)
    traits = trait_names(left)
    traits.pop("id", None)
    for name in _KEPT & traits.keys():
        del traits[name]
        warnings[f"{name}: Headrace counts this itself, the column is left out"] += 1
    person.email = address(traits.get("email"))
    if person.email:
        traits["email"] = person.email
    if not person.user and not person.email and not person.anonymous:
        raise Refusal("invalid", "has neither an id nor an e-mail address")
    tags = traits.get("tags")
    if isinstance(tags, str):
        traits["tags"] = [str(tag) for tag in cells.words("tags", tags)]
    ignored = person.about.apply(cells.typed(traits, types.customer, types), types)
    for each in ignored:
        name = each.partition(":")[0].removeprefix("traits.")
        if name not in _LEFT_OUT:
            raise invalid(name, f"cannot be read as {types.customer.get(name, 'value')}")
        warnings[f"{name}: cannot be read, left out"] += 1
    person.cleared = tuple(name for name, told in traits.items() if told is None)
    return person


def _consent(left: dict[str, Any], types: Types, now: Instant) -> dict[str, Said]:
    """Consent out of `consent: {..}` and columns `consent_X`, `consent_X_at`, `consent_X_source`.

    `consent_at` and `consent_source` hold for all of them.
    """
    said: dict[str, Said] = {}
    nested = left.pop("consent", None)
    if isinstance(nested, Mapping):
        for what, told in nested.items():
            said[str(what)] = _said(f"consent.{what}", told, types, now)
    elif nested is not None:
        raise invalid("consent", 'must be an object like {"email": true}')
    columns = {name: left.pop(name) for name in list(left) if name.startswith(_CONSENT)}
    at, source = columns.pop("consent_at", None), columns.pop("consent_source", None)
    for name, told in columns.items():
        what = name.removeprefix(_CONSENT)
        for suffix in ("_at", "_source"):
            if what.endswith(suffix) and what.removesuffix(suffix):
                break
        else:
            when = columns.get(f"{name}_at", at)
            where = columns.get(f"{name}_source", source)
            if told is not None and told != "":
                said[what] = _said(name, {"agreed": told, "at": when, "source": where}, types, now)
    return said


def _said(name: str, told: Any, types: Types, now: Instant) -> Said:
    if not isinstance(told, Mapping):
        return Said(cells.yes(name, told))
    at = told.get("at")
    when = cells.moment(f"{name}_at", at, types.zone, now) if at not in (None, "") else None
    return Said(cells.yes(name, told.get("agreed")), when, str(told.get("source") or "")[:200])
