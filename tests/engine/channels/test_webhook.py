"""`call`: signed, to the outside only, and honest about what is known."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
from collections.abc import Callable

import httpx
import orjson
import pytest

from engine.channels.transport import Envelope, Outcome
from engine.channels.webhook import Webhook
from engine.outside import is_outside

AT = 1_772_442_000_000
OUTSIDE = ipaddress.ip_address("93.184.216.34")


def call(
    answer: Callable[[httpx.Request], httpx.Response],
    *,
    url: str = "https://crm.example/hooks/x",
    addresses: tuple[str, ...] = (str(OUTSIDE),),
) -> Outcome:
    async def resolve(host: str, port: int) -> list[object]:
        return [ipaddress.ip_address(each) for each in addresses]

    async def handle(request: httpx.Request) -> httpx.Response:
        return answer(request)

    webhook = Webhook(resolve=resolve, transport=httpx.MockTransport(handle), timeout=1)
    envelope = Envelope("call", url, AT, payload={"change": "vip"}, secret="s3cret")
    return asyncio.run(webhook.deliver("key-1", envelope))


def test_a_call_is_signed_and_carries_its_key() -> None:
    """The receiver can check who called and that a repeated call is the same one."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    assert call(answer).kind == "delivered"
    [request] = seen
    assert orjson.loads(request.content) == {"change": "vip"}
    assert request.headers["Idempotency-Key"] == "key-1"
    assert request.headers["Host"] == "crm.example"
    assert request.url.host == str(OUTSIDE), "the checked address itself is called"
    assert request.extensions["sni_hostname"] == "crm.example"
    digest = hmac.new(b"s3cret", f"{AT // 1000}.".encode() + request.content, hashlib.sha256)
    expected = f"t={AT // 1000},v1={digest.hexdigest()}"
    assert request.headers["Headrace-Signature"] == expected


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "delivered"),
        (302, "refused"),
        (404, "refused"),
        (429, "not_taken"),
        (503, "not_taken"),
    ],
)
def test_the_answer_decides(status: int, kind: str) -> None:
    """2xx is delivered, redirects are not followed, a busy receiver is asked again."""
    headers = {"Location": "https://127.0.0.1/"}
    assert call(lambda _: httpx.Response(status, headers=headers)).kind == kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("no"), "not_taken"),
        (httpx.ConnectTimeout("no"), "not_taken"),
        (httpx.ReadTimeout("no"), "unknown"),
        (httpx.ReadError("no"), "unknown"),
        (httpx.RemoteProtocolError("no"), "unknown"),
    ],
)
def test_a_lost_connection_says_what_is_known(error: Exception, kind: str) -> None:
    """Before the request a retry is safe; after it nobody knows."""

    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    assert call(answer).kind == kind


INSIDE = [
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "192.168.1.1",
    "172.16.0.1",
    "100.64.0.1",
    "0.0.0.0",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "::7f00:1",
    "ff02::1",
    "168.63.129.16",
    "::ffff:168.63.129.16",
    "::ffff:0:7f00:1",
    "64:ff9b:1::7f00:1",
    "fec0::1",
    "2001::7f00:1",
    "4000::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_leads_inside(address: str) -> None:
    """However an inner address is written, and wherever it hides among others, it is refused."""
    assert not is_outside(ipaddress.ip_address(address))

    def never(_: httpx.Request) -> httpx.Response:
        raise AssertionError("called")

    assert call(never, addresses=(str(OUTSIDE), address)).kind == "refused"


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_the_public_internet_is_outside(address: str) -> None:
    """Ordinary public addresses may be called."""
    assert is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example/",
        "ftp://crm.example/",
        "https:///x",
        "https://u:p@crm.example/",
        "https://crm.example:99999/",
        "https://127.0.0.1/",
        "https://[::1]/",
    ],
)
def test_only_https_to_a_name_is_called(url: str) -> None:
    """Plain http, passwords in the address and literal inner addresses are refused."""
    envelope = Envelope("call", url, AT, payload={})
    assert asyncio.run(Webhook(timeout=1).deliver("k", envelope)).kind == "refused"
