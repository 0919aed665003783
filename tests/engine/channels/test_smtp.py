"""Mail over SMTP: what is known after each way in which it can go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.channels.inbox import Inbox, InboxServer
from engine.channels.mail import UnsendableError, compose, mailbox
from engine.channels.smtp import Patience, Smtp, server_of
from engine.channels.transport import Envelope, Outcome
from tests.engine.channels.servers import Script, serving

AT = 1_772_442_000_000


def envelope(**changes: object) -> Envelope:
    values: dict[str, object] = {
        "channel": "email",
        "to": "ada@example.com",
        "at": AT,
        "sender": "Alpenglow <hallo@alpenglow.example>",
        "subject": "Grüße",
        "text": "Hallo\n",
        "html": "<p>Hallo</p>",
        **changes,
    }
    return Envelope(**values)  # type: ignore[arg-type]


def deliver(script: Script, *envelopes: Envelope) -> list[Outcome]:
    async def run() -> list[Outcome]:
        async with serving(script) as url:
            smtp = Smtp(url, connections=1, patience=Patience.of(2))
            outcomes = [await smtp.deliver(f"key-{i}", each) for i, each in enumerate(envelopes)]
            await smtp.close()
            return outcomes

    return asyncio.run(run())


def test_a_taken_mail_is_delivered() -> None:
    """A mail that the server takes is delivered, with the server's name for it."""
    script = Script()
    [outcome] = deliver(script, envelope())
    assert outcome == Outcome("delivered", provider_id="2.0.0 queued as 7")
    assert len(script.mails) == 1


@pytest.mark.parametrize(
    ("script", "kind", "hard"),
    [
        (Script(rcpt="550 5.1.1 no such user"), "refused", True),
        (Script(rcpt="552 5.2.2 mailbox full"), "refused", False),
        (Script(rcpt="550 5.7.1 policy"), "refused", False),
        (Script(rcpt="550 no such user here"), "refused", True),
        (Script(rcpt="551 user not local"), "refused", True),
        (Script(rcpt="550 Your IP address is on a blocklist"), "refused", False),
        (Script(rcpt="550 rejected for policy reasons"), "refused", False),
        (Script(rcpt="550 192.0.2.7 is listed at zen.spamhaus.org"), "refused", False),
        (Script(rcpt="553 SPF check failed"), "refused", False),
        (Script(rcpt="550 5.1.8 sender's domain unknown"), "refused", False),
        (Script(rcpt="450 4.7.1 greylisted, come back"), "not_taken", False),
        (Script(mail="550 sender unknown"), "refused", False),
        (Script(mail="421 closing"), "not_taken", False),
        (Script(data="451 later"), "not_taken", False),
        (Script(data="554 no"), "refused", False),
        (Script(content="554 5.7.1 spam"), "refused", False),
        (Script(content="452 disk full"), "not_taken", False),
        (Script(hang_up_at="CONNECT"), "not_taken", False),
        (Script(hang_up_at="MAIL"), "not_taken", False),
        (Script(hang_up_at="RCPT"), "not_taken", False),
        (Script(hang_up_at="DATA"), "not_taken", False),
        (Script(hang_up_at="CONTENT"), "unknown", False),
    ],
    ids=str,
)
def test_each_failure_says_what_is_known(script: Script, kind: str, hard: bool) -> None:
    """Only a connection lost after the mail's last line is unknown; before it, one may retry."""
    [outcome] = deliver(script, envelope())
    assert (outcome.kind, outcome.hard_bounce) == (kind, hard)
    assert outcome.reason


def test_no_server_is_not_taken() -> None:
    """A server that is not there has certainly taken nothing."""

    async def run() -> Outcome:
        return await Smtp("smtp://127.0.0.1:1", patience=Patience.of(2)).deliver("k", envelope())

    assert asyncio.run(run()).kind == "not_taken"


