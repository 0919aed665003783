"""What was made of a text is kept by the text: its parse, its graphs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Final, Generic, TypeVar

from dsl.parsing.parser import Parsed, parse
from dsl.project import FlowFile, parsed_file
from editor.documents.contents import readable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_LETTERS: Final = 500_000
"""Of all texts together: a flow of 200 steps has 9,000, and two thousand objects in its tree."""


class Kept(Generic[K, V]):
    """At most so many values, those that were asked for last. For several threads."""

    def __init__(self, most: int, weigh: Callable[[K], int] = lambda _key: 1) -> None:
        """`most` is what all together may weigh, each by its key; the last one always stays."""
        self._most = most
        self._weigh = weigh
        self._weight = 0
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
            if key not in self._values:
                self._weight += self._weigh(key)
            value = self._values.setdefault(key, made)
            self._values.move_to_end(key)
            while self._weight > self._most and len(self._values) > 1:
                gone, _ = self._values.popitem(last=False)
                self._weight -= self._weigh(gone)
            return value


class Texts:
    """Flow files by their name and text, parsed once."""

    def __init__(self) -> None:
        self._parsed: Kept[tuple[str, str], Parsed] = Kept(_LETTERS, letters)
        self._files: Kept[tuple[str, str], FlowFile] = Kept(_LETTERS, letters)

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


def letters(key: tuple[str, str]) -> int:
    """What a text weighs beside others, by its file's name and itself."""
    return len(key[1])
