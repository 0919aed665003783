"""Return addresses that say which message comes back, and addresses to unsubscribe at by mail.

Both are signed and carry all they mean, as links do (`engine.messages.links`): nobody can make up
one that ends somebody else's address, and making one needs no database. They stand in the local
part, where letters may lose their case, so they are written in base32.

| address | token says |
|---|---|
| `bounces+bTOKEN@host` | run, which of its messages, the hash of the address it went to |
| `bounces+uTOKEN@host` | who, and the channel or topic that is left; run and which message |
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.messages.links import MessageRef

_SIGNATURE: Final = 8
_NUMBER: Final = 6
_MARK: Final = 3
_DIGEST: Final = 16
LONGEST_NAME: Final = 9
"""Characters before the `+`, so that a local part has 64 at most (RFC 5321)."""


class Returned(NamedTuple):
    """What a return address says: `message` tells the run's messages apart, see `mark_of`."""

    run: int
    message: bytes
    digest: bytes


class Leaving(NamedTuple):
    """What an address to unsubscribe at says; `what` is the `short` of a channel or topic."""

    customer: int
    run: int
    message: bytes
    what: bytes


def mark_of(step: str, visit: int) -> bytes:
    """What tells the messages of a run apart."""
    return short(f"{step}\0{visit}")


def short(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_MARK).digest()


@dataclass(frozen=True, slots=True)
class ReturnPaths:
    """Makes and reads the addresses of one installation, below one `mailbox` (`bounces@host`)."""

    mailbox: str
    secret: bytes

    def make_return(self, message: MessageRef | None, digest: bytes) -> str:
        """Where a mail to the address of this hash comes back to."""
        run, mark = (0, bytes(_MARK))
        if message is not None:
            run, mark = message.run, mark_of(message.step, message.visit)
        return self._address(b"b", _bytes(run) + mark + digest)

    def make_leave(self, message: MessageRef, what: str) -> str:
        """Where a mail takes its customer off a channel or topic."""
        told = _bytes(message.customer) + _bytes(message.run)
        return self._address(b"u", told + mark_of(message.step, message.visit) + short(what))

    def read(self, address: str) -> Returned | Leaving | None:
        """What an address of ours says; None for every other."""
        local, _, host = address.strip().strip("<>").rpartition("@")
        name, plus, token = local.partition("+")
        own, _, at = self.mailbox.rpartition("@")
        if not plus or name.casefold() != own.casefold() or host.casefold() != at.casefold():
            return None
        purpose, letters = token[:1].lower().encode(), token[1:].upper()
        try:
            signed = base64.b32decode(letters + "=" * (-len(letters) % 8))
        except (binascii.Error, ValueError):
            return None
        signature, told = signed[:_SIGNATURE], signed[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._signature(purpose, told)):
            return None
        number = int.from_bytes(told[:_NUMBER])
        if purpose == b"b" and len(told) == _NUMBER + _MARK + _DIGEST:
            return Returned(number, told[_NUMBER : _NUMBER + _MARK], told[-_DIGEST:])
        if purpose == b"u" and len(told) == 2 * _NUMBER + 2 * _MARK:
            run = int.from_bytes(told[_NUMBER : 2 * _NUMBER])
            return Leaving(number, run, told[2 * _NUMBER : -_MARK], told[-_MARK:])
        return None

    def is_ours(self, address: str) -> bool:
        """Whether mail to it is for us: signed, or the mailbox itself (for reports of abuse)."""
        plain = address.strip().strip("<>").casefold()
        return plain == self.mailbox.casefold() or self.read(address) is not None

    def _address(self, purpose: bytes, told: bytes) -> str:
        signed = self._signature(purpose, told) + told
        token = base64.b32encode(signed).decode().rstrip("=").lower()
        own, _, host = self.mailbox.rpartition("@")
        return f"{own}+{purpose.decode()}{token}@{host}"

    def _signature(self, purpose: bytes, told: bytes) -> bytes:
        named = b"return " + purpose + b"\0" + told
        return hmac.new(self.secret, named, hashlib.sha256).digest()[:_SIGNATURE]


def _bytes(number: int) -> bytes:
    return number.to_bytes(_NUMBER)
