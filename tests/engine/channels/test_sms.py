"""Text messages down to the wire, against servers that answer as the providers document it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from engine.channels import registry
from engine.channels.driver import DriverError, House
from engine.channels.drivers import twilio as driver
from engine.channels.transport import Envelope, Outcome, Transport
from engine.core.model import SECOND
from tests.harness.providers import HANG, HANG_UP, Provider, serving
from tests.harness.twilio import ACCOUNT, TOKEN, Twilio, signed

AT = 1_772_442_000_000
ADA = "+4915112345678"
CALLBACK = "https://h.example/v1/providers/twilio?key=7%3As%3A1%3Acustomer"
ALWAYS = {"From": "SHOP", "StatusCallback": CALLBACK}


def transport(told: dict[str, str], timeout: float = 10.0) -> Transport:
    made = registry.transports(told, House("https://h.example", lambda: "DE"))["sms"]
    made._provider._timeout = timeout  # type: ignore[attr-defined]
    return made


def send(told: dict[str, str], envelope: Envelope, timeout: float = 10.0) -> Outcome:
    async def work() -> Outcome:
        made = transport(told, timeout)
        outcome = await made.deliver("7:s:1:customer", envelope)
        await made.close()
        return outcome

    return asyncio.run(work())


def by_twilio(url: str, **more: str) -> dict[str, str]:
    return {
        "sms": "twilio",
        "twilio_account": ACCOUNT,
        "twilio_token": TOKEN,
        "twilio_url": url,
        **more,
    }


def text(to: str = ADA, body: str = "Grüße aus dem Laden", sender: str = "SHOP") -> Envelope:
    return Envelope("sms", to, AT, sender=sender, text=body)


def test_a_message_has_the_fields_that_twilio_asks_for() -> None:
    """To as E.164, From, Body, and where it tells what became of it, which names the message:
    nothing else, each once, under the account's name and token.
    """
    twilio = Twilio()
    with serving(twilio) as url:
        outcome = send(by_twilio(url), text())
    assert outcome == Outcome("delivered", provider_id=f"SM{1:032x}")
    assert twilio.sent == [{"To": ADA, "Body": "Grüße aus dem Laden", **ALWAYS}]


def test_a_service_chooses_the_number() -> None:
    """With a messaging service there is no From."""
    twilio = Twilio()
    with serving(twilio) as url:
        send(by_twilio(url, twilio_service="MG1"), text())
    [told] = twilio.sent
    assert (told["MessagingServiceSid"], "From" in told) == ("MG1", False)


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8400", "http://localhost:8400"])
def test_where_nobody_can_call_nobody_is_asked_to(url: str) -> None:
    """Twilio refuses a message that names an address it cannot call."""
    assert driver.Twilio(_settings(), House(url))._callback("7:s:1:customer") == ""


def _settings() -> driver.Settings:
    return driver.Settings(twilio_account=ACCOUNT, twilio_token=SecretStr(TOKEN))


@pytest.mark.parametrize(
    ("told", "called"),
    [("0151 12345678", ADA), ("+49 (151) 12345678", ADA), ("0049 151 12345678", ADA)],
)
def test_a_national_number_is_called_in_the_shops_country(told: str, called: str) -> None:
    """Numbers leave the house as E.164, whoever wrote them."""
    twilio = Twilio()
    with serving(twilio) as url:
        send(by_twilio(url), text(told))
    assert [one["To"] for one in twilio.sent] == [called]


@pytest.mark.parametrize("told", ["ada@example.com", "1", "", "+49151\nBcc: x", "1" * 500])
def test_what_is_no_number_never_leaves(told: str) -> None:
    """The address is dead at once; no request is made."""
    twilio = Twilio()
    with serving(twilio) as url:
        outcome = send(by_twilio(url), text(told))
    assert (outcome.kind, outcome.hard_bounce) == ("refused", True)
    assert twilio.requests == []


@pytest.mark.parametrize(
    "body",
    ["a&To=%2B49999&Body=x", "{{ customer.email }} {% raw %}", "<b>x</b>\r\nTo: y", "ünï😀"],
)
def test_what_a_customer_is_called_stays_text(body: str) -> None:
    """Nothing in a text becomes a field, a header or a template."""
    twilio = Twilio()
    with serving(twilio) as url:
        assert send(by_twilio(url), text(body=body)).kind == "delivered"
    assert twilio.sent == [{"To": ADA, "Body": body, **ALWAYS}]


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        ((400, 21211, "Invalid 'To' Phone Number"), ("refused", True, False, "")),
        ((400, 21614, "'To' number is not a valid mobile number"), ("refused", True, False, "")),
        ((400, 21610, "Attempt to send to unsubscribed recipient"), ("refused", False, True, "")),
        ((400, 21617, "The concatenated message body exceeds 1600"), ("refused", False, False, "")),
        ((400, 30003, "Unreachable destination handset"), ("refused", False, False, "")),
        ((400, 30006, "Landline or unreachable carrier"), ("refused", True, False, "")),
        (
            (400, 21606, "The 'From' phone number is not valid"),
            ("not_taken", False, False, "channel"),
        ),
        ((401, 20003, "Authenticate"), ("not_taken", False, False, "channel")),
        ((429, 20429, "Too Many Requests"), ("not_taken", False, False, "channel")),
        ((429, 14107, "Message rate exceeded"), ("not_taken", False, False, "channel")),
        ((503, 20503, "Service unavailable"), ("not_taken", False, False, "channel")),
        ((500, 20500, "Internal Server Error"), ("unknown", False, False, "")),
        (HANG, ("unknown", False, False, "")),
        (HANG_UP, ("unknown", False, False, "")),
    ],
)
def test_what_twilio_says_is_understood(says: Any, outcome: tuple[str, bool, bool, str]) -> None:
    """A dead number, one that left, a setting of ours, "later", and what nobody can know."""
    twilio = Twilio(says={ADA: says})
    with serving(twilio) as url:
        found = send(by_twilio(url), text(), timeout=0.5 if says == HANG else 10)
    assert (found.kind, found.hard_bounce, found.left, found.rests) == outcome
    assert len(twilio.requests) == 1, "nothing is sent twice by itself"
    if isinstance(says, tuple):
        assert str(says[1]) in found.reason


def test_a_rest_is_as_long_as_twilio_asks_for() -> None:
    """Retry-After is kept."""
    provider = Provider({"default": (429, {"code": 20429}, {"Retry-After": "7"})})
    with serving(provider) as url:
        assert send(by_twilio(url), text()).wait == 7 * SECOND


def test_a_server_that_is_away_has_not_taken_it() -> None:
    """No connection means no message; it is tried again."""
    with serving(Twilio()) as url:
        pass
    assert send(by_twilio(url), text()).kind == "not_taken"


def test_the_account_can_be_asked_for() -> None:
    """`headrace doctor` learns of a wrong token without sending anything."""
    twilio = Twilio()
    with serving(twilio) as url:
        good, bad = transport(by_twilio(url)), transport(by_twilio(url, twilio_token="x"))
        assert asyncio.run(good.probe()) == ""  # type: ignore[attr-defined]
        assert "Authenticate" in asyncio.run(bad.probe())  # type: ignore[attr-defined]
    assert twilio.sent == []


def test_the_signature_is_the_documented_one() -> None:
    """The example of "Webhooks security": address, names and values in order, base64."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert driver.signature("12345", url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert signed(url, form, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


