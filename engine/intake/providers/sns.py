"""Notifications of Amazon SNS: whether they are Amazon's, and what they carry.

A signature proves that SNS sent it, not for whom: the topic is looked at too. Certificates come by
https from `sns.*.amazonaws.com` and from nowhere else. Source: "Verifying the signatures of Amazon
SNS messages" of its developer guide.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from engine.intake.refusal import Refusal

Fetch = Callable[[str], Awaitable[bytes]]
"""Gets what stands at an https address of Amazon's; raises `OSError` where it cannot."""

_HOST: Final = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(\.cn)?")
_NOTIFICATION: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION: Final = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
)
SIGNED: Final[Mapping[str, tuple[str, ...]]] = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
"""Which members of each type are signed, in this order; one that is not there is left out."""
_MOST_KEPT: Final = 20


class Certificates:
    """Amazon's certificates, each fetched once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: dict[str, Any] = {}

    async def key(self, url: str) -> Any:
        """The public key of the certificate at `url`. Raises `Refusal`."""
        if url not in self._kept:
            from cryptography import x509

            try:
                certificate = x509.load_pem_x509_certificate(await self._fetch(url))
            except (OSError, ValueError) as error:
                raise Refusal(
                    "unavailable", f"Its certificate cannot be read: {error}"[:200], status=503
                ) from None
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[url] = certificate.public_key()
        return self._kept[url]


def is_amazons(url: str) -> bool:
    """Whether an address is one of SNS itself, by https.

    >>> is_amazons("https://sns.eu-west-1.amazonaws.com/x.pem")
    True
    >>> is_amazons("https://sns.eu-west-1.amazonaws.com.evil.example/x.pem")
    False
    """
    try:
        parts = urlsplit(url)
        plain = parts.port in (None, 443) and parts.username is None and parts.password is None
    except ValueError:
        return False
    host = parts.netloc.removesuffix(":443")
    return parts.scheme == "https" and plain and _HOST.fullmatch(host) is not None


async def check(
    told: Mapping[str, Any], topics: frozenset[str], certificates: Certificates
) -> None:
    """Raises `Refusal` for what Amazon did not sign, or another topic than ours."""
    kind = told.get("Type")
    names = SIGNED.get(kind) if isinstance(kind, str) else None
    if names is None or any(not isinstance(told.get(name, ""), str) for name in names):
        raise Refusal("invalid", "This is no notification of Amazon SNS.", field="body")
    url, version = told.get("SigningCertURL"), str(told.get("SignatureVersion"))
    if not isinstance(url, str) or not is_amazons(url) or not urlsplit(url).path.endswith(".pem"):
        raise _forged("its certificate is not Amazon's")
    if version not in ("1", "2"):
        raise _forged("its signature is of no known version")
    if told.get("TopicArn") not in topics:
        raise _forged("it is of another topic than HEADRACE_SNS_TOPIC")
    signed = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
    await _verify(certificates, url, version, told.get("Signature"), signed.encode())


async def _verify(
    certificates: Certificates, url: str, version: str, signature: Any, signed: bytes
) -> None:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    except ImportError:
        message = 'This needs: pip install "headrace[ses]"'
        raise Refusal("unavailable", message, status=503) from None
    key = await certificates.key(url)
    try:
        told = base64.b64decode(str(signature), validate=True)
        if not isinstance(key, RSAPublicKey):
            raise _forged("its certificate has no RSA key")
        # SHA-1 is what version 1 is defined with.
        digest = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303
        key.verify(told, signed, padding.PKCS1v15(), digest)
    except (InvalidSignature, binascii.Error, ValueError):
        raise _forged("its signature is wrong") from None


def _forged(why: str) -> Refusal:
    return Refusal("unauthorized", f"Nothing was stored: {why}.", status=401)
