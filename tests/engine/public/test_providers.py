"""Webhooks of who delivers our messages, from fakes that behave as their documents say."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from engine.channels.driver import House
from engine.channels.drivers.postmark import _metadata
from engine.channels.drivers.twilio import Settings, Twilio
from engine.intake.providers import sns, twilio
from engine.intake.providers.postmark import _key
from engine.public.app import create_public_app
from engine.public.providers import Providers
from engine.public.rejections import Rejections
from engine.service.doctor import examine
from tests.engine.service.test_returning import Post

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
HOST = "https://headrace.shop.example"
SECRET = "a secret"
TOKEN = "twilio token"


class Amazon:
    """Signs notifications as SNS does, and has its certificate where SNS has it."""

    def __init__(self, name: str = "sns.amazonaws.com") -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self.key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )
        self.asked: list[str] = []

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        return self.certificate

    def notification(self, message: Any, version: str = "1", **more: Any) -> dict[str, Any]:
        told = {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Message": message if isinstance(message, str) else orjson.dumps(message).decode(),
            "Timestamp": "2026-01-05T09:00:00.000Z",
            "SignatureVersion": version,
            "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService.pem",
            **more,
        }
        names = sns.SIGNED[told["Type"]]
        signed = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
        digest = hashes.SHA1() if version == "1" else hashes.SHA256()
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), digest)
        return {**told, "Signature": base64.b64encode(signature).decode()}


class Desk(Post):
    """A shop whose providers know where to tell it something."""

    def __init__(self, folder: Path, url: str | None) -> None:
        super().__init__(folder, url, postmark_webhook=SECRET, sns_topic=TOPIC, twilio_token=TOKEN)
        self.app = create_public_app(self.service)
        self.amazon = Amazon()
        self.rejections = Rejections()
        self.app.providers = Providers(self.service, self.rejections, self.amazon.fetch)

    def tell(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        async def post() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
                named = {name.replace("_", "-"): told for name, told in headers.items()}
                return await client.post(path, content=body, headers=named)

        return asyncio.run(post())

    def postmark(self, told: Any, secret: str = SECRET) -> httpx.Response:
        basic = base64.b64encode(f"headrace:{secret}".encode()).decode()
        body = told if isinstance(told, bytes) else orjson.dumps(told)
        return self.tell("/v1/providers/postmark", body, authorization=f"Basic {basic}")

    def sns(self, told: Any) -> httpx.Response:
        return self.tell("/v1/providers/sns", orjson.dumps(told), content_type="text/plain")

    def twilio(self, query: str = "", *, url: str = "", **form: str) -> httpx.Response:
        path = f"/v1/providers/twilio{query}"
        signed = twilio.signature(TOKEN, url or f"{HOST}{path}", form)
        return self.tell(path, urlencode(form).encode(), x_twilio_signature=signed)

    def kinds(self) -> list[Any]:
        return self.rows("select kind from feedback order by id")


@pytest.fixture
def desk(tmp_path: Path, database_url: str | None) -> Iterator[Desk]:
    made = Desk(tmp_path, database_url)
    yield made
    made.close()


def bounce(**more: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce", "ID": 4323372036854775807, "Type": "HardBounce", "TypeCode": 1,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Email": "ada@shop.example",
        "BouncedAt": "2026-01-05T08:00:00Z", "Details": "smtp;550 5.1.1 unknown", **more,
    }  # fmt: skip


def test_postmark(desk: Desk) -> None:
    """A hard bounce ends the address, is of the message that its key names, and counts once."""
    desk.buy()
    ((run, step),) = desk.rows("select run, step from intent")
    told = bounce(Metadata={"key": f"{run}:{step}:1:customer"})
    assert desk.postmark(told).json() == desk.postmark(told).json() == {"success": True}
    assert desk.suppressed == {"ada@shop.example": "bounced"}
    assert desk.rows("select kind, flow, message, source from feedback") == [
        ("hard_bounce", "carts", "hi", "postmark")
    ]


def test_a_long_key_comes_back_whole(desk: Desk) -> None:
    """Postmark takes 80 letters of a value; what we give in pieces names its message."""
    key = f"7:{'s' * 150}:1:customer"
    told = bounce(Metadata=_metadata(key))
    assert _key(told["Metadata"]) == key
    assert desk.postmark(told).status_code == 200


@pytest.mark.parametrize(
    ("told", "kinds"),
    [
        (bounce(Type="SoftBounce"), ["soft_bounce"]),
        (bounce(Type="Blocked"), ["blocked"]),
        (bounce(Type="AutoResponder"), []),
        ({"RecordType": "SpamComplaint", "ID": 1, "Email": "ada@shop.example"}, ["complained"]),
        ({"RecordType": "Delivery", "Recipient": "ada@shop.example", "MessageID": "1"}, []),
        (
            {
                "RecordType": "SubscriptionChange", "Recipient": "ada@shop.example",
                "SuppressSending": True, "SuppressionReason": "ManualSuppression", "MessageID": "1",
            },
            ["unsubscribed"],
        ),
        ({"RecordType": "Open", "Recipient": "ada@shop.example"}, []),
    ],
)  # fmt: skip
def test_what_else_postmark_tells(desk: Desk, told: dict[str, Any], kinds: list[str]) -> None:
    """Each of Postmark's records and types has its place in our vocabulary, or says nothing."""
    desk.buy()
    assert desk.postmark(told).status_code == 200
    assert desk.kinds() == kinds


