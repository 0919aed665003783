"""E-mail by Postmark's HTTP interface, or by whoever speaks as it does.

Source: Postmark's "Email API" and its list of API error codes. It knows no idempotency: what was
posted and not answered is `unknown`.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, Field, SecretStr

from engine.channels.driver import Driver, House

if TYPE_CHECKING:
    from engine.channels.http import Answer
    from engine.channels.transport import Envelope, Outcome, Transport

_INACTIVE: Final = 406
_INVALID: Final = 300
_OURS: Final = frozenset({10, 400, 401, 405, 412, 413, 1235})
"""The token, the sender's signature, the account or the stream: to be mended here."""
_LATER: Final = frozenset({100, 429})
_METADATA: Final = 80
"""Letters of a value of metadata, at most."""
_TAG: Final = 1_000


class Settings(BaseModel):
    """A server of an account, and its streams."""

    postmark_token: SecretStr = Field(description="The server's API token.")
    postmark_stream: str = Field(
        default="outbound", description="The message stream for what people asked for or bought."
    )
    postmark_broadcasts: str = Field(
        default="broadcast",
        description="The stream for what one can unsubscribe from; Postmark wants them apart.",
    )
    postmark_url: str = Field(
        default="https://api.postmarkapp.com", description="Where Postmark's API is."
    )


class Postmark:
    """Sends mails."""

    def __init__(self, settings: Settings) -> None:
        from engine.channels.http import CONNECTIONS, Provider

        self._settings = settings
        self._provider = Provider()
        self._url = settings.postmark_url.rstrip("/")
        self._headers = {"X-Postmark-Server-Token": settings.postmark_token.get_secret_value()}
        self.connections = CONNECTIONS

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        from engine.channels.http import Answer
        from engine.channels.mail import UnsendableError, compose
        from engine.channels.transport import refused

        try:
            # As strict as with a mail server: a value is a value, whoever writes the headers.
            mail = compose(key, envelope)
        except UnsendableError as error:
            return refused(str(error))
        except (ValueError, IndexError, UnicodeError):
            return refused("The mail cannot be written: a header or an address is not valid.")
        document = _document(key, envelope, mail.sender, mail.recipient)
        marketing = "List-Unsubscribe" in envelope.headers
        streams = self._settings.postmark_broadcasts, self._settings.postmark_stream
        document["MessageStream"] = streams[0 if marketing else 1]
        answer = await self._provider.post(
            f"{self._url}/email", headers=self._headers, json=document
        )
        return _judged(answer) if isinstance(answer, Answer) else answer

    async def probe(self) -> str:
        """Ask for the server, which sends nothing."""
        return await self._provider.probe(
            "Postmark", f"{self._url}/server", "Message", headers=self._headers
        )

    async def close(self) -> None:
        await self._provider.close()


def _document(key: str, envelope: Envelope, sender: str, recipient: str) -> dict[str, Any]:
    from engine.channels.mail import message_id

    name = parseaddr(envelope.sender)[0].replace("\\", "\\\\").replace('"', '\\"')
    headers = {
        "Message-ID": message_id(key, sender),
        "X-PM-KeepID": "true",
        "X-Headrace-Key": key,
        "X-Headrace-Message": envelope.message,
        "X-Headrace-Flow": envelope.flow,
        **{one: text for one, text in envelope.headers.items() if one != "Reply-To"},
    }
    document = {
        "From": f'"{name}" <{sender}>' if name else sender,
        "To": recipient,
        "Subject": envelope.subject,
        "TextBody": envelope.text,
        "HtmlBody": envelope.html,
        "ReplyTo": envelope.headers.get("Reply-To", ""),
        "TrackOpens": False,
        "TrackLinks": "None",
        # What it tells of a mail names the mail, and its own pages count by message.
        "Tag": envelope.message[:_TAG],
        "Metadata": _metadata(key),
        "Headers": [{"Name": one, "Value": text} for one, text in headers.items() if text],
    }
    return {one: value for one, value in document.items() if value != ""}


def _metadata(key: str) -> dict[str, str]:
    """The message's key under `key`, what does not fit under `key_2`, `key_3` and so on."""
    pieces = [key[at : at + _METADATA] for at in range(0, len(key), _METADATA)]
    return {"key" if not at else f"key_{at + 1}": piece for at, piece in enumerate(pieces)}


def _judged(answer: Answer) -> Outcome:
    from engine.channels.http import judged_by_status
    from engine.channels.transport import delivered, not_taken, refused, unknown

    told = answer.json()
    code, words = told.get("ErrorCode"), str(told.get("Message") or "")
    if answer.is_good and code in (0, None):
        return delivered(str(told.get("MessageID") or ""))
    reason = f"Postmark {code if code is not None else answer.status}: {words}"[:300]
    if code in _LATER or answer.status in (429, 503):
        return not_taken(reason, rests="channel", wait=answer.wait)
    if answer.status == 413:
        return refused(reason)
    if code in _OURS or answer.status in (401, 403, 404):
        return not_taken(reason, rests="channel")
    if answer.status >= 500:
        # "In most cases the message is lost": in the others it goes.
        return unknown(reason)
    if code is None:
        return judged_by_status(answer)
    # 406: it bounced, or its owner complained, and Postmark sends there no more.
    dead = code == _INACTIVE or (code == _INVALID and "'To'" in words)
    return refused(reason, hard_bounce=dead)


def _make(settings: Settings, _house: House) -> Transport:
    return Postmark(settings)


DRIVER = Driver(
    channel="email",
    name="postmark",
    about="Postmark, by HTTP.",
    settings=Settings,
    make=_make,
    example="HEADRACE_POSTMARK_TOKEN=...",
)
