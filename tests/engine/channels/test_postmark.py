"""E-mail by HTTP, against a server that answers as Postmark documents it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from engine.channels import registry
from engine.channels.transport import Envelope, Outcome, Transport
from engine.core.model import SECOND
from tests.harness.providers import HANG, HANG_UP, Provider, Request, serving

TOKEN = "11111111-2222-3333-4444-555555555555"
FIELDS = {
    *("From", "To", "Subject", "TextBody", "HtmlBody", "ReplyTo", "TrackOpens", "TrackLinks"),
    *("Headers", "MessageStream", "Tag", "Metadata"),
}
MAIL = Envelope(
    channel="email",
    to="ada@bücher.example",
    at=1_772_442_000_000,
    sender="Bäcker & Co <shop@shop.example>",
    subject="Grüße",
    html="<p>Hallo</p>",
    text="Hallo",
    headers={
        "List-Unsubscribe": "<https://h.example/u/x>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Reply-To": "help@shop.example",
    },
    message="welcome_1",
    flow="welcome",
)


@dataclass
class Postmark(Provider):
    """`says` is (status, ErrorCode, Message), `HANG` or `HANG_UP`, whatever is sent."""

    says: Any = None
    sent: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: Request) -> Any:
        if request.headers.get("X-Postmark-Server-Token") != TOKEN:
            return 401, {
                "ErrorCode": 10,
                "Message": "No Account or Server API tokens were supplied",
            }
        if request.path == "/server":
            return 200, {"ID": 1, "Name": "Shop"}
        assert request.path == "/email"
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["Accept"] == "application/json"
        if isinstance(self.says, str):
            return self.says
        if self.says is not None:
            status, code, message, *headers = self.says
            return status, {"ErrorCode": code, "Message": message}, *headers
        told = request.json
        assert set(told) <= FIELDS
        assert len(told["Metadata"]) <= 10
        assert all(len(one) <= 80 for one in told["Metadata"].values())
        self.sent.append(told)
        number = f"b7bc2f4a-{len(self.sent):04}"
        return 200, {"To": told["To"], "MessageID": number, "ErrorCode": 0, "Message": "OK"}


def transport(url: str, timeout: float = 10.0, **more: str) -> Transport:
    told = {"email": "postmark", "postmark_token": TOKEN, "postmark_url": url, **more}
    made = registry.transports(told)["email"]
    made._provider._timeout = timeout  # type: ignore[attr-defined]
    return made


def send(url: str, envelope: Envelope = MAIL, timeout: float = 10.0) -> Outcome:
    async def work() -> Outcome:
        made = transport(url, timeout)
        outcome = await made.deliver("7:s:1:customer", envelope)
        await made.close()
        return outcome

    return asyncio.run(work())


def test_a_mail_is_what_postmark_asks_for() -> None:
    """Addresses, both parts, headers to unsubscribe, the stream for mass mail; nothing tracked."""
    postmark = Postmark()
    with serving(postmark) as url:
        assert send(url) == Outcome("delivered", provider_id="b7bc2f4a-0001")
    [told] = postmark.sent
    headers = {one["Name"]: one["Value"] for one in told.pop("Headers")}
    assert told == {
        "From": '"Bäcker & Co" <shop@shop.example>',
        "To": "ada@xn--bcher-kva.example",
        "Subject": "Grüße",
        "TextBody": "Hallo",
        "HtmlBody": "<p>Hallo</p>",
        "ReplyTo": "help@shop.example",
        "TrackOpens": False,
        "TrackLinks": "None",
        "MessageStream": "broadcast",
        "Tag": "welcome_1",
        "Metadata": {"key": "7:s:1:customer"},
    }
    assert headers["List-Unsubscribe"] == "<https://h.example/u/x>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["X-Headrace-Key"] == "7:s:1:customer"
    assert headers["X-PM-KeepID"] == "true"


def test_what_was_asked_for_goes_by_its_own_stream() -> None:
    """A mail without a way to unsubscribe is no mass mail."""
    postmark = Postmark()
    with serving(postmark) as url:
        send(url, replace(MAIL, headers={}))
    assert postmark.sent[0]["MessageStream"] == "outbound"


@pytest.mark.parametrize(
    ("says", "kind", "hard", "rests"),
    [
        ((422, 406, "You tried to send to recipient(s) marked as inactive."), "refused", True, ""),
        ((422, 300, "Invalid 'To' address: 'ada@'."), "refused", True, ""),
        ((422, 300, "Invalid 'From' address: 'x'."), "refused", False, ""),
        ((422, 400, "The Sender signature was not found."), "not_taken", False, "channel"),
        ((422, 405, "Not allowed to send: out of credits."), "not_taken", False, "channel"),
        ((422, 412, "While your account is pending approval…"), "not_taken", False, "channel"),
        ((401, 10, "Bad or missing API token."), "not_taken", False, "channel"),
        ((413, 0, "Payload too large"), "refused", False, ""),
        ((429, 429, "Rate limit exceeded", {"Retry-After": "9"}), "not_taken", False, "channel"),
        ((503, 100, "Down for maintenance"), "not_taken", False, "channel"),
        ((500, 0, "Internal Server Error"), "unknown", False, ""),
        (HANG, "unknown", False, ""),
        (HANG_UP, "unknown", False, ""),
    ],
)
def test_what_postmark_says_is_understood(says: Any, kind: str, hard: bool, rests: str) -> None:
    """A dead mailbox, a setting of ours, "later", and what nobody can know."""
    postmark = Postmark(says=says)
    with serving(postmark) as url:
        found = send(url, timeout=0.5 if says == HANG else 10)
    assert (found.kind, found.hard_bounce, found.rests) == (kind, hard, rests)
    assert len(postmark.requests) == 1, "nothing is sent twice by itself"
    if isinstance(says, tuple):
        assert says[2][:20] in found.reason
        assert found.wait == (9 * SECOND if len(says) > 3 else 0)


@pytest.mark.parametrize(
    "told",
    [
        {"subject": "Hi\r\nBcc: eve@example.com"},
        {"to": "ada@example.com, eve@example.com"},
        {"to": "ada@example.com\r\nRCPT TO:<eve@example.com>"},
        {"sender": "Shop\nBcc: x <shop@shop.example>"},
        {"headers": {"Bcc": "eve@example.com"}},
        {"headers": {"Reply-To": "a@b.example\r\nBcc: eve@example.com"}},
    ],
)
def test_no_value_becomes_a_header_or_another_recipient(told: dict[str, Any]) -> None:
    """What a mail server is not told, Postmark is not told either."""
    postmark = Postmark()
    with serving(postmark) as url:
        assert send(url, replace(MAIL, **told)).kind == "refused"
    assert postmark.requests == []


def test_the_token_can_be_looked_at() -> None:
    """`headrace doctor` learns of a wrong token without sending anything."""
    postmark = Postmark()
    with serving(postmark) as url:
        assert asyncio.run(transport(url).probe()) == ""  # type: ignore[attr-defined]
        bad = transport(url, postmark_token="x")
        assert "API tokens" in asyncio.run(bad.probe())  # type: ignore[attr-defined]
    assert postmark.sent == []
