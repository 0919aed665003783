"""How many calls of batches were refused since the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.logs import logger

_log = logger(__name__)

_SHOWN: Final = 5


class Rejections:
    """Counted by code; a line in the log for each batch, without any value of it."""

    def __init__(self) -> None:
        self.by_code: Counter[str] = Counter()

    def note(self, key: str, refused: Iterable[Mapping[str, Any]]) -> None:
        """`refused` are answers with `code`, `message` and `field`; `key` is the key's name."""
        found = list(refused)
        if not found:
            return
        self.by_code.update(str(each["code"]) for each in found)
        kinds = Counter(
            f"{str(each['field']).partition('].')[2] or 'call'}: {each['code']}" for each in found
        )
        why = dict(kinds.most_common(_SHOWN))
        _log.warning("items of a batch were refused", key=key, refused=len(found), why=why)
