"""What can go wrong with one message, with the place in its file."""

from __future__ import annotations

from pathlib import Path

from engine.errors import PlainError


class MessageError(PlainError):
    """A message cannot be used. `file` and `line` (from 1) say where to look."""

    def __init__(self, reason: str, *, file: Path | str = "", line: int = 1) -> None:
        self.reason = reason
        self.file = str(file)
        self.line = line
        place = f"{self.file}:{line}: " if self.file else ""
        super().__init__(f"{place}{reason}")


class RenderError(MessageError):
    """One person's message could not be made. Their neighbours in the batch are unaffected."""


class MissingMessageError(MessageError):
    """There is no file for this message and channel."""
