"""Which message is not written in a language that customers read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.messages.languages import narrow_to_wide
from engine.messages.library import Messages


class Gap(NamedTuple):
    """A message that people of a language get in another one.

    `customers` is how many read that language, None where no database tells.
    """

    message: str
    channel: str
    language: str
    customers: int | None


def spoken(messages: Messages, store: str) -> set[str]:
    """The languages that any message is written in, with the store's own."""
    found = {file.language.lower() for file in messages.files if not file.is_part}
    return {one for one in found | {store.lower()} if one}


def gaps(messages: Messages, store: str, readers: Mapping[str, int] | Iterable[str]) -> list[Gap]:
    """What is missing, by message, channel and language. `readers` are languages, with how many
    customers read each where that is known; "" reads the store's. Staff read the store's as well,
    so their messages are not looked at. The plain file counts as the store's language.
    """
    counts: Mapping[str, int | None] = (
        readers if isinstance(readers, Mapping) else dict.fromkeys(readers)
    )
    found: list[Gap] = []
    for name in messages.names():
        for channel in sorted(messages.channels(name)):
            if channel == "staff":
                continue
            written = {file.language.lower() for file in messages.variants(name, channel)}
            if "" in written:
                written |= {*narrow_to_wide(store)}
            found += [
                Gap(name, channel, language, counts[language])
                for language in sorted(counts)
                if written.isdisjoint(narrow_to_wide(language or store))
            ]
    return found
