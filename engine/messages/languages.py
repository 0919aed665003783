"""In which language somebody is written to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.messages.files import MessageFile

_ASKS_LANGUAGE = re.compile(r"\{[{%][^}]*\blanguage\b")


def member(context: Mapping[str, Any], *path: str) -> str:
    """A value of the context as text, "" where there is none."""
    value: Any = context
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return str(value or "")


def store_language(context: Mapping[str, Any]) -> str:
    """The language of the shop, "" where it declares none."""
    return member(context, "store", "language")


def keeps_own(file: MessageFile, own: str, subject: str, context: Mapping[str, Any]) -> bool:
    """Whether a file that is in another language than the store's has a subject of its own."""
    if not own or not file.language or _ASKS_LANGUAGE.search(subject):
        return False
    return file.language.lower() not in narrow_to_wide(store_language(context))


def narrow_to_wide(language: str) -> list[str]:
    """`de-AT` as `de-at`, `de`."""
    pieces = language.replace("_", "-").lower().split("-")
    return ["-".join(pieces[:count]) for count in range(len(pieces), 0, -1) if pieces[0]]