def test_what_is_refused_is_counted_and_told(desk: Desk) -> None:
    """A wrong secret stores nothing and is counted; what cannot be read is shown by the doctor."""
    desk.buy()
    assert desk.postmark(bounce(), "wrong").status_code == 401
    assert desk.tell("/v1/providers/postmark", b"{}").status_code == 401
    assert desk.rejections.by_code == {"postmark unauthorized": 2}
    assert desk.kinds() == []
    assert desk.postmark(b"no JSON").json()["unread"]
    assert desk.postmark({"RecordType": "Bounce", "Type": "HardBounce"}).json()["unread"]
    found = examine(desk.service.data_dir, desk.settings, desk.clock.now())
    unread = [one.message for one in found if one.code == "webhook-unread"]
    assert any("postmark" in one for one in unread)
    refused = [one.message for one in found if one.code == "webhook-refused"]
    assert len(refused) == 1
    assert refused[0].startswith("1 webhook of postmark refused since 2026-01-05")
    assert refused[0].endswith("The secret is wrong. Nothing was stored.")
    assert desk.postmark(b"x" * 600_000).status_code == 413


SES = {
    "eventType": "Bounce",
    "mail": {"messageId": "1", "source": "shop@shop.example", "timestamp": "2026-01-05T08:00:00Z"},
    "bounce": {
        "bounceType": "Permanent", "bounceSubType": "General",
        "bouncedRecipients": [
            {"emailAddress": "ada@shop.example", "status": "5.1.1",
             "diagnosticCode": "smtp; 550 5.1.1 user unknown"},
        ],
        "timestamp": "2026-01-05T08:00:01.000Z",
    },
}  # fmt: skip


@pytest.mark.parametrize("version", ["1", "2"])
def test_amazon(desk: Desk, version: str) -> None:
    """A notification signed in either way ends the address once, by which message it was."""
    desk.buy()
    mail = {**SES["mail"], "source": desk.got[0][0]}  # type: ignore[dict-item]
    told = desk.amazon.notification({**SES, "mail": mail}, version)
    assert desk.sns(told).status_code == desk.sns(told).status_code == 200
    assert desk.suppressed == {"ada@shop.example": "bounced"}
    assert desk.rows("select kind, flow, message from feedback") == [("hard_bounce", "carts", "hi")]
    assert len(desk.amazon.asked) == 1, "a certificate is fetched once"


