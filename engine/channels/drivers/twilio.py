"""SMS by Twilio's Programmable Messaging, or by whoever speaks as it does.

Source: Twilio's reference of the Message resource, its dictionary of errors, and "Webhooks
security". Sending is not idempotent there: what was posted and not answered is `unknown`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from pydantic import BaseModel, Field, SecretStr, model_validator

from engine.channels.driver import Driver, ForgedError, House, Replies, Reply

if TYPE_CHECKING:
    from engine.channels.http import Answer
    from engine.channels.transport import Envelope, Outcome, Transport

_GONE: Final = frozenset({21211, 21214, 21217, 21614, 30005, 30006})
"""The number is none, is no mobile one, or exists no longer: a hard bounce."""
_LEFT: Final = frozenset({21610})
"""Whoever has the number answered STOP."""
_OURS: Final = frozenset({20003, 20005, 20404, 21212, 21603, 21606, 21659, 21660, 21703, 21705})
"""The account or the sender is set wrong: to be mended here, and no fault of any number."""
_LATER: Final = frozenset({14107, 20429, 20503, 21611, 30001, 30022})
"""Too many at once, or a queue that is full."""
_LONGEST: Final = 1600
_CALLBACK: Final = "/v1/providers/twilio"
_OUR_OWN: Final = frozenset({"", "127.0.0.1", "::1", "localhost"})
"""Hosts that Twilio cannot call. It takes no message that names one."""


class Settings(BaseModel):
    """An account, and from which number or service it sends."""

    twilio_account: str = Field(pattern=r"^AC\w+$", description="The account's SID (`AC…`).")
    twilio_token: SecretStr = Field(
        description="Its auth token, which also signs what Twilio tells us."
    )
    twilio_from: str = Field(
        default="",
        description="The number (`+49…`) or the word that messages come from, where the store names"
        " no `sender sms`.",
    )
    twilio_service: str = Field(
        default="", description="The messaging service (`MG…`) that chooses the number instead."
    )
    twilio_url: str = Field(default="https://api.twilio.com", description="Where Twilio's API is.")

    @model_validator(mode="after")
    def _without_a_slash(self) -> Settings:
        self.twilio_url = self.twilio_url.rstrip("/")
        return self


class Twilio:
    """Sends text messages."""

    def __init__(self, settings: Settings, house: House) -> None:
        from engine.channels.http import CONNECTIONS, Provider

        self._settings = settings
        self._house = house
        self._provider = Provider()
        self._auth = settings.twilio_account, settings.twilio_token.get_secret_value()
        self._place = f"{settings.twilio_url}/2010-04-01/Accounts/{settings.twilio_account}"
        self.connections = CONNECTIONS

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        from engine.channels.http import Answer
        from engine.channels.transport import refused
        from engine.core.addresses import phone_number

        number = phone_number(envelope.to[:40], self._house.country())
        if not number:
            return refused("This is no phone number.", hard_bounce=True)
        text = envelope.text.strip()
        if not text or len(text) > _LONGEST:
            return refused(f"A text message has between 1 and {_LONGEST} letters.")
        form = {"To": number, "Body": text}
        if self._settings.twilio_service:
            form["MessagingServiceSid"] = self._settings.twilio_service
        elif sender := envelope.sender or self._settings.twilio_from:
            form["From"] = sender
        else:
            return refused("There is no sender: add `sender sms` to the store.")
        if callback := self._callback(key):
            form["StatusCallback"] = callback
        answer = await self._provider.post(
            f"{self._place}/Messages.json", form=form, auth=self._auth
        )
        return _judged(answer) if isinstance(answer, Answer) else answer

    def _callback(self, key: str) -> str:
        """Where Twilio tells what becomes of this message: the address names it. "" where we are
        not to be reached from outside.
        """
        base = self._house.public_url.rstrip("/")
        host = urlsplit(base).hostname or ""
        return "" if host in _OUR_OWN else f"{base}{_CALLBACK}?key={quote(key, safe='')}"

    async def probe(self) -> str:
        """Ask for the account, which costs nothing."""
        return await self._provider.probe(
            "Twilio", f"{self._place}.json", "message", auth=self._auth
        )

    async def close(self) -> None:
        await self._provider.close()


def _judged(answer: Answer) -> Outcome:
    from engine.channels.http import judged_by_status
    from engine.channels.transport import delivered, not_taken, refused, unknown

    told = answer.json()
    if answer.is_good:
        # A message that was made may have failed at once.
        code = told.get("error_code")
        if told.get("status") in ("failed", "undelivered"):
            return _failed(code, str(told.get("error_message") or ""))
        return delivered(str(told.get("sid") or ""))
    code, words = told.get("code"), str(told.get("message") or "")
    reason = f"{code or answer.status} {words}".strip()[:300]
    if code in _LATER or answer.status in (429, 503):
        return not_taken(reason, rests="channel", wait=answer.wait)
    if code in _OURS or answer.status in (401, 403, 404):
        return not_taken(reason, rests="channel")
    if answer.status >= 500:
        # Whether the message was made before it broke, nobody says.
        return unknown(reason)
    if code is None:
        return judged_by_status(answer)
    return refused(reason, hard_bounce=code in _GONE, left=code in _LEFT)


def _failed(code: object, words: str) -> Outcome:
    from engine.channels.transport import refused

    reason = f"{code or 'failed'} {words}".strip()[:300]
    return refused(reason, hard_bounce=code in _GONE, left=code in _LEFT)


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """What Twilio signs: the address with each field and its value behind it, by name."""
    told = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), told.encode(), hashlib.sha1).digest()).decode()


def _read(
    settings: Settings, url: str, headers: Mapping[str, str], form: Mapping[str, str]
) -> Reply:
    expected = signature(settings.twilio_token.get_secret_value(), url, form)
    given = headers.get("x-twilio-signature", "")
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise ForgedError
    if form.get("AccountSid") != settings.twilio_account:
        raise ForgedError
    # With "advanced opt-out" Twilio knows the words of more languages, and answers itself.
    known = form.get("OptOutType", "")
    text = known or form.get("Body", "")
    return Reply(form.get("From", ""), text, form.get("MessageSid", ""), handled=bool(known))


def _say(text: str) -> tuple[str, str]:
    inside = f"<Message>{escape(text)}</Message>" if text else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>', "text/xml"


def _make(settings: Settings, house: House) -> Transport:
    return Twilio(settings, house)


DRIVER = Driver(
    channel="sms",
    name="twilio",
    about="Twilio's Programmable Messaging.",
    settings=Settings,
    make=_make,
    example="HEADRACE_TWILIO_TOKEN=...",
    replies=Replies(_read, _say),
)
