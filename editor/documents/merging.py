"""What becomes of a draft when the file changed below it."""

from __future__ import annotations

from dataclasses import dataclass

from editor.documents.contents import alike, dressed, plain, readable
from editor.documents.disk import is_media
from editor.documents.document import Conflict, NotEditableError, Side


@dataclass(frozen=True, slots=True)
class Merged:
    """`data` holds both changes; None where they contradict each other, as `conflicts` say."""

    data: bytes | None
    conflicts: tuple[Conflict, ...] = ()


def same(file: str, one: bytes, other: bytes) -> bool:
    """Whether two contents of a file say the same, but for a text's line ends."""
    return one == other or (not is_media(file) and alike(readable(one), readable(other)))


def merged(file: str, base: bytes, mine: bytes, theirs: bytes) -> Merged:
    """Both changes of a file in one, with the line ends of `theirs`."""
    if same(file, mine, base) or same(file, mine, theirs):
        return Merged(theirs)
    if is_media(file):
        return Merged(mine) if theirs == base else Merged(None, (Conflict("", "", ""),))
    ours, others = readable(mine), readable(theirs)
    if alike(others, readable(base)):
        return Merged(dressed(plain(ours), others).encode())
    return Merged(None, (Conflict(plain(readable(base)), plain(ours), plain(others)),))


def chosen(
    file: str, base: bytes, mine: bytes, theirs: bytes, number: int, side: Side
) -> tuple[bytes, bytes]:
    """Base and draft after one of the conflicts has been settled.

    Raises:
        NotEditableError: there is no such conflict, or no way to have both.
    """
    conflicts = merged(file, base, mine, theirs).conflicts
    if not 0 <= number < len(conflicts):
        raise NotEditableError("There is nothing to choose here any more.")
    if is_media(file):
        if side == "both":
            raise NotEditableError("A picture is the one or the other.")
        return theirs, mine if side == "mine" else theirs
    one = conflicts[number]
    text = {"mine": one.mine, "theirs": one.theirs, "both": one.mine + one.theirs}[side]
    return theirs, dressed(text, readable(theirs)).encode()