@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        ({**SES, "bounce": {**SES["bounce"], "bounceType": "Transient"}}, ["soft_bounce"]),  # type: ignore[dict-item]
        ({**SES, "bounce": {**SES["bounce"], "bounceSubType": "ContentRejected"}}, ["blocked"]),  # type: ignore[dict-item]
        (
            {"notificationType": "Complaint", "complaint": {
                "complainedRecipients": [{"emailAddress": "ada@shop.example"}],
                "complaintFeedbackType": "abuse"}},
            ["complained"],
        ),
        ({"notificationType": "Delivery", "delivery": {"recipients": ["ada@shop.example"]}}, []),
        ({"eventType": "Open", "open": {}}, []),
    ],
)  # fmt: skip
def test_what_else_amazon_tells(desk: Desk, event: dict[str, Any], kinds: list[str]) -> None:
    """Notifications and events of SES have their place in our vocabulary."""
    desk.buy()
    assert desk.sns(desk.amazon.notification(event)).status_code == 200
    assert desk.kinds() == kinds


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "another"},
        {"Signature": "bm8="},
        {"Signature": "?"},
        {"SignatureVersion": "2"},
        {"SignatureVersion": "3"},
        {"TopicArn": "arn:aws:sns:eu-west-1:999:theirs"},
        {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"},
        {"SigningCertURL": "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com:8443/x.pem"},
        {"SigningCertURL": "https://s3.amazonaws.com/x.pem"},
        {"SigningCertURL": 7},
        {"Type": "Other"},
    ],
    ids=str,
)
def test_what_amazon_did_not_sign(desk: Desk, change: dict[str, Any]) -> None:
    """Nothing is believed, and no certificate asked for elsewhere, however it is dressed up."""
    desk.buy()
    answer = desk.sns({**desk.amazon.notification(SES), **change})
    assert answer.status_code in (400, 401)
    assert desk.kinds() == []
    assert all(one.startswith("https://sns.eu-west-1.amazonaws.com/") for one in desk.amazon.asked)


def test_a_subscription_is_confirmed(desk: Desk) -> None:
    """A signed question of our own topic is answered at Amazon's address, any other at none."""
    question = {"Type": "SubscriptionConfirmation", "Token": "t"}
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    assert desk.sns(desk.amazon.notification("?", SubscribeURL=url, **question)).status_code == 200
    assert desk.amazon.asked[-1] == url
    evil = "https://evil.example/?Action=ConfirmSubscription"
    assert desk.sns(desk.amazon.notification("?", SubscribeURL=evil, **question)).status_code == 401
    assert evil not in desk.amazon.asked


def test_twilio(desk: Desk) -> None:
    """A signed callback ends a number that takes nothing; a wrong signature stores nothing."""
    desk.buy()
    told = {"MessageSid": "SM1", "MessageStatus": "undelivered", "To": "+4915112345678"}
    query = "?key=1%3As%3A1%3Acustomer"
    assert desk.twilio(query, ErrorCode="30007", **told).status_code == 200
    assert desk.suppressed == {}
    assert desk.twilio(query, **{**told, "MessageSid": "SM2"}, ErrorCode="30005").status_code == 200
    assert desk.kinds() == ["blocked", "hard_bounce"]
    assert desk.rows("select channel, reason from suppression") == [("sms", "bounced")]
    assert desk.twilio(url="https://elsewhere.example/", **told).status_code == 401
    assert desk.twilio(MessageSid="SM3", MessageStatus="sent", To="+49151").status_code == 200
    assert desk.kinds() == ["blocked", "hard_bounce"]


def test_what_twilio_tells_names_its_message(desk: Desk) -> None:
    """A callback at the address that a message was sent with is of it, and counts once."""
    desk.buy()
    ((run, step),) = desk.rows("select run, step from intent")
    settings = Settings(twilio_account="AC1", twilio_token=SecretStr(TOKEN))
    given = Twilio(settings, House(HOST))._callback(f"{run}:{step}:1:customer")
    query = given.removeprefix(f"{HOST}/v1/providers/twilio")
    told = {"MessageSid": "SM1", "MessageStatus": "undelivered", "To": "+4915112345678"}
    for _ in range(2):
        assert desk.twilio(query, **told, ErrorCode="30005").status_code == 200
    assert desk.rows("select kind, flow, message, step from feedback") == [
        ("hard_bounce", "carts", "hi", step)
    ]


def test_a_signature_as_twilio_documents_it() -> None:
    """The example of Twilio's own documentation has its signature."""
    form = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234",
        "From": "+14158675309", "To": "+18005551212",
    }  # fmt: skip
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio.signature("12345", url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_without_settings_there_is_nothing(tmp_path: Path) -> None:
    """A provider that is not set up is answered 404, with the setting that is missing."""
    post = Post(tmp_path, None)
    try:
        app = create_public_app(post.service)

        async def ask(who: str) -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
                return await client.post(f"/v1/providers/{who}", content=b"{}")

        names = {"postmark": "POSTMARK_WEBHOOK", "sns": "SNS_TOPIC", "twilio": "TWILIO_TOKEN"}
        for who, name in names.items():
            answer = asyncio.run(ask(who))
            assert (answer.status_code, f"HEADRACE_{name}" in answer.text) == (404, True)
        assert asyncio.run(ask("other")).status_code == 404
    finally:
        post.close()
