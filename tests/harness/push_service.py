"""A push service that answers as RFC 8030 has it, checks who sends (RFC 8292), and browsers that
decrypt what comes (RFC 8291). Written from the documents alone: no library of the sender is used.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.harness.providers import Provider, Request

HOST = "https://push.example"


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _hmac(key: bytes, text: bytes) -> bytes:
    made = HMAC(key, hashes.SHA256())
    made.update(text)
    return made.finalize()


def decrypt(body: bytes, private: ec.EllipticCurvePrivateKey, secret: bytes) -> bytes:
    """RFC 8291, section 3.4, with the one record of RFC 8188 that a push message is."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert length == 65
    assert len(record) <= size
    curve = ec.SECP256R1()
    shared = private.exchange(
        ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, sender)
    )
    own = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key_info = b"WebPush: info\0" + own + sender
    ikm = _hmac(_hmac(secret, shared), key_info + b"\x01")
    prk = _hmac(salt, ikm)
    cek = _hmac(prk, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _hmac(prk, b"Content-Encoding: nonce\0\x01")[:12]
    padded = AESGCM(cek).decrypt(nonce, record, None).rstrip(b"\0")
    assert padded[-1:] == b"\x02", "the last record ends with a delimiter of 2"
    return padded[:-1]


@dataclass
class Browser:
    """One that subscribed. `path` is its address at the push service."""

    path: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = b"0123456789abcdef"

    def as_json(self) -> dict[str, Any]:
        """`PushSubscription.toJSON()`."""
        public = self.private.public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": f"{HOST}{self.path}",
            "expirationTime": None,
            "keys": {"p256dh": base64url(point), "auth": base64url(self.secret)},
        }

    def read(self, request: Request) -> dict[str, Any]:
        return orjson.loads(decrypt(request.body, self.private, self.secret))


@dataclass
class PushService(Provider):
    """`public` is the key that the browsers subscribed to; `now` is in seconds."""

    public: str = ""
    now: int = 0

    def answer(self, request: Request) -> Any:
        self._who(request.headers["Authorization"])
        assert request.headers["Host"] == "push.example"
        assert request.headers["Content-Encoding"] == "aes128gcm"
        assert request.headers["TTL"].isdecimal()
        assert len(request.headers["Topic"]) <= 32
        if len(request.body) > 4096:
            return 413, b""
        said = self.answers.get(request.path)
        return said or (201, b"", {"Location": f"{HOST}/m/{len(self.requests)}"})

    def _who(self, told: str) -> None:
        """RFC 8292: `vapid t=TOKEN, k=KEY`, the token signed by that key with ES256."""
        scheme, _, rest = told.partition(" ")
        parts = dict(one.strip().split("=", 1) for one in rest.split(","))
        assert scheme == "vapid"
        assert parts["k"] == self.public
        head, claims, signature = parts["t"].split(".")
        assert orjson.loads(bytes_of(head)) == {"typ": "JWT", "alg": "ES256"}
        raw = bytes_of(signature)
        numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(self.public))
        signed = f"{head}.{claims}".encode()
        key.verify(encode_dss_signature(*numbers), signed, ec.ECDSA(hashes.SHA256()))
        said = orjson.loads(bytes_of(claims))
        assert said["aud"] == HOST
        assert self.now < said["exp"] <= self.now + 24 * 3600
        assert said["sub"].startswith(("mailto:", "https://"))


class ToThisMachine(httpx.AsyncBaseTransport):
    """The way to `push.example`, which ends at a server of this machine."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        to = self._url.copy_with(raw_path=request.url.raw_path)
        extensions = {k: v for k, v in request.extensions.items() if k != "sni_hostname"}
        return await self._inner.handle_async_request(
            httpx.Request(
                request.method,
                to,
                headers=request.headers,
                stream=request.stream,
                extensions=extensions,
            )
        )

    async def aclose(self) -> None:
        await self._inner.aclose()
