"""Web push: a message to each browser of a person, encrypted for it alone.

Source: RFC 8030 (the request and its answers), RFC 8291 (encryption), RFC 8292 (VAPID: who sends).
A person is reached when one of their browsers took the message.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, Field, SecretStr, field_validator

from engine.channels.driver import Device, Driver, House

if TYPE_CHECKING:
    from engine.channels.http import Answer
    from engine.channels.transport import Envelope, Outcome, Transport
    from engine.core.model import Instant

_TTL: Final = 24 * 3600
"""Seconds for which a push service keeps what a browser that is off does not fetch."""
_TITLE, _BODY = 200, 600
_HOURS: Final = 12
"""So long a signature says who sends; services take up to 24."""
_MOST_DEVICES: Final = 10
KEPT: Final = "push_key"
"""Under which name the house keeps the key where no setting gives one."""


class Settings(BaseModel):
    """Who sends."""

    push_contact: str = Field(
        default="",
        description="Whom a push service may write to: `mailto:you@shop.example` or an https"
        " address; else `HEADRACE_PUBLIC_URL` is told.",
    )
    push_key: SecretStr = Field(
        default=SecretStr(""),
        description="The private key that says who sends (32 bytes, base64url), where it shall"
        " not be made and kept in the database. Browsers that subscribed to another are lost.",
    )

    @field_validator("push_contact")
    @classmethod
    def _is_an_address(cls, told: str) -> str:
        if told and not told.startswith(("mailto:", "https://")):
            raise ValueError("must begin with mailto: or https://")
        return told

    @field_validator("push_key")
    @classmethod
    def _is_a_key(cls, told: SecretStr) -> SecretStr:
        if told.get_secret_value() and len(plain_bytes(told.get_secret_value())) != 32:
            raise ValueError("must be 32 bytes in base64url")
        return told


class WebPush:
    """Sends to push services. `resolve` and `transport` are for tests."""

    def __init__(
        self,
        settings: Settings,
        house: House,
        *,
        resolve: Any = None,
        transport: Any = None,
        timeout: float = 20.0,
    ) -> None:
        from engine.channels.http import CONNECTIONS, Provider

        self._settings = settings
        self._house = house
        self._resolve = resolve
        self._provider = Provider(transport=transport, timeout=timeout)
        self._signed: dict[str, tuple[Instant, str]] = {}
        self.connections = CONNECTIONS

    def lane_of(self, address: str) -> str:
        """Each person has a pace of their own: which service it is, is not known from here."""
        return address

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        from engine.channels.transport import refused

        devices = await asyncio.to_thread(self._house.devices.of, envelope.to)
        if not devices:
            return refused("None of this person's browsers takes pushes any more.")
        sent = [self._send(key, envelope, one) for one in devices[:_MOST_DEVICES]]
        return together(await asyncio.gather(*sent))

    async def close(self) -> None:
        await self._provider.close()

    async def _send(self, key: str, envelope: Envelope, device: Device) -> Outcome:
        from engine.channels.http import Answer
        from engine.channels.transport import not_taken, refused
        from engine.outside import ForbiddenAddressError, UnknownNameError, outside_soon

        try:
            target = await outside_soon(device.endpoint, "a push service's address", self._resolve)
        except ForbiddenAddressError as error:
            return refused(f"{str(error)[0].upper()}{str(error)[1:]}.")
        except (UnknownNameError, TimeoutError, OSError):
            return not_taken("The push service cannot be reached: its name is not known.")
        try:
            body = encrypted(notification(key, envelope), device)
        except ValueError:
            await asyncio.to_thread(self._house.devices.gone, device)
            return refused("This browser's keys are none.")
        answer = await self._provider.post(
            str(target.url),
            content=body,
            headers={
                "Host": target.host,
                "Authorization": await asyncio.to_thread(
                    self._authorization, device.endpoint, envelope.at
                ),
                "Content-Type": "application/octet-stream",
                "Content-Encoding": "aes128gcm",
                "TTL": str(_TTL),
                "Urgency": "normal",
                # What is still waiting of the same message is replaced, not shown twice.
                "Topic": _topic(key),
            },
            extensions=target.extensions,
        )
        if not isinstance(answer, Answer):
            return answer
        if answer.status in (404, 410):
            await asyncio.to_thread(self._house.devices.gone, device)
        return judged(answer)

    def _authorization(self, endpoint: str, now: Instant) -> str:
        """Who sends, to the service that this endpoint belongs to; signed anew twice a day."""
        from py_vapid import Vapid02

        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        hours = _HOURS * 3600
        until, told = self._signed.get(origin, (0, ""))
        if until - now // 1000 < hours // 2:
            until = now // 1000 + hours
            claims: dict[str, str | int] = {"aud": origin, "exp": until, "sub": self._contact()}
            vapid = Vapid02.from_raw(private_key(self._settings, self._house).encode())
            told = str(vapid.sign(claims)["Authorization"])
            if len(self._signed) > 100:
                self._signed.clear()
            self._signed[origin] = until, told
        return told

    def _contact(self) -> str:
        public = self._house.public_url
        other = public if public.startswith("https://") else "mailto:postmaster@localhost"
        return self._settings.push_contact or other


def private_key(settings: Settings, house: House) -> str:
    """The key that says who sends, in base64url; made once, since browsers subscribe to it."""
    return settings.push_key.get_secret_value() or house.kept(KEPT, _new_key)


def public_key(settings: Settings, house: House) -> str:
    """What browsers subscribe to: the point on P-256, 65 bytes in base64url."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    number = int.from_bytes(plain_bytes(private_key(settings, house)), "big")
    public = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    return base64url(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def notification(key: str, envelope: Envelope) -> bytes:
    """What the service worker gets: title, body, link, and a tag that is the message's own."""
    told = {
        "title": envelope.subject[:_TITLE],
        "body": _cut(envelope.text.strip()),
        "link": envelope.link if envelope.link.startswith(("https://", "http://")) else "",
        "tag": _topic(key),
    }
    return orjson.dumps(told)


def encrypted(content: bytes, device: Device) -> bytes:
    """For this browser alone, as one record. Raises `ValueError` for keys that are none."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(device.secret) != 16:
        raise ValueError("the secret has 16 bytes")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), device.key)
    sealed: bytes = http_ece.encrypt(
        content,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=device.key,
        auth_secret=device.secret,
        version="aes128gcm",
    )
    return sealed


def judged(answer: Answer) -> Outcome:
    """What a push service's answer means for one browser."""
    from engine.channels.transport import delivered, not_taken, refused

    reason = f"The push service answered {answer.status}."
    if answer.is_good:
        # The address of the message there, which is nobody's but ours.
        return delivered(answer.headers.get("location", "")[:200])
    if answer.status in (404, 410):
        return refused(f"{reason} The browser takes nothing any more.")
    if answer.status == 413:
        return refused(f"{reason} The message is too large.")
    if answer.status == 429 or answer.status >= 500:
        return not_taken(reason, wait=answer.wait)
    return refused(reason)


def together(outcomes: list[Outcome]) -> Outcome:
    """One outcome for all browsers of a person: one that took it is enough. What one may have taken
    is not tried again for another's sake.
    """
    kinds = ("delivered", "unknown", "not_taken", "refused")
    return min(outcomes, key=lambda one: (kinds.index(one.kind), one.wait))


def plain_bytes(told: str) -> bytes:
    """Of base64url, with or without its padding; b"" for what is none."""
    try:
        return base64.b64decode(told + "=" * (-len(told) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _new_key() -> str:
    from cryptography.hazmat.primitives.asymmetric import ec

    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64url(number.to_bytes(32, "big"))


def _topic(key: str) -> str:
    """At most 32 letters of base64url."""
    return base64url(hashlib.sha256(key.encode()).digest())[:32]


def _cut(text: str) -> str:
    return text if len(text) <= _BODY else f"{text[: _BODY - 1]}…"


def _make(settings: Settings, house: House) -> Transport:
    return WebPush(settings, house)


DRIVER = Driver(
    channel="push",
    name="web",
    about="Notifications in browsers.",
    settings=Settings,
    make=_make,
    modules=("http_ece", "py_vapid"),
    extra="push",
)
