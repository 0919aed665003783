"""What shops put on their pages: `s.js`, without the notes that only we read."""

from __future__ import annotations

import gzip
import re
from functools import cache
from importlib.resources import files

_NOTES = re.compile(r"/\*.*?\*/|^\s*//.*?$|\s// .*?$", re.MULTILINE | re.DOTALL)
_SPACE = re.compile(r"\n\s*")


@cache
def plain() -> bytes:
    """The script, UTF-8, without comments and indentation. None of its strings holds any."""
    text = files("engine.public").joinpath("s.js").read_text("utf-8")
    return _SPACE.sub("\n", _NOTES.sub("", text)).strip().encode()


@cache
def compressed() -> bytes:
    """The same, as gzip; the same bytes each time."""
    return gzip.compress(plain(), 9, mtime=0)
