"""What mails at the return path say, as the servers of this world write them."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.channels import came_back
from engine.core.bounces import Kind

OURS = "bounces+bABC@mail.shop.example"


def report(fields: str, human: str = "It could not be delivered.") -> str:
    """A delivery status notification (RFC 3464)."""
    return f"""\
From: MAILER-DAEMON@mx.example
To: {OURS}
Subject: Undelivered Mail Returned to Sender
Message-ID: <1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

{human}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

{fields}

--b
Content-Type: message/rfc822

From: Shop <shop@shop.example>
Subject: 550 5.1.1 days of winter

Hello, unknown user
--b--
"""


def plain(
    text: str, headers: str = "From: MAILER-DAEMON@mx.example\nSubject: failure notice"
) -> str:
    return f"{headers}\nTo: {OURS}\nMessage-ID: <2@mx.example>\n\n{text}\n"


QMAIL = """Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@shop.example>:
{}

--- Below this line is a copy of the message.

Subject: Your 550 5.1.1 points"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@shop.example
    host mx.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<ada@shop.example>:
    {}
"""
OLD_GMAIL = """Delivery to the following recipient failed permanently:

     ada@shop.example

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the server for the recipient domain.

The error that the other server returned was:
550 5.1.1 <ada@shop.example>: Recipient address rejected: User unknown

----- Original message -----

Subject: hello"""
FAILED = (
    "Final-Recipient: rfc822; ada@shop.example\nAction: failed\nStatus: {}\nDiagnostic-Code: {}"
)


@pytest.mark.parametrize(
    ("mail", "kind"),
    [
        (
            report(FAILED.format("5.1.1", "smtp; 550 5.1.1 <ada@shop.example>: unknown")),
            "hard_bounce",
        ),
        (report(FAILED.format("5.0.0", "smtp; 550 user unknown")), "hard_bounce"),
        (report(FAILED.format("5.0.0", "smtp; 550-5.1.1 does not exist")), "hard_bounce"),
        (report(FAILED.format("5.7.1", "smtp; 550 5.7.1 IP blocked by spamhaus")), "blocked"),
        (report(FAILED.format("5.0.0", "smtp; 554 your IP is on a blocklist")), "blocked"),
        (report(FAILED.format("5.2.2", "smtp; 552 5.2.2 mailbox full")), "soft_bounce"),
        (report(FAILED.format("4.4.7", "smtp; 421 4.4.7 Message expired")), "soft_bounce"),
        (
            report("Final-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.4.1"),
            "deferred",
        ),
        (
            report("Final-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0"),
            "delivered",
        ),
        # Exchange: the code that counts is in the words, and the status alone in the report.
        (
            report(
                "Final-recipient: RFC822; ada@shop.example\nAction: failed\nStatus: 5.1.10\n"
                "X-Display-Name: ada"
            ),
            "hard_bounce",
        ),
        (
            report(
                "Final-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 5.0.0",
                "Diagnostic information: #550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##",
            ),
            "hard_bounce",
        ),
        (plain(QMAIL.format("Sorry, no mailbox here by that name. (#5.1.1)")), "hard_bounce"),
        (plain(QMAIL.format("192.0.2.1 said: 552 5.2.2 over quota")), "soft_bounce"),
        (
            plain(
                QMAIL.format(
                    "192.0.2.1 failed after I sent the message.\nRemote host said: 550 5.7.1 spam"
                )
            ),
            "blocked",
        ),
        (
            plain(
                EXIM.format("550 5.1.1 no such user"),
                "From: Mail Delivery System <x@mx.example>\nX-Failed-Recipients: ada@shop.example\n"
                "Auto-Submitted: auto-replied\nSubject: Mail delivery failed",
            ),
            "hard_bounce",
        ),
        (plain(OLD_GMAIL), "hard_bounce"),
        (
            plain("A message has not yet been delivered. The server will keep trying for 3 days."),
            "deferred",
        ),
        (plain("It broke."), "soft_bounce"),
    ],
)
def test_reports_of_delivery(mail: str, kind: str) -> None:
    """Each server's report is understood, and what it returns of our own mail says nothing."""
    said = came_back.read(mail.replace("\n", "\r\n").encode())
    assert said is not None
    assert (said.kind, said.addresses) == (kind, (OURS,)), said
    assert came_back.read(mail.encode()) == said, "also with bare line feeds"


ABUSE = """\
From: <abusedesk@isp.example>
To: fbl@shop.example
Subject: FW: Hello
Message-ID: <3@isp.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {}
User-Agent: SomeGenerator/1.0
Version: 1

--b
Content-Type: {}

Return-Path: <{}>
From: Shop <shop@shop.example>
To: <redacted@isp.example>
Subject: Hello

Buy!
--b--
"""


@pytest.mark.parametrize("shape", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("abuse", "complained"),
        ("fraud", "complained"),
        ("opt-out", "unsubscribed"),
        ("not-spam", None),
    ],
)
def test_reports_of_abuse(told: str, kind: str | None, shape: str) -> None:
    """A feedback report says what it is, and the mail in it says whose."""
    said = came_back.read(ABUSE.format(told, shape, OURS).encode())
    assert (said and said.kind) == kind
    assert said is None or OURS in said.addresses


@pytest.mark.parametrize(
    "mail",
    [
        plain(
            "I am away. For 550 5.1.1 things ask Bob.",
            "From: ada@x.example\nSubject: Out of office",
        ),
        plain(
            "Ich bin nicht da", "From: a@x.example\nAuto-Submitted: auto-replied\nSubject: Abwesend"
        ),
        plain("Please do not write, unknown user!", "From: ada@x.example\nSubject: Re: Hello"),
        "",
        "\x00\xff",
        "Content-Type: multipart/report; boundary=x\n\n--x",
        "Content-Type: message/delivery-status\n\n\n\n",
    ],
)
def test_what_says_nothing(mail: str) -> None:
    """Who is away, who answers and what nobody can read says nothing of an address."""
    assert came_back.read(mail.encode("latin-1", "replace")) is None


def test_a_mail_to_leave_is_no_answer_of_a_machine() -> None:
    """A machine's answer at an address to unsubscribe at takes nobody off."""
    assert came_back.asks_to_leave(b"From: ada@x.example\nSubject: unsubscribe\n\n")
    assert not came_back.asks_to_leave(b"From: a@x.example\nAuto-Submitted: auto-replied\n\n")
    assert not came_back.asks_to_leave(plain("no").encode())


@given(
    st.sampled_from([report(FAILED.format("5.1.1", "smtp; 550 5.1.1")), ABUSE, plain(OLD_GMAIL)]),
    st.lists(st.tuples(st.integers(0, 1_500), st.binary(max_size=6)), max_size=6),
)
def test_no_mail_breaks_it(mail: str, edits: list[tuple[int, bytes]]) -> None:
    """Whatever is broken in a mail, reading it ends, and says something we know or nothing."""
    content = mail.encode()
    for at, put in edits:
        content = content[:at] + put + content[at + len(put) :]
    said = came_back.read(content)
    assert said is None or said.kind in get_args(Kind)
    came_back.addresses_of(content)
    came_back.asks_to_leave(content)
