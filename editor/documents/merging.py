"""What becomes of a draft when the file changed below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from editor.documents.contents import alike, dressed, plain
from editor.documents.document import Conflict, Side


@dataclass(frozen=True, slots=True)
class Merged:
    """`text` holds both changes; None where they contradict each other, as `conflicts` say."""

    text: str | None
    conflicts: tuple[Conflict, ...] = ()


def merged(base: str, mine: str, theirs: str) -> Merged:
    """Both changes of one text in one text, with the line ends of `theirs`."""
    if alike(mine, base) or alike(mine, theirs):
        return Merged(theirs)
    if alike(theirs, base):
        return Merged(dressed(mine, theirs))
    return Merged(None, (Conflict(plain(base), plain(mine), plain(theirs)),))


def chosen(base: str, mine: str, theirs: str, number: int, side: Side) -> tuple[str, str]:
    """Base and draft after one of the conflicts has been settled.

    Raises:
        IndexError: there is no such conflict.
    """
    conflict = merged(base, mine, theirs).conflicts[number]
    text: dict[Literal["mine", "theirs", "both"], str] = {
        "mine": conflict.mine,
        "theirs": conflict.theirs,
        "both": conflict.mine + conflict.theirs,
    }
    return theirs, dressed(text[side], theirs)
