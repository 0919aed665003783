"""A text that is made of what stays of an older one and of what is said anew."""

from __future__ import annotations

from dsl.edits.edit import Edit, trim


class Rope:
    """Pieces of `text` that are kept, in order, and new text between them."""

    def __init__(self, text: str, line_end: str) -> None:
        self.text = text
        self.line_end = line_end
        self.pieces: list[str | tuple[int, int]] = []
        self.at = 0  # what stands in front of this was kept or is gone

    def keep(self, start: int, end: int) -> None:
        """Goes on with text[start:end]; what comes earlier than the last piece is copied."""
        if start >= end:
            return
        if start < self.at:
            self.pieces.append(self.text[start:end])
            return
        last = self.pieces[-1] if self.pieces else None
        if isinstance(last, tuple) and last[1] == start:
            self.pieces[-1] = (last[0], end)
        else:
            self.pieces.append((start, end))
        self.at = end

    def say(self, text: str) -> None:
        if text:
            self.pieces.append(text)

    def end_line(self) -> None:
        """What follows stands on a line of its own."""
        if not self.ends_line():
            self.say(self.line_end)

    def ends_line(self) -> bool:
        return not self.pieces or self._said(self.pieces[-1]).endswith(("\n", "\ufeff"))

    def finish(self, *, final: bool) -> None:
        """Ends the last line, or leaves it open."""
        if final:
            self.end_line()
            return
        while self.pieces:
            piece = self.pieces.pop()
            said = self._said(piece)
            stripped = said.removesuffix("\n").removesuffix("\r") if said[-1:] == "\n" else said
            if isinstance(piece, str):
                self.say(stripped)
            elif stripped:
                self.pieces.append((piece[0], piece[0] + len(stripped)))
            if stripped:
                return

    def _said(self, piece: str | tuple[int, int]) -> str:
        return piece if isinstance(piece, str) else self.text[piece[0] : piece[1]]

    def edits(self) -> tuple[Edit, ...]:
        """How the old text becomes this one."""
        found: list[Edit] = []
        said: list[str] = []
        at = 0
        for piece in [*self.pieces, (len(self.text), len(self.text))]:
            if isinstance(piece, str):
                said.append(piece)
                continue
            start, end = piece
            if start > at or said:
                found.append(trim(self.text, at, start, "".join(said)))
            at, said = end, []
        return tuple(one for one in found if one.start < one.end or one.text)
