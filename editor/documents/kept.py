"""What was made of a text is kept by the text: its parse, its graphs, their layouts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Final, Generic, TypeVar

from dsl.graph.drawing import Layout, lay_out
from dsl.graph.graph import StepGraph
from dsl.parsing.parser import Parsed, parse
from dsl.project import FlowFile, parsed_file
from editor.documents.contents import readable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_TEXTS: Final = 256
_LAYOUTS: Final = 256


class Kept(Generic[K, V]):
    """At most so many values, those that were asked for last. For several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of `key`, made where it is not known."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        # Made outside of the lock: two threads may both make one, and the first stays.
        made = make()
        with self._lock:
            value = self._values.setdefault(key, made)
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
            return value


class Texts:
    """Flow files by their name and text, parsed once, and the layouts of their graphs."""

    def __init__(self) -> None:
        self._parsed: Kept[tuple[str, str], Parsed] = Kept(_TEXTS)
        self._files: Kept[tuple[str, str], FlowFile] = Kept(_TEXTS)
        self._layouts: Kept[int, tuple[StepGraph, Layout]] = Kept(_LAYOUTS)

    def file(self, path: Path, name: str, data: bytes) -> FlowFile:
        """The file of that name with these bytes, parsed once."""
        text = readable(data)
        return self._files.get((name, text), lambda: parsed_file(path, self.parsed(name, text)))

    def parsed(self, name: str, text: str) -> Parsed:
        """What a text says, in the file of that name."""
        return self._parsed.get((name, text), lambda: parse(text, name))

    def keep(self, parsed: Parsed) -> Parsed:
        """Know what a text says that somebody else has read; what is known of it already."""
        return self._parsed.get((parsed.file, parsed.text), lambda: parsed)

    def layout(self, graph: StepGraph) -> Layout:
        """The places of a graph's steps, laid out once for each graph."""
        # The graph is kept with its layout, so that no other can have its identity.
        return self._layouts.get(id(graph), lambda: (graph, lay_out(graph)))[1]
