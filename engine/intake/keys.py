"""Write keys: what lets a shop's server or page send events.

A server key is secret and may say everything about everybody. A browser key stands in pages for
all to read, and may only speak for its own visitor. Keys are kept as their SHA-256; they are long
and random, so there is nothing to slow a guesser down for.

Beside a browser key stands a signing secret, which only the shop's server has: a userId that is
signed with it is that visitor's. It is derived from the key's hash and the installation's secret,
so neither of the two that are kept is enough to know it.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from engine.core.model import Instant
from engine.store import api_keys
from engine.store.dialects import Digest
from engine.store.rows import Rows
from engine.store.secrets import known_secret, secret_of
from engine.store.writer import Transaction

Kind = Literal["server", "browser"]

_FRESH_SECONDS = 1.0
"""How long a key that was found valid is believed; a revoked key stops after that."""


@dataclass(frozen=True, slots=True)
class Key:
    id: int
    name: str
    kind: Kind
    signing: str = field(default="", repr=False)


def signature(signing: str, user: str) -> str:
    """What a shop's server says about a userId: HMAC-SHA256 with the signing secret, in hex."""
    return hmac.new(signing.encode(), user.encode(), sha256).hexdigest()


def is_signed(signing: str, user: str, told: object) -> bool:
    """Whether `told` is the signature of this userId; without a signing secret nothing is."""
    if not signing or not user or not isinstance(told, str):
        return False
    expected = signature(signing, user).encode()
    return hmac.compare_digest(expected, told.strip().lower().encode())


def signing_secret(transaction: Transaction, text: str) -> str:
    """The signing secret that belongs to a browser key of this text, to be shown with it."""
    return _signing(secret_of(transaction), text)


def _signing(installation: str, text: str) -> str:
    told = b"sign users of " + sha256(text.encode("utf-8", "surrogatepass")).digest()
    made = hmac.new(installation.encode(), told, sha256).digest()
    return f"hr_s_{urlsafe_b64encode(made).decode().rstrip('=')}"


def create(
    transaction: Transaction, name: str, kind: Kind, at: Instant, secret: str | None = None
) -> str:
    """A new key, to be shown once. `secret` fixes its text (the demo's keys).

    Creating a fixed key that exists already, with the same kind, leaves it as it is.
    """
    text = secret or f"hr_{kind[0]}_{secrets.token_urlsafe(24)}"
    api_keys.add(transaction, name, kind, _hash(text), at)
    return text


def revoke(transaction: Transaction, name: str, at: Instant) -> int:
    """End all keys of this name; says how many."""
    return api_keys.revoke(transaction, name, at)


def rotate(transaction: Transaction, name: str, at: Instant) -> str | None:
    """A new key of the same name and kind beside the old one, which is then to be revoked.

    None when there is no such key.
    """
    row = api_keys.kind_of(transaction, name)
    return None if row is None else create(transaction, name, row[0], at)


def find(rows: Rows, text: str) -> Key | None:
    """The key of this text, if it is valid."""
    row = api_keys.valid(rows, _hash(text))
    if row is None:
        return None
    number, name, kind = row
    if kind != "browser":
        return Key(number, name, kind)
    installation = known_secret(rows)
    return Key(number, name, kind, _signing(installation, text) if installation else "")


class KeyRing:
    """Valid keys in memory. Only valid ones, so that guesses cost no memory."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[float, Key]] = {}

    def find(self, text: str) -> Key | None:
        """The key of this text, if it is valid (or was, a second ago)."""
        now = time.monotonic()
        cached = self._keys.get(text)
        if cached is not None and now - cached[0] < _FRESH_SECONDS:
            return cached[1]
        if not text or len(text) > 200:
            return None
        with self._lock:
            found = find(self._rows, text)
            if found is None:
                self._keys.pop(text, None)
            else:
                self._keys[text] = (now, found)
        return found


def _hash(text: str) -> Digest:
    return Digest(sha256(text.encode("utf-8", "surrogatepass")).digest())
