"""A row about a person, checked: who it is, what it says of them, what they agreed to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from engine.core.model import Instant
from engine.core.values import Types
from engine.customers import contact
from engine.customers.profile import NOT_OURS, Profile
from engine.intake import cells
from engine.intake.calls import MAX_ID
from engine.intake.identifiers import names_somebody
from engine.intake.names import trait_names
from engine.intake.refusal import Refusal, invalid

IDS: Final = ("user_id", "userId", "customer_id", "customerId", "customer", "id")
_ANONYMOUS: Final = ("anonymous_id", "anonymousId")
CONSENT: Final = "consent_"
_KEPT: Final = NOT_OURS - {"id", "consent"}
WORDS: Final = (*IDS, *_ANONYMOUS, *_KEPT, "tags", "traits", "consent")
"""What a column is called that is no property."""


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
    phone: str = ""  # whoever has nothing else is known by it
    about: Profile = field(default_factory=lambda: Profile(0))
    cleared: tuple[str, ...] = ()
    consent: dict[str, Said] = field(default_factory=dict)
    fills: bool = False  # an old order says only what is not known yet
    since: Instant | None = None  # they are known at least from then on

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


def forget_nobody(person: Person) -> None:
    """`guest` and `0` are what shops write for nobody: no id, where anything else says who."""
    other = person.email or person.anonymous or person.about.properties.get("phone")
    if other and person.user and not names_somebody(person.user):
        person.user = ""


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
    nested = left.pop("traits", None)
    if isinstance(nested, Mapping):
        left |= nested
    columns = _columns(tuple(left))
    person = Person(line)
    for name in columns.ids:
        user = identifier(left.pop(name), name)
        person.user = person.user or user
    for name in columns.anonymous:
        person.anonymous = identifier(left.pop(name), name)
    person.consent = _consent(left, columns, types, now)
    traits = trait_names(left)
    traits.pop("id", None)
    for name in _KEPT & traits.keys():
        del traits[name]
        warnings[f"{name}: Headrace counts this itself, the column is left out"] += 1
    person.email = address(traits.get("email"))
    if person.email:
        traits["email"] = person.email
    person.cleared = tuple(name for name, told in traits.items() if told is None)
    readable = _readable(traits, types, warnings)
    for each in person.about.apply(readable, types):
        name = each.partition(":")[0].removeprefix("traits.")
        warnings[f"{name}: cannot be read, left out"] += 1
    forget_nobody(person)
    known_by_phone(person)
    if not person.user and not person.email and not person.anonymous and not person.phone:
        raise Refusal("invalid", "has neither an id nor an e-mail address")
    return person


def known_by_phone(person: Person) -> None:
    """Let somebody of whom nothing else is known be found by the phone number."""
    phone = person.about.properties.get("phone")
    if not (person.user or person.email or person.anonymous) and isinstance(phone, str):
        person.phone = phone


def _readable(traits: Mapping[str, Any], types: Types, warnings: Counter[str]) -> dict[str, Any]:
    """The traits whose cells can be read: a person is worth more than any detail of them."""
    found: dict[str, Any] = {}
    for name, told in traits.items():
        try:
            if name == "tags" and isinstance(told, str):
                found[name] = [str(tag) for tag in cells.words("tags", told)]
            else:
                found |= cells.typed({name: told}, types.customer, types)
        except Refusal:
            warnings[f"{name}: cannot be read, left out"] += 1
    return found


class _Columns(NamedTuple):
    """What the columns of a row are for, apart from what they say of the customer."""

    ids: tuple[str, ...]
    anonymous: tuple[str, ...]
    consent: tuple[tuple[str, str], ...]  # what, and the column that says so
    about_consent: tuple[str, ...]  # when and where; `consent_at` holds for all


@lru_cache(maxsize=64)
def _columns(names: tuple[str, ...]) -> _Columns:
    consent: list[tuple[str, str]] = []
    about: list[str] = []
    for name in names:
        if not name.startswith(CONSENT):
            continue
        what = name.removeprefix(CONSENT)
        plain = what not in ("at", "source") and not what.endswith(("_at", "_source"))
        if plain:
            consent.append((what, name))
        else:
            about.append(name)
    return _Columns(
        tuple(name for name in IDS if name in names),
        tuple(name for name in _ANONYMOUS if name in names),
        tuple(consent),
        tuple(about),
    )


def _consent(
    left: dict[str, Any],
    columns: _Columns,
    types: Types,
    now: Instant,
) -> dict[str, Said]:
    """Consent out of `consent: {..}` and columns `consent_X`, `consent_X_at`, `consent_X_source`.

    `consent_at` and `consent_source` hold for all of them.
    """
    said: dict[str, Said] = {}
    nested = left.pop("consent", None)
    if isinstance(nested, Mapping):
        for what, told in nested.items():
            if answer := _said(f"consent.{what}", told, types, now):
                said[str(what)] = answer
    elif nested is not None and (answer := _said("consent", nested, types, now)):
        said["email"] = answer
    if not columns.consent and not columns.about_consent:
        return said
    about = {name: left.pop(name) for name in columns.about_consent}
    for what, name in columns.consent:
        told = left.pop(name)
        if told is None or told == "":
            continue
        at = about.get(f"{name}_at", about.get("consent_at"))
        source = about.get(f"{name}_source", about.get("consent_source"))
        about_it = {"agreed": told, "at": at, "source": source}
        if answer := _said(name, about_it, types, now):
            said[what] = answer
    return said


def _said(name: str, told: Any, types: Types, now: Instant) -> Said | None:
    """What somebody answered; None where they were never asked."""
    about: Mapping[str, Any] = told if isinstance(told, Mapping) else {"agreed": told}
    agreed, at = about.get("agreed"), about.get("at")
    if cells.spoken(agreed) in cells.NEVER:
        return None
    when = cells.moment(f"{name}_at", at, types.zone, now) if at not in (None, "") else None
    source = str(about.get("source") or "")[:200]
    if isinstance(agreed, str) and len(agreed.strip()) >= 10:
        try:  # some exports say when instead of yes
            return Said(True, cells.moment(name, agreed, types.zone, now), source)
        except Refusal:
            pass  # neither: the sentence below says so
    return Said(cells.yes(name, agreed), when, source)
