"""What becomes of a draft when the file changed below it."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.edits import merging
from editor.documents.contents import alike, plain, readable
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
    """Both changes of a file in one."""
    if same(file, mine, base) or same(file, mine, theirs):
        return Merged(theirs)
    if theirs == base:
        return Merged(mine)
    if is_media(file):
        return Merged(None, (Conflict("", "", ""),))
    both = merging.merge(readable(base), readable(mine), readable(theirs))
    if both.text is not None:
        return Merged(both.text.encode())
    return Merged(None, tuple(_shown(one) for one in both.conflicts))


def _shown(one: merging.Conflict) -> Conflict:
    return Conflict(
        plain(one.base.text), plain(one.mine.text), plain(one.theirs.text), one.mine.line
    )


def chosen(
    file: str, base: bytes, mine: bytes, theirs: bytes, number: int, side: Side
) -> tuple[bytes, bytes]:
    """Base and draft after one of the conflicts has been settled.

    The new base is what the file holds, but for the conflicts that are left: so they stay, and all
    else is a change of what the file holds.

    Raises:
        NotEditableError: there is no such conflict, or no way to have both.
    """
    left = len(merged(file, base, mine, theirs).conflicts)
    if not 0 <= number < left:
        raise NotEditableError("There is nothing to choose here any more.")
    if is_media(file):
        if side == "both":
            raise NotEditableError("A picture is the one or the other.")
        return theirs, mine if side == "mine" else theirs
    text = readable(theirs)
    both = merging.merge(readable(base), readable(mine), text)
    sides: list[Side] = ["mine"] * left
    sides[number] = side
    lines = _lines(text)
    for place, one in reversed([*enumerate(both.conflicts)]):
        if place != number:
            start = one.theirs.line - 1
            lines[start : start + len(_lines(one.theirs.text))] = _lines(one.base.text)
    return "".join(lines).encode(), both.chosen(sides).encode()


def _lines(text: str) -> list[str]:
    """Lines as the merge counts them: each ends with LF."""
    pieces = text.split("\n")
    return [f"{one}\n" for one in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
