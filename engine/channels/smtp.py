"""Mail over SMTP.

    smtp://127.0.0.1:2525                  as it is (STARTTLS where a distant server offers it)
    smtp+starttls://user:word@host:587     STARTTLS or nothing
    smtps://user:word@host:465             TLS from the first byte

The one question that matters is when a connection broke. Before the server said "354, go on"
the mail was certainly not taken. After its last line went out nobody knows: `unknown`.

Each receiving domain is a lane of its own. What says that the server as a whole takes nothing lets
the channel rest, what speaks of the domain or of our pace the lane; a full mailbox neither.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from engine.channels.dkim_signing import Sign
from engine.channels.mail import Mail, UnsendableError, compose
from engine.channels.transport import Envelope, Outcome, delivered, not_taken, refused, unknown
from engine.core import bounces

DEFAULT_URL = "smtp://127.0.0.1:2525"
_STOPPED = "Headrace stopped before the mail was handed over."
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_GO_ON = 354
_CLOSING = 421
_DEAD_MAILBOX = {550, 551, 553}
_OF_THE_DOMAIN = re.compile(r"\b4\.(3|4|7)\.\d{1,3}\b")
"""RFC 3463: the receiving system, the way to it, its policy; 4.1 and 4.2 are about the mailbox."""
_OUR_PACE = re.compile(r"\brate\b|too many|throttl|too (fast|quickly)|slow down", re.IGNORECASE)
_GREYLISTED = re.compile(r"gr[ae]y[- ]?list", re.IGNORECASE)
"""Each sender and recipient for itself: their neighbours are not to wait for them."""
_STUFFING = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, read from a URL. `start_tls` None means: where it is offered."""

    host: str
    port: int
    user: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None
    verify: bool


def server_of(url: str) -> Server:
    """The server that `url` names. Raises `ValueError` for what is no mail URL."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(
            "HEADRACE_SMTP_URL must look like smtp://host:port, smtp+starttls://user:word@host "
            "or smtps://user:word@host"
        )
    start_tls: bool | None = None
    if parts.scheme == "smtp+starttls":
        start_tls = True
    elif parts.scheme == "smtps" or parts.hostname in _LOOPBACK:
        start_tls = False
    return Server(
        host=parts.hostname,
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        start_tls=start_tls,
        verify=parse_qs(parts.query).get("verify", ["yes"])[-1] != "no",
    )


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds each answer of a server may take. RFC 5321, 4.5.3.2, asks for minutes;
    nobody else waits meanwhile, but who is at the other end of a dead line is to be told of it.
    """

    connect: float = 15.0
    hello: float = 30.0
    mail: float = 30.0
    recipient: float = 30.0
    data: float = 30.0
    end: float = 120.0
    """After the last line: who is given up here may have taken the mail, so it is waited longest.
    """

    @classmethod
    def of(cls, seconds: float) -> Patience:
        """The same for each."""
        return cls(*(seconds,) * 6)


