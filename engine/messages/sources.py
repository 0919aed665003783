"""What can be seen in the sources of messages before anything is rendered, looked up once."""

from __future__ import annotations

from pathlib import Path

from engine.messages.files import MessageFile
from engine.messages.marks import may_be_marked
from engine.messages.templating import words


class Sources:
    """The message files of one folder, as texts."""

    def __init__(self, files: tuple[MessageFile, ...]) -> None:
        self._files = files
        self._words: dict[tuple[Path, str], frozenset[str] | None] = {}
        self._markable: dict[tuple[Path, str], bool] = {}

    def words(self, file: MessageFile, subject: str) -> frozenset[str] | None:
        """The words of all that may be rendered with a file, and of the `subject` that its flow
        says; None where any variable may be meant.
        """
        key = file.path, subject
        if key not in self._words:
            beside = (one for one in self._files if one.is_part or one.name == file.name)
            self._words[key] = words([subject, *(one.source for one in beside)])
        return self._words[key]

    def may_be_marked(self, file: MessageFile, layout: str) -> bool:
        """Whether values in a mail's text may be marked; `layout` is the text around it."""
        key = file.path, layout
        if key not in self._markable:
            parts = [one.body for one in self._files if one.is_part]
            self._markable[key] = file.is_mjml and may_be_marked(file.body, layout, parts)
        return self._markable[key]
