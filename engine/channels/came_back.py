"""What a mail at the return path says: reports of delivery, of abuse, and what looks like them.

Delivery status notifications are read as RFC 3464 has them, feedback reports as RFC 5965. Servers
that write neither (qmail, Exim, old Exchange and Gmail) say it in words around an SMTP answer.
Answers of people and machines that are away say nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from typing import Any, Final, NamedTuple

from engine.core import bounces
from engine.core.bounces import Kind


class Said(NamedTuple):
    """`mark` is the same for a mail that comes again. `addresses` are all that the mail names
    where one of ours may stand: its recipients, and those of the message that it is about.
    """

    kind: Kind
    reason: str
    mark: str
    addresses: tuple[str, ...]


_RECIPIENTS: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
_OF_ORIGINAL: Final = ("Return-Path", "X-Return-Path", "List-Unsubscribe")
_IN_ANGLES: Final = re.compile(r"[A-Za-z0-9.+_-]{1,64}@[A-Za-z0-9.-]{1,253}")
_DAEMON: Final = re.compile(r"mailer-?daemon|postmaster|mail[ -]delivery", re.IGNORECASE)
_SUBJECT: Final = re.compile(
    r"undeliver|delivery (status|failure|has failed|notification)|returned mail|failure notice"
    r"|mail delivery (failed|system)|unzustellbar|nicht zugestellt|non remis",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"^-{2,}.{0,20}(this is a copy|below this line|original (message|mail|headers)|the body)"
    r"|^Original message headers",
    re.IGNORECASE | re.MULTILINE,
)
_GOES_ON: Final = re.compile(
    r"will (keep|continue|be) (on )?(to )?(try|attempt|retr)|warning message only"
    r"|delivery (is |has been )?delayed|temporarily deferred",
    re.IGNORECASE,
)
_GIVEN_UP: Final = re.compile(r"not going to try again|gave up|giving up|too long", re.IGNORECASE)
_ABUSE: Final = frozenset(("abuse", "fraud", "virus", "miscategorized", "other"))


def read(content: bytes) -> Said | None:
    """What a mail says; None for nothing. Takes whatever comes."""
    mail: Message = message_from_bytes(content, policy=policy.compat32)
    parts = [part for _, part in zip(range(50), mail.walk(), strict=False)]
    types = [part.get_content_type() for part in parts]
    if "message/feedback-report" in types:
        return _of_feedback(mail, parts, content)
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            found = _of_status(part, _text(parts))
            if found is not None:
                return _said(*found, mail, parts, content)
    return _said(*_of_words(_text(parts)), mail, parts, content) if _is_bounce(mail) else None


def asks_to_leave(content: bytes) -> bool:
    """Whether a mail at an address to unsubscribe at was sent for that: by no machine that answers
    or reports.
    """
    mail = message_from_bytes(content, policy=policy.compat32)
    auto = _header(mail, "Auto-Submitted").lower()
    return not _is_bounce(mail) and (not auto or auto.startswith("no"))


def addresses_of(content: bytes) -> tuple[str, ...]:
    """All addresses that a mail names where one of ours may stand."""
    mail = message_from_bytes(content, policy=policy.compat32)
    return _addresses(mail, [mail])


def mark_of(content: bytes) -> str:
    """What a mail is known by when it comes again: its Message-ID, else what it says."""
    mail = message_from_bytes(content, policy=policy.compat32)
    named = _header(mail, "Message-ID")
    body = content.partition(b"\r\n\r\n")[2] or content.partition(b"\n\n")[2]
    return hashlib.sha256(named.encode() or body).hexdigest()[:32]


def _said(kind: Kind, reason: str, mail: Message, parts: list[Message], content: bytes) -> Said:
    return Said(kind, reason, mark_of(content), _addresses(mail, parts))


# --- reports of delivery --------------------------------------------------------------------


def _of_status(part: Message, words: str) -> tuple[Kind, str] | None:
    """The worst that is said of a recipient."""
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        blocks = [message_from_bytes(_bytes(part))]
    found: list[tuple[Kind, str]] = []
    for block in blocks:
        if not isinstance(block, Message):
            continue
        action = _header(block, "Action").lower()
        status, diagnostic = _header(block, "Status"), _header(block, "Diagnostic-Code")
        if not action and not status and not diagnostic:
            continue  # about the mail as a whole
        found.append(_of_recipient(action, status, diagnostic, words))
    ranks: tuple[Kind, ...] = ("hard_bounce", "soft_bounce", "blocked", "deferred", "delivered")
    return min(found, key=lambda one: ranks.index(one[0]), default=None)


def _of_recipient(action: str, status: str, diagnostic: str, words: str) -> tuple[Kind, str]:
    reason = " ".join((diagnostic or status).split())
    if action in ("delivered", "relayed", "expanded"):
        return ("delivered" if action == "delivered" else "deferred"), reason
    if action == "delayed":
        return "deferred", reason
    kind = bounces.of_reply(f"{status} {diagnostic}")
    if kind in ("soft_bounce", None) and not re.search(r"[A-Za-z]{4}", diagnostic):
        # A status such as 5.0.0 says nothing; what people are told may.
        kind = bounces.of_reply(f"{status} {words[:2_000]}") or kind
    if kind in ("deferred", "delivered", None):
        kind = "soft_bounce"  # it failed, whatever the code says
    return kind, reason or "the mail was returned"


def _is_bounce(mail: Message) -> bool:
    if "X-Failed-Recipients" in mail:
        return True
    daemon = _DAEMON.search(_header(mail, "From")) is not None
    empty = _header(mail, "Return-Path").strip() == "<>"
    return daemon or (empty and _SUBJECT.search(_header(mail, "Subject")) is not None)


def _of_words(text: str) -> tuple[Kind, str]:
    """What a server says that writes no report, before the mail that it returns."""
    said = _ORIGINAL.split(text, maxsplit=1)[0][:8_000]
    if _GOES_ON.search(said) and not _GIVEN_UP.search(said):
        return "deferred", "it is still being tried"
    for line in _answers(said):
        kind = bounces.of_reply(line)
        if kind is not None and kind != "delivered":
            return ("soft_bounce" if kind == "deferred" else kind), line
    return bounces.of_reply(f"554 {said}") or "soft_bounce", "the mail was returned"


def _answers(text: str) -> Iterator[str]:
    """Lines with an answer of a mail server, the line behind it with them."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if re.search(r"(?<![\d.])[45](\d\d[ -]|\.\d{1,3}\.\d{1,3}(?![\d.]))", line):
            behind = lines[index + 1] if index + 1 < len(lines) else ""
            yield " ".join(f"{line} {behind}".split())[:500]