def test_a_silent_server_is_unknown_after_the_mail() -> None:
    """A server that takes the mail and never answers leaves the outcome unknown."""

    async def run() -> Outcome:
        release = asyncio.Event()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 hi\r\n")
            while line := await reader.readline():
                if line.startswith(b"DATA"):
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    await release.wait()
                    break
                writer.write(b"250 ok\r\n")
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        outcome = await Smtp(f"smtp://127.0.0.1:{port}", patience=Patience.of(0.1)).deliver(
            "k", envelope()
        )
        release.set()
        server.close()
        return outcome

    assert asyncio.run(run()).kind == "unknown"


def test_one_connection_serves_many_mails() -> None:
    """Mails that follow each other go over one connection."""
    script = Script()
    outcomes = deliver(script, *[envelope()] * 5)
    assert [each.kind for each in outcomes] == ["delivered"] * 5
    assert script.connections == 1


def test_a_refused_recipient_does_not_spoil_the_next() -> None:
    """After a refusal the same connection takes the next mail, with a clean transaction."""
    script = Script(rcpt="550 5.1.1 unknown")
    assert deliver(script, envelope(), envelope())[1].kind == "refused"
    assert "RSET" in script.commands
    assert script.connections == 1


def test_a_connection_that_died_meanwhile_is_replaced() -> None:
    """When a kept connection turns out to be closed, a new one carries the mail, once."""
    script = Script()

    async def run() -> list[Outcome]:
        async with serving(script) as url:
            smtp = Smtp(url, connections=1, patience=Patience.of(2))
            first = await smtp.deliver("a", envelope())
            script.hang_up_at, script.hang_up_after = "MAIL", 1

            async def revive() -> None:
                await script.second_connection.wait()
                script.hang_up_at = ""

            second, _ = await asyncio.gather(smtp.deliver("b", envelope()), revive())
            await smtp.close()
            return [first, second]

    assert [each.kind for each in asyncio.run(run())] == ["delivered", "delivered"]
    assert len(script.mails) == 2


def test_what_stands_on_the_mail() -> None:
    """The mail has both parts, its headers, a date from our clock and an id from its key."""
    url = "https://shop.example/u/" + "a" * 300
    mail = compose("key", envelope(headers={"List-Unsubscribe": f"<{url}>"}, message="m", flow="f"))
    parsed = message_from_bytes(mail.content, policy=policy.default)
    assert parsed["Subject"] == "Grüße"
    assert parsed["From"] == "Alpenglow <hallo@alpenglow.example>"
    assert parsed["To"] == "ada@example.com"
    assert parsed["Date"].datetime.timestamp() * 1000 == AT
    assert parsed["List-Unsubscribe"] == f"<{url}>"
    assert f"<{url}>".encode() in mail.content, "a long link stands in one piece"
    assert parsed["X-Headrace-Message"] == "m"
    assert [part.get_content_type() for part in parsed.walk()][1:] == ["text/plain", "text/html"]
    assert compose("key", envelope()).content.splitlines()[1] == mail.content.splitlines()[1]
    assert compose("other", envelope()).content.splitlines()[1] != mail.content.splitlines()[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "a\r\nBcc: eve@example.com"},
        {"subject": "a\nb"},
        {"to": "ada@example.com\r\nRCPT TO:<eve@example.com>"},
        {"to": "ada@eve@example.com"},
        {"to": "ada example@example.com"},
        {"to": "<ada@example.com>"},
        {"to": "ada@"},
        {"to": "@example.com"},
        {"to": ""},
        {"to": "a" * 300 + "@example.com"},
        {"sender": ""},
        {"sender": "A\r\nX: y <a@example.com>"},
        {"headers": {"Reply-To": "a@example.com\r\nBcc: eve@example.com"}},
        {"headers": {"Bcc": "eve@example.com"}},
        {"message": "m\r\nX: y"},
    ],
    ids=str,
)
def test_nothing_can_add_a_header_or_a_recipient(changes: dict[str, object]) -> None:
    """A line break or a second address anywhere on the envelope refuses the mail for good."""
    script = Script()
    [outcome] = deliver(script, envelope(**changes))
    assert outcome.kind == "refused"
    assert not script.mails


