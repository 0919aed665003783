"""The demo's inbox: everything that was sent, newest first, to look at.

Mail arrives over SMTP like anywhere else (`InboxServer`); SMS and push are put in directly
(`InboxTransport`). With a file, letters survive a restart.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.channels.transport import Envelope, Outcome, delivered, refused
from engine.core.calendar import iso

if TYPE_CHECKING:
    from collections.abc import Callable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT = 2_000
_MOBILE = re.compile(r"\+?[0-9][0-9 ()/-]{4,}")


@dataclass(frozen=True, slots=True)
class Letter:
    """Something that reached somebody. `at` is milliseconds since the epoch, UTC."""

    number: int
    to: str
    channel: str
    subject: str
    message: str
    flow: str
    at: int
    html: str
    text: str
    sender: str = ""
    link: str = ""
    unsubscribe: str = ""
    key: str = ""

    def as_json(self) -> dict[str, Any]:
        """As `/demo/inbox.json` shows it: `at` in ISO 8601, UTC."""
        document = asdict(self)
        return document | {"at": iso(self.at)}


class Inbox:
    """Letters, newest first. Safe to use from several threads.

    `path` is a file of JSON lines that keeps them, or None for memory alone. `listen` is called
    with each new letter, in the thread that brought it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._letters: deque[Letter] = deque(maxlen=_KEPT)
        self._next = 1
        self.listeners: list[Callable[[Letter], None]] = []
        if path is not None and path.exists():
            self._load(path)

    def add(
        self,
        *,
        to: str,
        channel: str,
        at: int,
        subject: str = "",
        message: str = "",
        flow: str = "",
        html: str = "",
        text: str = "",
        sender: str = "",
        link: str = "",
        unsubscribe: str = "",
        key: str = "",
    ) -> Letter:
        import orjson

        with self._lock:
            letter = Letter(
                self._next,
                to,
                channel,
                subject,
                message,
                flow,
                at,
                html,
                text,
                sender,
                link,
                unsubscribe,
                key,
            )
            self._next += 1
            self._letters.appendleft(letter)
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("ab") as file:
                    file.write(orjson.dumps(asdict(letter)) + b"\n")
        for listener in self.listeners:
            listener(letter)
        return letter

    def letters(
        self, *, to: str | None = None, channel: str | None = None, limit: int = _KEPT
    ) -> list[Letter]:
        """The letters, newest first, of one recipient or channel where given."""
        with self._lock:
            chosen = [
                letter
                for letter in self._letters
                if (to is None or letter.to == to)
                and (channel is None or letter.channel == channel)
            ]
        return chosen[:limit]

    def letter(self, number: int) -> Letter | None:
        with self._lock:
            return next((each for each in self._letters if each.number == number), None)

    def as_json(self) -> list[dict[str, Any]]:
        """`[{"to","channel","subject","message","flow","at","html","text", ...}]`, newest first."""
        return [letter.as_json() for letter in self.letters()]

    def clear(self) -> None:
        with self._lock:
            self._letters.clear()
            if self._path is not None:
                self._path.unlink(missing_ok=True)

    def __len__(self) -> int:
        return len(self._letters)

    def _load(self, path: Path) -> None:
        import orjson

        for line in path.read_bytes().splitlines():
            try:
                letter = Letter(**orjson.loads(line))
            except (ValueError, TypeError):
                continue  # a line cut off when the machine stopped
            self._letters.appendleft(letter)
            self._next = max(self._next, letter.number + 1)


class InboxTransport:
    """SMS, push and staff stand-in that delivers into the inbox at once."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        if envelope.channel in {"sms", "whatsapp"} and not _MOBILE.fullmatch(envelope.to):
            return refused("This is no phone number.", hard_bounce=True)
        letter = self._inbox.add(
            to=envelope.to,
            channel=envelope.channel,
            at=envelope.at,
            subject=envelope.subject,
            message=envelope.message,
            flow=envelope.flow,
            html=envelope.html,
            text=envelope.text,
            sender=envelope.sender,
            link=envelope.link,
            key=key,
        )
        return delivered(f"inbox-{letter.number}")

    async def close(self) -> None:
        """Nothing is held."""


class InboxServer:
    """An SMTP server on loopback whose mail lands in the inbox. Runs in a thread of its own."""

    def __init__(self, inbox: Inbox, host: str = "127.0.0.1", port: int = 0) -> None:
        """`port` 0 takes a free one; `port` tells which, once started."""
        from aiosmtpd.controller import Controller

        self._controller = Controller(
            _Handler(inbox),
            hostname=host,
            port=port or _free_port(host),
            enable_SMTPUTF8=True,
            decode_data=False,
        )

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def url(self) -> str:
        return f"smtp://{self._controller.hostname}:{self.port}"

    def start(self) -> None:
        """Raises `OSError` when the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)


class _Handler:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        del server, session
        parsed: Any = message_from_bytes(envelope.content, policy=policy.default)
        for recipient in envelope.rcpt_tos:
            letter_of(parsed, recipient, self._inbox)
        return f"250 2.0.0 taken as {len(self._inbox)}"


def letter_of(mail: EmailMessage, recipient: str, inbox: Inbox) -> Letter:
    """Put a mail into the inbox. Mail to staff is told apart by its name's header."""
    html = mail.get_body(("html",))
    text = mail.get_body(("plain",))
    return inbox.add(
        to=recipient,
        channel="email",
        at=_instant(mail),
        subject=str(mail.get("Subject", "")),
        message=str(mail.get("X-Headrace-Message", "")),
        flow=str(mail.get("X-Headrace-Flow", "")),
        html=_content(html).replace("\r\n", "\n"),
        text=_content(text).replace("\r\n", "\n"),
        sender=str(mail.get("From", "")),
        unsubscribe=str(mail.get("List-Unsubscribe", "")).strip("<>"),
        key=str(mail.get("X-Headrace-Key", "")),
    )


def _content(part: Any) -> str:
    return str(part.get_content()) if part is not None else ""


def _instant(mail: EmailMessage) -> int:
    """The mail's own date: the demo's clock, not the machine's."""
    try:
        moment = parsedate_to_datetime(str(mail["Date"]))
    except (TypeError, ValueError):
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int((moment - _EPOCH) / timedelta(milliseconds=1))


def _free_port(host: str) -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
