"""A shop's server as `headrace run` makes it, in this process: what goes in by HTTP, files and
time, and what leaves by mail, webhooks, other providers and the site.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import orjson
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Received
from typer import Typer
from typer.testing import CliRunner

from editor.app import create_app
from engine.channels import registry
from engine.channels.transport import Envelope, Outcome, Transport, delivered
from engine.channels.webhook import Webhook
from engine.cli import db, export, trace
from engine.clock import SettableClock
from engine.service.service import Service
from engine.settings import Settings

STAND_INS = ("sms", "push", "whatsapp")
"""Channels that go to one stand-in, where no drivers are given."""
PUBLIC = "http://shop.test"


class Letter(NamedTuple):
    """A message that left: when (milliseconds), by what, which, to whom, and the intent's key."""

    at: int
    channel: str
    message: str
    to: str
    key: str


@dataclass
class Mailbox:
    """What others receive, on the loopback interface, who know what time the shop has: a mail
    server at `url`, and a server at `hooks` for webhook calls, each to a path that names it.
    """

    url: str = ""
    hooks: str = ""
    calls: list[tuple[int, str]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    clock: SettableClock = field(default_factory=lambda: SettableClock(0))

    async def handle_DATA(  # noqa: N802 - the server's word
        self, _server: SMTP, _session: Session, envelope: Received
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        message, key = str(mail["X-Headrace-Message"] or ""), str(mail["X-Headrace-Key"] or "")
        to = str(envelope.rcpt_tos[0])
        self.letters.append(Letter(self.clock.now(), "email", message, to, key))
        self.mails.append(mail)
        return "250 OK"


class _AnyPort(Controller):
    """Listens where the system has room."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Servers that take everything."""
    box = Mailbox()

    class Called(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            box.calls.append((box.clock.now(), self.path.strip("/")))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    hooks = ThreadingHTTPServer(("127.0.0.1", 0), Called)
    box.hooks = f"http://127.0.0.1:{hooks.server_address[1]}"
    threading.Thread(target=hooks.serve_forever, daemon=True).start()
    controller = _AnyPort(box, hostname="127.0.0.1", port=0, ready_timeout=30)
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    yield box
    controller.stop()
    hooks.shutdown()
    hooks.server_close()


@dataclass
class Recording:
    """The one stand-in: a provider of channels that have none yet."""

    clock: SettableClock
    letters: list[Letter] = field(default_factory=list)

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        letter = Letter(self.clock.now(), envelope.channel, envelope.message, envelope.to, key)
        self.letters.append(letter)
        return delivered("taken")

    async def close(self) -> None:
        """Nothing is held."""


def empty_folder(folder: Path) -> Path:
    """A data folder with our tables and nothing in them, by `headrace db upgrade`. A copy of it
    spares a server that is started there the making.
    """
    _verb(db.register, "db", "upgrade", data=folder, database="")
    return folder


def _verb(register: Any, *words: str, data: Path, database: str) -> str:
    """What a verb of the command line prints."""
    app = Typer()
    app.callback()(lambda: None)  # else a lone verb would have no name
    register(app)
    environment = {"HEADRACE_DATABASE_URL": database}
    done = CliRunner().invoke(app, [*words, "--data", str(data)], env=environment)
    assert done.exit_code == 0, done.output
    return done.stdout


class House:
    """`close` comes last. Moments are milliseconds since the epoch, UTC."""

    def __init__(
        self,
        project: Path,
        data: Path,
        database_url: str | None,
        box: Mailbox,
        at: int,
        drivers: Mapping[str, str] | None = None,
    ) -> None:
        """Start with what `project` holds, at `at` by a clock that stands still. `drivers` are the
        settings of channels, with which nothing stands in for any of them.
        """
        self.clock = box.clock = SettableClock(at)
        self.box = box
        box.letters, box.calls, box.mails = [], [], []
        self.data = data
        self._database = database_url or ""
        self.other = Recording(self.clock)
        settings = Settings(
            _env_file=None,
            database_url=database_url,
            smtp_url=box.url,
            public_url=PUBLIC,
            **(drivers or {}),
        )
        transports = None if drivers is not None else self._transports(settings)
        self._service = Service(data, project, settings, self.clock, transports=transports)
        self._service.start(background=False)
        self._service.announce(PUBLIC)
        self._app = create_app(self._service, project)
        self._runner = asyncio.Runner()
        self._numbers = count(1)
        told = orjson.loads((data / "server.json").read_bytes())
        self._token = told["token"]
        self.key = self._internal("key", {"act": "add", "name": "shop", "kind": "server"})["key"]

    def _transports(self, settings: Settings) -> dict[str, Transport]:
        transports = registry.transports(settings.channels)
        # A webhook may lead nowhere inside, so its name is looked up here, and its way ends here.
        transports["call"] = Webhook(resolve=_public, transport=_ToThisMachine(self.box.hooks))
        return transports | dict.fromkeys(STAND_INS, self.other)

    @property
    def behind(self) -> Service:
        """The service itself, for tests of what its pages read. Nothing is done by it."""
        return self._service

    def close(self) -> None:
        self._runner.close()
        self._service.stop()

    # --- what goes in -------------------------------------------------------------------------

    def post(self, path: str, told: Mapping[str, Any]) -> Any:
        """What the shop's server says to the public surface."""
        return self._request("POST", path, orjson.dumps(told), auth=(self.key, ""))

    def get(self, path: str) -> Any:
        return self._request("GET", path)

    def put(self, path: str, told: Mapping[str, Any]) -> Any:
        return self._request("PUT", path, orjson.dumps(told), auth=(self.key, ""))

    def tell(self, path: str, form: Mapping[str, str], **headers: str) -> Any:
        """What a provider says by a form."""
        content = urlencode(form).encode()
        named = {name.replace("_", "-"): told for name, told in headers.items()}
        return self._request("POST", path, content, headers=named)

    def publish(self, project: Path) -> None:
        self._internal("publish", {"path": str(project)})

    def suppress(self, channel: str, address: str) -> None:
        """`headrace suppress add`: this address gets nothing, whoever has agreed to what."""
        told = {"act": "add", "channel": channel, "address": address, "reason": "asked by phone"}
        self._internal("suppress", told)

    def run_to(self, at: int) -> None:
        """Let time pass up to `at`, and everything that is due happen."""
        self._service.run_until_idle(at)

    def _internal(self, verb: str, told: Mapping[str, Any]) -> Any:
        """What the command line asks of a running server."""
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._request("POST", f"/internal/{verb}", orjson.dumps(told), headers=headers)

    def _request(self, method: str, path: str, content: bytes | None = None, **more: Any) -> Any:
        # Each call is another visitor's: how much one address may ask is no matter of these tests.
        client = (f"192.0.2.{next(self._numbers) % 250 + 1}", 1)

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=client)
            async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as it:
                return await it.request(method, path, content=content, **more)

        answer = self._runner.run(call())
        assert answer.status_code == 200, (path, content, answer.text)
        return answer.json()

    # --- what comes out -----------------------------------------------------------------------

    @property
    def calls(self) -> list[tuple[int, str]]:
        """Every webhook call: when, and which."""
        return self.box.calls

    @property
    def letters(self) -> list[Letter]:
        """Everything that left by a channel, oldest first."""
        return sorted([*self.box.letters, *self.other.letters])

    def on_site(self, user: str, path: str = "/") -> list[dict[str, Any]]:
        """What the shop's pages show a customer now."""
        asked = str(httpx.QueryParams({"writeKey": self.key, "userId": user, "path": path}))
        found: list[dict[str, Any]] = self._request("GET", f"/v1/onsite?{asked}")["messages"]
        return found

    def trace(self, user: str, *flow: str) -> dict[str, Any]:
        """`headrace trace` of a customer, in all flows or in one."""
        words = [user, "--format", "json", *(word for name in flow for word in ("--flow", name))]
        told: dict[str, Any] = orjson.loads(self._verb(trace.register, "trace", *words))
        return told

    def customers(self) -> list[dict[str, Any]]:
        """`headrace export customers`."""
        lines = self._verb(
            export.register, "export", "customers", "-", "--as", "jsonl"
        ).splitlines()
        return [orjson.loads(line) for line in lines]

    def _verb(self, register: Any, *words: str) -> str:
        return _verb(register, *words, data=self.data, database=self._database)


class _ToThisMachine(httpx.AsyncBaseTransport):
    """Leads what is meant for the internet to a server of ours, unchanged."""

    def __init__(self, server: str) -> None:
        self._server = server

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url, body = f"{self._server}{request.url.path}", await request.aread()
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(url, content=body, headers=request.headers)
        return httpx.Response(answer.status_code)


async def _public(_host: str, _port: int) -> list[ipaddress.IPv4Address]:
    return [ipaddress.IPv4Address("93.184.216.34")]


def word(text: str) -> str:
    """The name that a message of `tests.production.project` bears in its words, "" for none."""
    found = re.search(r"Message (\w+)\.", text)
    return found[1] if found else ""