@given(subject=st.text(max_size=80), local=st.text(max_size=20), body=st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_out_of_its_place(subject: str, local: str, body: str) -> None:
    """Whatever a customer typed, a mail has exactly the headers it should have, or is refused."""
    try:
        mail = compose("k", envelope(subject=subject, to=f"{local}@example.com", text=body))
    except UnsendableError:
        return
    except (ValueError, IndexError, UnicodeError):
        return  # the transport refuses these as well
    parsed = message_from_bytes(mail.content, policy=policy.default)
    assert set(parsed.keys()) == {
        "Date", "Message-ID", "From", "To", "Subject", "X-Headrace-Key", "MIME-Version",
        "Content-Type",
    }  # fmt: skip
    assert mail.recipient.count("@") == 1
    assert len(parsed["To"].addresses) == 1


def test_an_address_beyond_ascii_goes_out_as_it_should() -> None:
    """A domain with umlauts becomes its ASCII form; a name with umlauts needs a server for it."""
    assert mailbox("ada@bücher.example") == "ada@xn--bcher-kva.example"
    able, unable = Script(), Script(extensions=("8BITMIME",))
    assert deliver(able, envelope(to="jörg@example.com"))[0].kind == "delivered"
    assert any("SMTPUTF8" in command for command in able.commands)
    assert deliver(unable, envelope(to="jörg@example.com"))[0].kind == "refused"


def test_a_line_that_begins_with_a_dot_arrives() -> None:
    """Dots at the beginning of a line and lone dots do not end the mail."""
    inbox = Inbox()
    with_server(inbox, lambda smtp: smtp.deliver("k", envelope(text="a\n.\n..b\n.c\n")))
    assert inbox.letters()[0].text == "a\n.\n..b\n.c\n"


def with_server(inbox: Inbox, action: Callable[[Smtp], Awaitable[Outcome]]) -> Outcome:
    server = InboxServer(inbox)
    server.start()
    try:

        async def run() -> Outcome:
            smtp = Smtp(server.url)
            try:
                return await action(smtp)
            finally:
                await smtp.close()

        return asyncio.run(run())
    finally:
        server.stop()


def test_the_inbox_shows_what_arrived() -> None:
    """A mail sent to the inbox's server shows up with all that the inbox page needs."""
    inbox = Inbox()
    outcome = with_server(
        inbox, lambda smtp: smtp.deliver("k", envelope(message="cart_reminder", flow="cart"))
    )
    assert outcome.kind == "delivered"
    [document] = inbox.as_json()
    assert document["to"] == "ada@example.com"
    assert document["subject"] == "Grüße"
    assert document["message"] == "cart_reminder"
    assert document["flow"] == "cart"
    assert document["at"] == "2026-03-02T09:00:00Z"
    assert "<p>Hallo</p>" in document["html"]
    assert document["text"] == "Hallo\n"


@pytest.mark.parametrize(
    ("url", "tls", "start"),
    [
        ("smtp://127.0.0.1:2525", False, False),
        ("smtp://mail.example", False, None),
        ("smtp+starttls://u:p%40@mail.example", False, True),
        ("smtps://u:p@mail.example", True, False),
    ],
)
def test_the_url_says_how_to_connect(url: str, tls: bool, start: bool | None) -> None:
    """The scheme of HEADRACE_SMTP_URL decides about TLS."""
    server = server_of(url)
    assert (server.use_tls, server.start_tls) == (tls, start)


def test_a_wrong_url_is_refused_with_an_example() -> None:
    """A URL that is none says how it should look."""
    with pytest.raises(ValueError, match="smtps://user:word@host"):
        server_of("http://mail.example")
