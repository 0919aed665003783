"""A mailbox with what comes back, looked into over IMAP (RFC 3501).

    imaps://user:word@host:993/INBOX     TLS from the first byte
    imap://user:word@host:143/INBOX      STARTTLS, except on this machine

Only mails that were not seen are fetched; one is marked as seen when what it says is on the disk.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from engine.channels.receiver import MAX_MAIL

TIMEOUT: Final = 30.0
"""Seconds for each answer."""
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Place:
    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: bool


def place_of(url: str) -> Place:
    """The mailbox that `url` names. Raises `ValueError`."""
    parts = urlsplit(url)
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
        raise ValueError("HEADRACE_RETURN_IMAP must look like imaps://user:word@host/INBOX")
    tls = parts.scheme == "imaps"
    return Place(
        parts.hostname,
        parts.port or (993 if tls else 143),
        unquote(parts.username),
        unquote(parts.password or ""),
        unquote(parts.path.strip("/")) or "INBOX",
        tls,
    )


class Mailbox:
    """Open within a `with`. What the server says no to raises `Mailbox.error`."""

    error = imaplib.IMAP4.error

    def __init__(self, url: str) -> None:
        self._place = place_of(url)
        self._server: imaplib.IMAP4

    def __enter__(self) -> Self:
        place = self._place
        if place.tls:
            context = ssl.create_default_context()
            self._server = imaplib.IMAP4_SSL(
                place.host, place.port, ssl_context=context, timeout=TIMEOUT
            )
        else:
            self._server = imaplib.IMAP4(place.host, place.port, timeout=TIMEOUT)
            if place.host not in _LOOPBACK:
                self._server.starttls(ssl.create_default_context())
        try:
            self._server.login(place.user, place.password)
            self._select(place.folder)
        except BaseException:
            self._server.shutdown()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._server.logout()
        except (OSError, self.error):
            self._server.shutdown()

    def _select(self, folder: str) -> None:
        kind, said = self._server.select(_quoted(folder))
        if kind != "OK":
            raise self.error(f"there is no folder {folder}: {said!r}"[:200])

    def each(self, take: Callable[[bytes], object], most: int) -> int:
        """Hand the mails that nobody has seen to `take`, one by one, and mark them as seen; how
        many. What `take` raises leaves its mail unseen.
        """
        kind, found = self._server.uid("SEARCH", "UNSEEN")
        numbers = found[0].split() if kind == "OK" and found and found[0] else []
        for number in numbers[:most]:
            uid = number.decode()
            content = self._fetch(uid)
            if content is not None:
                take(content)
            self._server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
        return len(numbers[:most])

    def _fetch(self, uid: str) -> bytes | None:
        """The first megabyte of a mail: what is behind it reports nothing."""
        _, told = self._server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MAX_MAIL}>)")
        return next(
            (one[1] for one in told if isinstance(one, tuple) and isinstance(one[1], bytes)), None
        )


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
