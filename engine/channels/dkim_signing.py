"""DKIM (RFC 6376): mails signed with the shop's own key, where the relay does not sign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

_SIGNED: Final = (
    *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"),
    # A mail program's one click is offered only where these are signed (RFC 8058, section 4).
    *("content-transfer-encoding", "list-unsubscribe", "list-unsubscribe-post"),
)

Sign = Callable[[bytes], bytes]


class BadKeyError(ValueError):
    """The key file holds no RSA key that can be used; the text is a sentence."""


def signer(domain: str, selector: str, key: Path) -> Sign:
    """What puts a signature in front of a mail (CR LF line ends). The key is read once.

    Raises:
        BadKeyError: there is no such file, or no key in it.
    """
    import dkim

    try:
        private = key.read_bytes()
    except OSError as error:
        raise BadKeyError(f"the key {key} cannot be read: {error.strerror}") from error

    def sign(mail: bytes) -> bytes:
        head = mail.partition(b"\r\n\r\n")[0].lower()
        present = [name for name in _SIGNED if f"\r\n{name}:".encode() in b"\r\n" + head]
        line: bytes = dkim.sign(
            mail if mail.endswith(b"\r\n") else mail + b"\r\n",
            selector.encode(),
            domain.encode("idna"),
            private,
            canonicalize=(b"relaxed", b"relaxed"),
            # Named once more than it is there, nobody can add another one.
            include_headers=[one.encode() for one in ("from", *present)],
        )
        return line + mail

    try:
        sign(b"From: a@b.example\r\n\r\nx\r\n")
    except (dkim.DKIMException, ValueError, UnicodeError) as error:
        raise BadKeyError(f"{key} holds no RSA key in PEM that can sign: {error}") from error
    return sign