# --- any other provider ----------------------------------------------------------------------


def by_http(url: str, **more: str) -> dict[str, str]:
    return {"sms": "http", "sms_url": f"{url}/send", "sms_token": "t0k", **more}


def test_any_provider_that_takes_a_post() -> None:
    """The body is what the settings say, with the message's own words in it and nothing of them
    read as a place to be filled.
    """
    provider = Provider({"default": (200, {"messages": [{"id": 17}]})})
    shape = (
        '{"messages": [{"recipient": "{to}", "body": "{text}", "ref": "{key}"}], "from": "{from}"}'
    )
    with serving(provider) as url:
        outcome = send(
            by_http(url, sms_body=shape, sms_id="messages.0.id"), text(body='{to} "{x}" {')
        )
    assert outcome == Outcome("delivered", provider_id="17")
    [request] = provider.requests
    assert request.headers["Authorization"] == "Bearer t0k"
    assert request.headers["Idempotency-Key"] == "7:s:1:customer"
    one = {"recipient": ADA, "body": '{to} "{x}" {', "ref": "7:s:1:customer"}
    assert request.json == {"messages": [one], "from": "SHOP"}


def test_the_body_may_be_a_form() -> None:
    """Each field once, whatever the text holds."""
    provider = Provider({"default": (200, b"OK")})
    with serving(provider) as url:
        assert send(by_http(url, sms_format="form"), text(body="a&to=b")).kind == "delivered"
    assert provider.requests[0].form == {"to": ADA, "from": "SHOP", "text": "a&to=b"}


@pytest.mark.parametrize(
    ("answer", "kind", "rests"),
    [
        ((400, {}), "refused", ""),
        ((401, {}), "not_taken", "channel"),
        ((429, {}), "not_taken", "channel"),
        ((503, {}), "not_taken", ""),
        ((500, {}), "unknown", ""),
        ((302, {}, {"Location": "/x"}), "refused", ""),
        (HANG_UP, "unknown", ""),
    ],
)
def test_what_its_status_means(answer: Any, kind: str, rests: str) -> None:
    """Without words of its own a provider is judged by its status."""
    provider = Provider({"default": answer})
    with serving(provider) as url:
        outcome = send(by_http(url), text())
    assert (outcome.kind, outcome.rests) == (kind, rests)
    assert len(provider.requests) == 1


def test_a_provider_that_does_nothing_twice_may_be_asked_again() -> None:
    """Where the settings say so, the sender learns for how long a key is known."""
    assert transport(by_http("http://x", sms_idempotent="true")).remembers == 24 * 3600 * SECOND  # type: ignore[attr-defined]
    assert transport(by_http("http://x")).remembers == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", ["", "[]", "{", '{"to": "{to}"}'])
def test_a_body_that_says_nothing_is_refused(body: str) -> None:
    """A shape without the number or the text would send nothing to anybody."""
    told = by_http("http://x", sms_body=body)
    if not body:
        assert registry.chosen(told)["sms"].driver.name == "http", "empty is not set"
        return
    with pytest.raises(DriverError, match="HEADRACE_SMS_BODY"):
        registry.chosen(told)
