"""Short links in what is paid for by its length. They are kept before the message goes out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from engine.core.model import Instant
from engine.logs import logger
from engine.messages.links import LinkMaker, MessageRef
from engine.messages.short_links import shortened
from engine.store import short_links
from engine.store.errors import StoreError
from engine.store.short_links import Short
from engine.store.writer import Writer

_log = logger(__name__)
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH: Final = 10

Keep = Callable[[Sequence[Short], Instant], None]


def code_of(secret: bytes, message: MessageRef, target: str) -> str:
    """The link's own letters: a signature of what it stands for (59 bits), so that nobody guesses
    one, and a message that is tried again has the same.
    """
    told = b"l\0" + orjson.dumps([*message, target])
    number = int.from_bytes(hmac.new(secret, told, hashlib.sha256).digest(), "big")
    letters = ""
    for _ in range(_LENGTH):
        number, rest = divmod(number, len(_LETTERS))
        letters += _LETTERS[rest]
    return letters


@dataclass(frozen=True, slots=True)
class Shortening:
    """Makes the links of a text short, where they can be kept."""

    maker: LinkMaker
    store_url: str
    writer: Writer

    def text(self, text: str, message: MessageRef, click: Callable[[str], str], at: Instant) -> str:
        """The text with short links. `click` gives the address that counts, or the plain one.

        Where the database is away, the links stay as long as they are.
        """
        made: list[Short] = []

        def short(url: str) -> str:
            target = click(url)
            code = code_of(self.maker.secret, message, target)
            made.append(Short(code, message.customer, target))
            return f"{self.maker.base_url}/l/{code}"

        found = shortened(text, self.store_url, short)
        if found == text:
            return text
        try:
            self.writer.run(lambda tx: short_links.keep(tx, made, at))
        except StoreError as error:
            _log.warning("links were not made short", error=str(error))
            return text
        return found
