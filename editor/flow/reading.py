"""What a draft's text says: read once for each text, drawn once for each flow of it."""

from __future__ import annotations

from typing import Final

from dsl import tree
from dsl.graph.compiler import compile_flow
from dsl.parsing.parser import Parsed
from editor.documents.kept import Kept, Texts, letters
from editor.flow.drawing import Drawing
from editor.language import current

_LETTERS: Final = 250_000
"""Of all texts together; a drawing has three objects for each two of the tree."""


class Reading:
    """A text as it was parsed, with the drawings of its flows as they are asked for."""

    def __init__(self, file: str, parsed: Parsed) -> None:
        self.file = file
        self.parsed = parsed
        self._drawings: dict[tuple[int, str], Drawing] = {}

    @property
    def text(self) -> str:
        return self.parsed.text

    def flow(self, name: str) -> tree.Flow | None:
        """The first flow of this name."""
        return next((one for one in self.flows if one.name == name), None)

    @property
    def flows(self) -> list[tree.Flow]:
        return [one for one in self.parsed.tree.declarations if isinstance(one, tree.Flow)]

    def place(self, flow: tree.Flow) -> int:
        """Which of the file's declarations a flow is, from 0."""
        return next(n for n, one in enumerate(self.parsed.tree.declarations) if one is flow)

    def declaration(self, place: int) -> tree.Declaration | None:
        """What stands at that place, None behind the last."""
        declarations = self.parsed.tree.declarations
        return declarations[place] if 0 <= place < len(declarations) else None

    def drawing(self, flow: tree.Flow) -> Drawing:
        """How a flow of it is drawn, in the reader's language."""
        key = id(flow), current()
        known = self._drawings.get(key)
        if known is None:
            known = self._drawings[key] = Drawing(compile_flow(flow)).spoken()
        return known


class Readings:
    """The texts that were read last. For several threads."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._kept: Kept[tuple[str, str], Reading] = Kept(_LETTERS, letters)

    def of(self, file: str, text: str) -> Reading:
        """A text of this file."""
        return self._kept.get((file, text), lambda: Reading(file, self._texts.parsed(file, text)))

    def read(self, parsed: Parsed) -> Reading:
        """The same for a text of this file that was parsed already."""
        known = self._texts.keep(parsed)
        return self._kept.get((known.file, known.text), lambda: Reading(known.file, known))