# --- reports of abuse -----------------------------------------------------------------------


def _of_feedback(mail: Message, parts: list[Message], content: bytes) -> Said | None:
    for part in parts:
        if part.get_content_type() != "message/feedback-report":
            continue
        told = part.get_payload()
        fields: Any = told[0] if isinstance(told, list) and told else None
        if fields is None or "Feedback-Type" not in fields:
            raw = part.get_payload(decode=True)
            text = raw if isinstance(raw, bytes) else str(told).encode()
            fields = message_from_bytes(text)
        kind = _header(fields, "Feedback-Type").strip().lower()
        if kind in _ABUSE:
            return _said("complained", f"feedback report: {kind}", mail, parts, content)
        if kind.startswith("opt-out"):
            return _said("unsubscribed", f"feedback report: {kind}", mail, parts, content)
    return None


# --- what is in a mail ----------------------------------------------------------------------


def _header(mail: Message, name: str) -> str:
    """A header as text; "" for none, whatever it holds."""
    value = mail.get(name)
    if value is None:
        return ""
    try:
        return str(make_header(decode_header(str(value))))[:2_000]
    except (ValueError, LookupError, UnicodeError):
        return str(value)[:2_000]


def _addresses(mail: Message, parts: list[Message]) -> tuple[str, ...]:
    found = [_header(mail, name) for name in _RECIPIENTS]
    for part in parts[1:]:
        found += [_header(part, name) for name in (*_OF_ORIGINAL, *_RECIPIENTS)]
        if part.get_content_type() == "text/rfc822-headers":
            inner = message_from_bytes(_bytes(part))
            found += [_header(inner, name) for name in _OF_ORIGINAL]
    return tuple(dict.fromkeys(one for text in found for one in _IN_ANGLES.findall(text)))


def _text(parts: list[Message]) -> str:
    """What people read of a mail, until a message that it returns begins."""
    pieces = []
    for part in parts:
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            break
        if part.get_content_maintype() == "text":
            text = _bytes(part).decode(_charset(part), "replace")
            if part.get_content_subtype() == "html":
                text = re.sub(r"<[^>]{0,500}>", " ", text)
            pieces.append(text)
    return "\n".join(pieces)[:20_000]


def _bytes(part: Message) -> bytes:
    told = part.get_payload(decode=True)
    return told if isinstance(told, bytes) else b""


def _charset(part: Message) -> str:
    name = part.get_content_charset() or "utf-8"
    try:
        b"".decode(name)
    except LookupError:
        return "latin-1"
    return name