class Smtp:
    """Delivers e-mail over connections that are kept and used again: as many as deliver at once.

    `connections` is how many that should be.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        connections: int = 4,
        patience: Patience | None = None,
        sign: Sign | None = None,
    ) -> None:
        """`sign` puts a signature in front of each mail."""
        self._sign = sign
        self._server = server_of(url)
        self._patience = patience or Patience()
        self.connections = connections
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle: list[aiosmtplib.SMTP] = []

    @staticmethod
    def lane_of(address: str) -> str:
        """The domain that receives."""
        return address.rpartition("@")[2].strip(" ").lower()

    @staticmethod
    def prepare(key: str, envelope: Envelope) -> Envelope:
        """With the mail as it goes over the wire. Raises `UnsendableError`."""
        return replace(envelope, wire=_written(key, envelope), html="", text="")

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        try:
            mail = envelope.wire
            if not isinstance(mail, Mail):
                mail = _written(key, envelope)
        except UnsendableError as error:
            return refused(str(error))
        if self._sign is not None:
            content = await asyncio.to_thread(self._sign, mail.content)
            mail = replace(mail, content=content)
        self._follow_loop()
        return await self._deliver(mail)

    async def probe(self) -> str:
        """Connect, greet and sign in, send nothing; why that fails as a sentence, else ""."""
        try:
            connection = await self._connect()
            await connection.quit(timeout=self._patience.hello)
        except aiosmtplib.SMTPConnectError as error:
            why = _sentence(error.__cause__ or error)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            why = _sentence(error)
        else:
            return ""
        server = self._server
        return f"the mail server {server.host}:{server.port} cannot be used: {why}"

    async def close(self) -> None:
        self._follow_loop()
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.quit(timeout=self._patience.hello)
            except (aiosmtplib.SMTPException, OSError):
                connection.close()

    async def _deliver(self, mail: Mail) -> Outcome:
        # A kept connection may have been closed by the server meanwhile: that shows at the
        # first command, where starting over is safe.
        while self._idle:
            connection = self._idle.pop()
            outcome = await self._send(connection, mail, kept=True)
            if outcome is not None:
                return outcome
        try:
            connection = await self._connect()
        except asyncio.CancelledError:
            return not_taken(_STOPPED)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            reason = f"The mail server cannot be reached: {_sentence(error)}"
            return not_taken(reason, rests="channel")
        outcome = await self._send(connection, mail, kept=False)
        return outcome or not_taken("The mail server closed the connection.")

    async def _send(self, connection: aiosmtplib.SMTP, mail: Mail, *, kept: bool) -> Outcome | None:
        """Speak to the server; None when a kept connection turned out to be closed."""
        if mail.needs_utf8 and not connection.supports_extension("smtputf8"):
            self._idle.append(connection)
            return refused("The mail server takes no addresses beyond ASCII.")
        options = ["SMTPUTF8"] if mail.needs_utf8 else []
        encoding = "utf-8" if mail.needs_utf8 else "ascii"
        started = False
        patience = self._patience
        try:
            await connection.mail(
                mail.sender, options=options, encoding=encoding, timeout=patience.mail
            )
            started = True
            await connection.rcpt(mail.recipient, encoding=encoding, timeout=patience.recipient)
            answer = await connection.execute_command(b"DATA", timeout=patience.data)
        except asyncio.CancelledError:
            # Nothing was handed over yet, so this one may be tried again.
            connection.close()
            return not_taken(_STOPPED)
        except aiosmtplib.SMTPResponseException as error:
            if kept and not started and error.code == _CLOSING:
                connection.close()
                return None
            await self._give_back(connection, error.code)
            is_recipient = isinstance(error, aiosmtplib.SMTPRecipientRefused)
            return _judged(error.code, error.message, is_recipient=is_recipient)
        except (aiosmtplib.SMTPException, OSError) as error:
            connection.close()
            if kept and not started:
                return None
            return not_taken(f"The connection was lost before the mail: {_sentence(error)}")
        if answer.code != _GO_ON:
            await self._give_back(connection, answer.code)
            return _judged(answer.code, answer.message)
        return await self._send_content(connection, mail.content)

    async def _send_content(self, connection: aiosmtplib.SMTP, content: bytes) -> Outcome:
        protocol = connection.protocol
        if protocol is None:
            return not_taken("The connection was lost before the mail.")
        if not content.endswith(b"\r\n"):
            content += b"\r\n"
        try:
            protocol.write(_STUFFING.sub(b"..", content) + b".\r\n")
            answer = await protocol.read_response(timeout=self._patience.end)
        except aiosmtplib.SMTPResponseException as error:
            connection.close()
            return unknown(f"The server's last answer cannot be read: {_sentence(error)}")
        except (aiosmtplib.SMTPException, OSError) as error:
            connection.close()
            return unknown(f"The connection was lost after the mail went out: {_sentence(error)}")
        except asyncio.CancelledError:
            connection.close()
            raise
        if 200 <= answer.code < 300:
            self._idle.append(connection)
            return delivered(answer.message.splitlines()[0] if answer.message else "")
        await self._give_back(connection, answer.code)
        return _judged(answer.code, answer.message)

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            validate_certs=server.verify,
            timeout=self._patience.connect,
            local_hostname="localhost" if server.host in _LOOPBACK else None,
        )
        await connection.connect()
        if not connection.is_ehlo_or_helo_needed:
            return connection
        await connection.ehlo(timeout=self._patience.hello)
        return connection

    async def _give_back(self, connection: aiosmtplib.SMTP, code: int) -> None:
        """Keep a connection on which the server refused something, if it stays usable."""
        if code != _CLOSING:
            try:
                await connection.rset(timeout=self._patience.mail)
            except (aiosmtplib.SMTPException, OSError):
                connection.close()
            else:
                self._idle.append(connection)
                return
        connection.close()

    def _follow_loop(self) -> None:
        """Connections belong to the event loop they were made in."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._idle.clear()


def _written(key: str, envelope: Envelope) -> Mail:
    try:
        return compose(key, envelope)
    except UnsendableError:
        raise
    except (ValueError, IndexError, UnicodeError) as error:
        raise UnsendableError(
            "The mail cannot be written: a header or an address is not valid."
        ) from error


def _judged(code: int, message: str, *, is_recipient: bool = False) -> Outcome:
    """What an answer means: 5xx is final, all else may be tried again."""
    reason = f"{code} {' '.join(message.split())}"[:300]
    if 500 <= code < 600:
        says_so = bounces.of_reply(f"{code} {message}") == "hard_bounce"
        dead = is_recipient and code in _DEAD_MAILBOX and says_so
        return refused(reason, hard_bounce=dead)
    if code == _CLOSING and not _OF_THE_DOMAIN.search(message):
        return not_taken(reason, rests="channel")
    is_pace = _OF_THE_DOMAIN.search(message) or _OUR_PACE.search(message)
    if (code == _CLOSING or is_pace) and not _GREYLISTED.search(message):
        return not_taken(reason, rests="lane")
    return not_taken(reason)


def _sentence(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:200]
