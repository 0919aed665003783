"""What stands in the head of a mail, whatever somebody calls themselves."""

from __future__ import annotations

import base64
import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.channels.mail import UnsendableError, compose
from engine.channels.transport import Envelope

EXPECTED = [
    *("Date", "Message-ID", "From", "To", "Subject", "List-Unsubscribe", "X-Headrace-Message"),
    *("X-Headrace-Key", "MIME-Version", "Content-Type"),
]
EVIL = "\r\nBcc: victim@example.com\r\n\r\nYour account is closed."


def envelope(**changes: object) -> Envelope:
    values: dict[str, object] = {
        "channel": "email",
        "to": "ada@example.com",
        "at": 1_772_442_000_000,
        "sender": "Alpenglow <hallo@alpenglow.example>",
        "subject": "Hallo",
        "text": "Hallo\n",
        "html": "<p>Hallo</p>",
        "message": "m1",
        "headers": {"List-Unsubscribe": "<https://shop.example/u/abc>"},
        **changes,
    }
    return Envelope(**values)  # type: ignore[arg-type]


def _word(text: str, charset: str = "utf-8") -> str:
    return f"=?{charset}?b?{base64.b64encode(text.encode()).decode()}?="


def _quoted(text: str) -> str:
    return "=?utf-8?q?" + "".join(f"={byte:02X}" for byte in text.encode()) + "?="


NASTY = st.one_of(
    st.text(max_size=120),
    st.sampled_from(
        [
            *(_word(EVIL), _quoted(EVIL), _word(EVIL).upper(), _word(EVIL, "utf-8*en")),
            *("=?utf-8?b?", "?=", "=?x?q?=0D=0ABcc:=20a@b?=", "a" * 2_000, "ä" * 500, "Bcc: a@b"),
            *("  two  spaces  ", "tab\tin it", " ", '"quoted", <a@b>', "\\", "a,b;c:d", "=?=?=?"),
            *("word " * 60, "\u202eevil", "\u200b", "😀" * 40, "=?utf-8?b?" + "A" * 70 + "?= x"),
        ]
    ),
    st.text(alphabet='=?utf-8bqQ\r\n :<>@,"\\ \tä', max_size=60),
    st.builds(
        lambda a, b: f"{a} {_word(b)} {_quoted(b)}", st.text(max_size=20), st.text(max_size=40)
    ),
)


def _heads(content: bytes) -> list[str]:
    """The names of the headers as they stand on the wire, unfolded as RFC 5322 says."""
    head = content.split(b"\r\n\r\n", 1)[0]
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert max(len(line) for line in head.split(b"\r\n")) < 998
    lines = re.sub(rb"\r\n[ \t]", b" ", head).split(b"\r\n")
    return [line.split(b":", 1)[0].decode() for line in lines]


@settings(max_examples=300, deadline=None)
@given(subject=NASTY, name=NASTY, message=NASTY)
def test_the_wire_has_our_headers_and_no_others(subject: str, name: str, message: str) -> None:
    """Whatever the subject, the sender's name and a message's name hold: a mail has our headers,
    the subject reads back as it was written, and the body is ours, or the mail is refused.
    """
    sender = f"{name} <hallo@alpenglow.example>"
    try:
        mail = compose("key", envelope(subject=subject, sender=sender, message=f"m{message}"))
    except UnsendableError:
        return
    assert set(_heads(mail.content)) <= set(EXPECTED)
    assert len(_heads(mail.content)) == len(EXPECTED)
    strict = message_from_bytes(mail.content, policy=policy.default)
    plain = message_from_bytes(mail.content)
    assert str(make_header(decode_header(plain["Subject"].replace("\r\n", "")))) == subject
    assert strict["To"].addresses[0].addr_spec == "ada@example.com"
    assert len(strict["To"].addresses) == 1
    assert len(strict["From"].addresses) == 1
    assert strict["Bcc"] is None
    assert strict.get_body(("plain",)).get_content().strip() == "Hallo"


@pytest.mark.parametrize("word", [_word(EVIL), _quoted(EVIL), f"Ada {_word(EVIL)} {_word('x')}"])
def test_an_encoded_word_is_a_name_like_any_other(word: str) -> None:
    """A first name that is an encoded word with a line break stays what the customer typed."""
    mail = compose("key", envelope(subject=f"m1 {word}"))
    assert b"Bcc" not in mail.content
    assert _heads(mail.content) == EXPECTED
    plain = message_from_bytes(mail.content)
    assert str(make_header(decode_header(plain["Subject"].replace("\r\n", "")))) == f"m1 {word}"


@settings(max_examples=150, deadline=None)
@given(local=NASTY, domain=NASTY)
def test_an_address_brings_no_header(local: str, domain: str) -> None:
    """An address that could be more than an address is refused, to, from and for replies."""
    for changes in (
        {"to": f"{local}@example.com"},
        {"to": f"ada@{domain}"},
        {"sender": f"{local}@example.com"},
        {"headers": {"Reply-To": f"{local} <{domain}@example.com>"}},
        {"headers": {"List-Unsubscribe": f"<https://shop.example/{local}>"}},
    ):
        try:
            mail = compose("key", envelope(**changes))
        except UnsendableError:
            continue
        except (ValueError, UnicodeError):  # refused by the transport as not valid
            continue
        found = _heads(mail.content)
        assert set(found) <= {*EXPECTED, "Reply-To"}
        assert len(found) == len(set(found))
        parsed = message_from_bytes(mail.content, policy=policy.default)
        assert len(parsed["To"].addresses) == 1


def test_plain_text_stays_plain() -> None:
    """A subject of plain letters is not encoded, and a long one is folded at its spaces."""
    subject = "A tent for two, and what goes into it when it rains for the whole of a long week"
    mail = compose("key", envelope(subject=subject))
    assert b"Subject: A tent for two" in mail.content
    assert message_from_bytes(mail.content)["Subject"].replace("\r\n", "") == subject


def test_a_name_with_a_comma_is_quoted() -> None:
    """A sender's name keeps its signs and its letters."""
    for name, wanted in (('"Alpenglow, Berlin"', "Alpenglow, Berlin"), ("Höhe", "Höhe")):
        mail = compose("key", envelope(sender=f"{name} <hallo@alpenglow.example>"))
        parsed = message_from_bytes(mail.content, policy=policy.default)
        assert parsed["From"].addresses[0].display_name == wanted


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(st.text(max_size=400), NASTY), html=st.one_of(st.text(max_size=400), NASTY))
def test_a_body_reads_back_as_it_was_written(text: str, html: str) -> None:
    """The standard library reads both parts as they were written, and no line is too long."""
    try:
        content = compose("key", envelope(text=text, html=html)).content
    except (UnsendableError, UnicodeError):
        return
    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", content)
    mail = message_from_bytes(content, policy=policy.default)
    assert not mail.defects
    parts = [part for part in mail.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"][: len(parts)]
    assert len(parts) == 1 + bool(html)
    for part, written in zip(parts, (text or "\n", html), strict=False):
        assert not part.defects
        read = part.get_payload(decode=True).decode()
        expected = re.sub(r"\r\n?", "\n", written)
        assert re.sub(r"\r\n", "\n", read) == expected + ("" if expected.endswith("\n") else "\n")
