"""An envelope as an RFC 5322 message, and the addresses on it."""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, getaddresses, parseaddr
from functools import lru_cache

from engine.channels import headers
from engine.channels.headers import HeaderError
from engine.channels.transport import Envelope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALLOWED_HEADERS = {
    name.lower(): name for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "Reply-To")
}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LOCAL_PART = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}")
_MAX_ADDRESS = 254


class UnsendableError(ValueError):
    """Never to be sent as it is: a bad address, or text that would break a header."""


_LINE_ENDS = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Mail:
    """What SMTP needs. `content` has CR LF line ends; `needs_utf8` asks for SMTPUTF8."""

    sender: str
    recipient: str
    content: bytes
    needs_utf8: bool


def compose(key: str, envelope: Envelope) -> Mail:
    """The mail of an envelope. The same key gives the same Message-ID, so twins can be seen.

    Raises `UnsendableError`.
    """
    name, sender = _parse(envelope.sender)
    recipient = mailbox(envelope.to)
    # A sender is the shop's own choice; a customer's name never stands in front of an address.
    for what, text in (("subject", envelope.subject), ("sender name", name)):
        _refuse_breaks(what, text)
    sent_at = format_datetime(_EPOCH + timedelta(milliseconds=envelope.at))
    try:
        lines = {
            "Date": headers.verbatim("Date", sent_at),
            "Message-ID": headers.verbatim("Message-ID", message_id(key, sender)),
            "From": headers.mailboxes("From", [(name, sender)]),
            "To": headers.mailboxes("To", [("", recipient)]),
            "Subject": headers.unstructured("Subject", envelope.subject),
            **dict(_chosen(header, text) for header, text in envelope.headers.items()),
        }
        for what, text in (("Message", envelope.message), ("Flow", envelope.flow), ("Key", key)):
            if text:
                header = f"X-Headrace-{what}"
                lines[header] = headers.unstructured(header, text)
        head = b"".join(lines.values())
        headers.check(head, list(lines), envelope.subject)
    except HeaderError as error:
        raise UnsendableError(str(error)) from error
    needs_utf8 = not (sender + recipient).isascii() or not head.isascii()
    returns_to = mailbox(envelope.return_path) if envelope.return_path else sender
    return Mail(returns_to, recipient, head + _body(key, envelope.text, envelope.html), needs_utf8)


def _body(key: str, text: str, html: str) -> bytes:
    """The MIME headers and what follows: plain text, and HTML beside it where there is any."""
    parts = [_part("plain", text or "\n")]
    if not html:
        return b"MIME-Version: 1.0\r\n" + parts[0]
    parts.append(_part("html", html))
    # In quoted-printable no "=" is followed by "_", so no part can hold the boundary.
    boundary = f"=_{hashlib.sha256(key.encode()).hexdigest()[:32]}".encode()
    return b"".join(
        (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="',
            boundary,
            b'"\r\n\r\n',
            *(b"".join((b"--", boundary, b"\r\n", part, b"\r\n")) for part in parts),
            b"--",
            boundary,
            b"--\r\n",
        )
    )


def _part(subtype: str, text: str) -> bytes:
    """Its content is quoted-printable (RFC 2045), ends with a line end, and its lines are short."""
    lines = _LINE_ENDS.sub("\n", text)
    content = binascii.b2a_qp(lines.encode() if lines[-1:] == "\n" else f"{lines}\n".encode())
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode() + content.replace(b"\n", b"\r\n")


def _chosen(header: str, text: str) -> tuple[str, bytes]:
    """A header that a message sets. Raises `HeaderError` or `UnsendableError`."""
    name = _ALLOWED_HEADERS.get(header.lower())
    if name is None:
        raise UnsendableError(f"The header {header!r} is not one that a message may set.")
    _refuse_breaks(header, text)
    if name != "Reply-To":
        return name, headers.verbatim(name, text)
    boxes = [(who, mailbox(address)) for who, address in getaddresses([text])]
    if len(boxes) != 1:
        raise UnsendableError("Reply-To must name one address.")
    return name, headers.mailboxes(name, boxes)


def message_id(key: str, sender: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def mailbox(address: str) -> str:
    """`address` for SMTP: one @, no room for a second command, the domain in its ASCII form.

    >>> mailbox("ada@bücher.example")
    'ada@xn--bcher-kva.example'

    Raises `UnsendableError`.
    """
    local, _, domain = address.strip(" ").rpartition("@")
    _refuse_breaks("address", address)
    if (
        not _LOCAL_PART.fullmatch(local)
        or local.startswith(".")
        or local.endswith(".")
        or ".." in local
        or "=?" in local
    ):
        raise UnsendableError("The address is not one that mail can be sent to.")
    ascii_domain = _ascii_domain(domain)
    if ascii_domain is None:
        raise UnsendableError("The domain of the address is not valid.")
    if len(local) + len(ascii_domain) + 1 > _MAX_ADDRESS:
        raise UnsendableError("The address is too long.")
    return f"{local}@{ascii_domain}"


@lru_cache(maxsize=4_096)
def _ascii_domain(domain: str) -> str | None:
    """A domain as the DNS knows it, None for what is none."""
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None


@lru_cache(maxsize=256)
def _parse(sender: str) -> tuple[str, str]:
    _refuse_breaks("sender", sender)
    name, address = parseaddr(sender)
    if not address:
        raise UnsendableError("There is no sender address.")
    return name, mailbox(address)


def _refuse_breaks(what: str, text: str) -> None:
    if _FORBIDDEN.search(text):
        raise UnsendableError(f"The {what} holds a line break or a control character.")
