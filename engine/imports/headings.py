"""Headings as people write them: `E-mail`, `First Name` and `User ID` for ours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal

from engine.core.values import Types
from engine.imports import events as happened
from engine.imports import people
from engine.intake import products
from engine.intake.names import TRAITS, snake_case

Kind = Literal["customers", "products", "orders", "events"]

_MEANS: Final = {
    "e_mail": "email",
    "mail": "email",
    "email_address": "email",
    "e_mail_address": "email",
    "phone_number": "phone",
    "mobile_phone": "phone",
    "mobile": "phone",
    "telephone": "phone",
    "given_name": "first_name",
    "family_name": "last_name",
    "surname": "last_name",
    "date_of_birth": "birthday",
    "birth_date": "birthday",
    "birthdate": "birthday",
    "zip_code": "postal_code",
    "postcode": "postal_code",
}


def plain(heading: str) -> str:
    """As we would write it."""
    name = snake_case(heading)
    return _MEANS.get(name, name)


def words(kind: Kind, types: Types) -> frozenset[str]:
    """What a column may be called."""
    match kind:
        case "customers":
            return frozenset((*people.WORDS, *TRAITS, *types.customer))
        case "products":
            return frozenset((*products.WORDS, *types.product))
        case "orders":
            return frozenset((*happened.ORDER_WORDS, *types.events.get("purchase", ())))
    properties = {name for kinds in types.events.values() for name in kinds}
    return frozenset((*happened.EVENT_WORDS, *properties))


def read(row: Mapping[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    """A row by our names, as far as `known` has them. Other columns keep theirs."""
    ours = _ours(tuple(row), known)
    return row if ours is None else {ours.get(name, name): told for name, told in row.items()}


@lru_cache(maxsize=256)
def _ours(columns: tuple[str, ...], known: frozenset[str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    taken = set(columns)
    for column in columns:
        if column in known:
            continue
        name = plain(column)
        if name not in taken and (name in known or name.startswith(people.CONSENT)):
            found[column] = name
            taken.add(name)
    return found or None
