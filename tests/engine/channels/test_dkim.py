"""Mails that we sign ourselves are found genuine by another implementation of DKIM."""

from __future__ import annotations

import asyncio
import base64
import re
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from engine.channels import registry
from engine.channels.driver import DriverError
from engine.channels.transport import Envelope
from tests.engine.channels.servers import Script, serving
from tests.harness.dns import answering
from tests.harness.npm import node_with

VERIFY = Path(__file__).parents[2] / "clients" / "dkim"
KEY = rsa.generate_private_key(65537, 2048)
NAME = "headrace._domainkey.shop.example"
RECORD = (
    "v=DKIM1; k=rsa; p="
    + base64.b64encode(
        KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()
)


@pytest.fixture(params=[PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
def key(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "dkim.pem"
    path.write_bytes(KEY.private_bytes(Encoding.PEM, request.param, NoEncryption()))
    return path


def signed(key: Path, envelope: Envelope) -> bytes:
    """The mail as a mail server gets it."""
    script = Script()

    async def work() -> None:
        async with serving(script) as url:
            told = {
                "smtp_url": url,
                "dkim_domain": "shop.example",
                "dkim_selector": "headrace",
                "dkim_key": str(key),
            }
            transport = registry.transports(told)["email"]
            outcome = await transport.deliver("7:s:1:customer", envelope)
            assert outcome.kind == "delivered", outcome.reason
            await transport.close()

    asyncio.run(work())
    [mail] = script.mails
    # What stands on the wire has a dot before each line that begins with one.
    return re.sub(rb"^\.", b"", mail, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def node() -> str:
    """Node with mailauth."""
    return node_with(VERIFY)


def verified(node: str, mail: bytes, texts: dict[str, str]) -> list[dict[str, Any]]:
    with answering(texts) as port:
        done = subprocess.run(
            [node, "verify.mjs", str(port)], cwd=VERIFY, input=mail, check=True, capture_output=True
        )
    return orjson.loads(done.stdout)


MAIL = Envelope(
    channel="email",
    to="ada@example.com",
    at=1_772_442_000_000,
    sender="Bäcker & Co <shop@shop.example>",
    subject="Grüße: „dein Warenkorb“ " + "und noch viel mehr, das länger ist als eine Zeile " * 3,
    html="<p>Grüße</p>" + "<p>.</p>\n.\n" * 50,
    text="Grüße\n.\n..\n\n\n",
    headers={
        "List-Unsubscribe": "<https://h.example/u/x>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Reply-To": "Help <help@shop.example>",
    },
)


def test_another_implementation_finds_it_genuine(key: Path, node: str) -> None:
    """mailauth, which shares no code with the signer, reads the key from a DNS server and agrees;
    who it is from, how to unsubscribe and where to answer are signed, too.
    """
    [found] = verified(node, signed(key, MAIL), {NAME: RECORD})
    assert (found["result"], found["comment"]) == ("pass", "")
    assert (found["domain"], found["selector"]) == ("shop.example", "headrace")
    names = {one.strip().lower() for one in found["headers"].split(":")}
    assert {"from", "to", "subject", "date", "message-id", "reply-to"} <= names
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= names


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"shop@shop\.example", b"evil@shop.example"),
        (rb"List-Unsubscribe: <https://h", b"List-Unsubscribe: <https://g"),
        (rb"\r\n\r\nGr", b"\r\n\r\nHr"),
        (rb"\r\nFrom:", b"\r\nFrom: other@shop.example\r\nFrom:"),
    ],
)
def test_what_was_changed_on_the_way_is_found(key: Path, node: str, old: bytes, new: bytes) -> None:
    """A changed or added header, or another body, is no longer what we signed."""
    mail, count = re.subn(old, new, signed(key, MAIL), count=1)
    assert count == 1
    [found] = verified(node, mail, {NAME: RECORD})
    assert found["result"] != "pass"


def test_without_the_key_in_the_dns_nothing_is_genuine(key: Path, node: str) -> None:
    """So the test above can fail."""
    [found] = verified(node, signed(key, MAIL), {})
    assert found["result"] != "pass"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"dkim_domain": "shop.example"}, "belong together"),
        ({"dkim_key": "/nowhere.pem"}, "belong together"),
    ],
)
def test_half_a_setting_is_named(told: dict[str, str], says: str) -> None:
    """Whoever forgets one of the three is told which they are."""
    with pytest.raises(DriverError, match=says):
        registry.chosen(told)


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_key_that_is_none_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    """Before any mail goes out unsigned."""
    path = tmp_path / "dkim.pem"
    if content is not None:
        path.write_bytes(content)
    told = {"dkim_domain": "shop.example", "dkim_selector": "s", "dkim_key": str(path)}
    with pytest.raises(DriverError, match="HEADRACE_DKIM_KEY"):
        registry.transports(told)
