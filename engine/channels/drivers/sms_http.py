"""SMS by any provider that takes a POST: its address and the shape of the body are settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import orjson
from pydantic import BaseModel, Field, SecretStr, field_validator

from engine.channels.driver import Driver, House

if TYPE_CHECKING:
    from engine.channels.transport import Envelope, Outcome, Transport

_PLACES: Final = ("to", "from", "text", "key")


class Settings(BaseModel):
    """Where to, with which key, and what the body looks like."""

    sms_url: str = Field(
        pattern=r"^https?://", description="The address to which a message is posted."
    )
    sms_token: SecretStr = Field(
        default=SecretStr(""),
        description="What stands behind `Bearer` in the header `Authorization`.",
    )
    sms_body: str = Field(
        default='{"to": "{to}", "from": "{from}", "text": "{text}"}',
        description="The body, a JSON object; `{to}`, `{from}`, `{text}`, `{key}` are filled in.",
    )
    sms_format: Literal["json", "form"] = Field(
        default="json", description="How it is posted: `json` or `form`."
    )
    sms_id: str = Field(
        default="id",
        description="Where in the JSON answer the provider's number of the message is:"
        " `messages.0.id`.",
    )
    sms_idempotent: bool = Field(
        default=False,
        description="The provider does nothing twice under one `Idempotency-Key`: then what was not"
        " answered may be sent again for a day.",
    )

    @field_validator("sms_body")
    @classmethod
    def _is_an_object(cls, told: str) -> str:
        try:
            is_object = isinstance(orjson.loads(told), dict)
        except orjson.JSONDecodeError:
            is_object = False
        if not is_object or "{to}" not in told or "{text}" not in told:
            raise ValueError('must be a JSON object such as {"to": "{to}", "text": "{text}"}')
        return told


class SmsHttp:
    """Posts text messages."""

    def __init__(self, settings: Settings, house: House) -> None:
        from engine.channels.http import CONNECTIONS, Provider
        from engine.core.model import DAY

        self._settings = settings
        self._house = house
        self._provider = Provider()
        self._body: dict[str, Any] = orjson.loads(settings.sms_body)
        self.connections = CONNECTIONS
        self.remembers = DAY if settings.sms_idempotent else 0

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        from engine.channels.http import Answer, judged_by_status
        from engine.channels.transport import delivered, not_taken, refused, unknown
        from engine.core.addresses import phone_number

        number = phone_number(envelope.to[:40], self._house.country())
        if not number:
            return refused("This is no phone number.", hard_bounce=True)
        told = dict(
            zip(_PLACES, (number, envelope.sender, envelope.text.strip(), key), strict=True)
        )
        body = _filled(self._body, told)
        headers = {"Idempotency-Key": key}
        if token := self._settings.sms_token.get_secret_value():
            headers["Authorization"] = f"Bearer {token}"
        if self._settings.sms_format == "form":
            form = {name: str(value) for name, value in body.items()}
            answer = await self._provider.post(self._settings.sms_url, headers=headers, form=form)
        else:
            answer = await self._provider.post(self._settings.sms_url, headers=headers, json=body)
        if not isinstance(answer, Answer):
            return answer
        if answer.is_good:
            return delivered(_at(answer.json(), self._settings.sms_id))
        reason = f"The provider answered {answer.status}."
        if answer.status in (401, 403, 404):
            return not_taken(reason, rests="channel")  # the settings are wrong, not the number
        if answer.status >= 500 and answer.status != 503:
            return unknown(reason)
        return judged_by_status(answer)

    async def close(self) -> None:
        await self._provider.close()


def _filled(shape: Any, told: dict[str, str]) -> Any:
    """The values of a shape with what is told in their places; nothing told is looked at again."""
    if isinstance(shape, dict):
        return {name: _filled(value, told) for name, value in shape.items()}
    if isinstance(shape, list):
        return [_filled(value, told) for value in shape]
    if not isinstance(shape, str):
        return shape
    pieces = shape.split("{")
    filled = pieces[0]
    for piece in pieces[1:]:
        name, closing, rest = piece.partition("}")
        filled += told[name] + rest if closing and name in told else f"{{{piece}"
    return filled


def _at(told: Any, path: str) -> str:
    """What stands at `messages.0.id`, "" where nothing does."""
    for word in path.split("."):
        if isinstance(told, dict):
            told = told.get(word)
        elif isinstance(told, list) and word.isdecimal() and int(word) < len(told):
            told = told[int(word)]
        else:
            return ""
    return str(told)[:200] if isinstance(told, str | int) else ""


def _make(settings: Settings, house: House) -> Transport:
    return SmsHttp(settings, house)


DRIVER = Driver(
    channel="sms",
    name="http",
    about="Any provider that takes a POST.",
    settings=Settings,
    make=_make,
    example="HEADRACE_SMS_URL=https://sms.example/messages",
)
