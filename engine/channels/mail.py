"""An envelope as an RFC 5322 message, and the addresses on it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr

from engine.channels.transport import Envelope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALLOWED_HEADERS = {"list-unsubscribe", "list-unsubscribe-post", "reply-to"}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_LOCAL_PART = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}")
_MAX_ADDRESS = 254
_NEVER_FOLDED = {"list-unsubscribe", "list-unsubscribe-post", "message-id"}


class UnsendableError(Exception):
    """Never to be sent as it is: a bad address, or text that would break a header."""


class MailPolicy(EmailPolicy):
    """Folds like the standard policy, but never breaks or encodes a long URL in a header."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in _NEVER_FOLDED:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _NEVER_FOLDED:
            return f"{name}: {value}{self.linesep}".encode()
        return super().fold_binary(name, value)


_POLICY = MailPolicy(linesep="\r\n")
_POLICY_UTF8 = MailPolicy(linesep="\r\n", utf8=True)


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
    needs_utf8 = not (sender + recipient).isascii()
    message = EmailMessage(policy=_POLICY_UTF8 if needs_utf8 else _POLICY)
    message["Date"] = format_datetime(_EPOCH + timedelta(milliseconds=envelope.at))
    message["Message-ID"] = message_id(key, sender)
    # `Address` writes the name as it must be written, but knows no letters beyond ASCII in the
    # mailbox; those have passed `mailbox`, so nothing in them needs quoting.
    ascii_sender = sender if sender.isascii() else "x@example.com"
    message["From"] = str(Address(display_name=name, addr_spec=ascii_sender)).replace(
        ascii_sender, sender
    )
    message["To"] = recipient
    message["Subject"] = envelope.subject
    for header, text in envelope.headers.items():
        if header.lower() not in _ALLOWED_HEADERS:
            raise UnsendableError(f"The header {header!r} is not one that a message may set.")
        _refuse_breaks(header, text)
        message[header] = text
    for header, text in (("Message", envelope.message), ("Flow", envelope.flow), ("Key", key)):
        if text:
            _refuse_breaks(header, text)
            message[f"X-Headrace-{header}"] = text
    message.set_content(envelope.text or "\n", cte="quoted-printable")
    if envelope.html:
        message.add_alternative(envelope.html, subtype="html", cte="quoted-printable")
    return Mail(sender, recipient, message.as_bytes(), needs_utf8)


def message_id(key: str, sender: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def mailbox(address: str) -> str:
    """`address` for SMTP: one @, no room for a second command, the domain in its ASCII form.

    >>> mailbox("ada@bücher.example")
    'ada@xn--bcher-kva.example'

    Raises `UnsendableError`.
    """
    import idna

    local, _, domain = address.strip(" ").rpartition("@")
    _refuse_breaks("address", address)
    if (
        not _LOCAL_PART.fullmatch(local)
        or local.startswith(".")
        or local.endswith(".")
        or ".." in local
    ):
        raise UnsendableError("The address is not one that mail can be sent to.")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise UnsendableError("The domain of the address is not valid.") from error
    if len(local) + len(ascii_domain) + 1 > _MAX_ADDRESS:
        raise UnsendableError("The address is too long.")
    return f"{local}@{ascii_domain}"


def _parse(sender: str) -> tuple[str, str]:
    _refuse_breaks("sender", sender)
    name, address = parseaddr(sender)
    if not address:
        raise UnsendableError("There is no sender address.")
    return name, mailbox(address)


def _refuse_breaks(what: str, text: str) -> None:
    if _FORBIDDEN.search(text):
        raise UnsendableError(f"The {what} holds a line break or a control character.")
