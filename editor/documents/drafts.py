"""The drafts of all people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody made of a file: `text` instead of `base`, which is what the file held.

    `base` None: a file that is new. `text` None: the file is to go. `was` names the file that this
    one is to replace.
    """

    base: bytes | None
    text: bytes | None
    was: str = ""


class Drafts:
    """Drafts by person and file."""

    def __init__(self) -> None:
        self._people: dict[str, dict[str, Draft]] = {}

    def of(self, person: str) -> dict[str, Draft]:
        """All drafts of a person, by file."""
        return dict(self._people.get(person, {}))

    def change(self, person: str, drafts: Mapping[str, Draft | None]) -> None:
        """Keep these, and none where there is None: all of it or nothing."""
        known = self._people.setdefault(person, {})
        for file, draft in drafts.items():
            if draft is None:
                known.pop(file, None)
            else:
                known[file] = draft
