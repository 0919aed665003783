"""The example shop behind a real server, with the secrets of three shop systems."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import uvicorn

from engine.clock import SettableClock
from engine.core.model import Instant
from engine.public.app import create_public_app
from engine.service.service import Service
from engine.settings import Settings
from tests.harness.workshop import Notebook

FLOWS = Path(__file__).parents[3] / "flows"
START: Instant = 1_767_603_600_000  # Monday 2026-01-05 10:00 in Berlin
SECRETS = {"shopify": "hush", "woocommerce": "still", "ecwid": "quiet"}


class Ecwid:
    """What Ecwid's REST API would answer, on the loopback interface."""

    def __init__(self) -> None:
        self.things: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []
        self.broken = 0
        ecwid = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                ecwid.asked.append((self.path, self.headers.get("Authorization", "")))
                found = ecwid.things.get(self.path.removeprefix("/1003/"))
                status = 200 if found is not None else 404
                if ecwid.broken:
                    ecwid.broken -= 1
                    status = 500
                body = orjson.dumps(found if status == 200 else {})
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing is said on standard error."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class House:
    """A running Headrace that deliveries are sent to."""

    def __init__(self, folder: Path, url: str | None, ecwid: Ecwid) -> None:
        self.clock = SettableClock(START)
        self.notebook = Notebook()
        self.ecwid = ecwid
        secrets: dict[str, Any] = {f"{shop}_secret": secret for shop, secret in SECRETS.items()}
        self.service = Service(
            folder / "data",
            FLOWS,
            Settings(
                _env_file=None,
                database_url=url,
                ecwid_store="1003",
                ecwid_token="secret_token",
                ecwid_url=ecwid.url,
                **secrets,
            ),
            self.clock,
            transports=dict.fromkeys(("email", "sms", "push", "call"), self.notebook),
        )
        self.service.start(background=False)
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        app = create_public_app(self.service)
        config = uvicorn.Config(app, log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        started = threading.Event()
        startup = self._server.startup

        async def begin(*arguments: Any, **more: Any) -> None:
            await startup(*arguments, **more)
            started.set()

        self._server.startup = begin  # type: ignore[method-assign]
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True
        )
        self._thread.start()
        assert started.wait(20)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()
        self.service.stop()

    def post(self, shop: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return httpx.post(f"{self.address}/v1/shops/{shop}", content=body, headers=headers)

    def shopify(self, topic: str, told: Any, secret: str = SECRETS["shopify"]) -> httpx.Response:
        body = told if isinstance(told, bytes) else orjson.dumps(told)
        headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": sign(secret, body)}
        return self.post("shopify", body, headers)

    def woocommerce(self, topic: str, told: Any) -> httpx.Response:
        body = orjson.dumps(told)
        signature = sign(SECRETS["woocommerce"], body)
        headers = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature}
        return self.post("woocommerce", body, headers)

    def tell_ecwid(self, topic: str, event: str, **told: Any) -> httpx.Response:
        at = self.clock.now() // 1000
        about = {"eventId": event, "eventCreated": at, "storeId": 1003, "eventType": topic, **told}
        signature = sign(SECRETS["ecwid"], f"{at}.{event}".encode())
        headers = {"X-Ecwid-Webhook-Signature": signature}
        return self.post("ecwid", orjson.dumps(about), headers)

    def forward(self, by: Instant = 0) -> None:
        self.service.run_until_idle(self.clock.now() + by)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.service.writer.run(lambda tx: tx.rows(sql, values))

    def events(self, name: str) -> list[dict[str, Any]]:
        """The properties of the events of this name, in the order of receipt."""
        found = self.rows("select properties from event where name = ? order by id", name)
        return [orjson.loads(row[0]) for row in found]

    @property
    def letters(self) -> list[tuple[str, str]]:
        """To whom which message went."""
        return [(envelope.to, envelope.message) for _, envelope in self.notebook.taken]


def sign(secret: str, signed: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


@pytest.fixture
def ecwid() -> Iterator[Ecwid]:
    fake = Ecwid()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


@pytest.fixture
def house(tmp_path: Path, new_database: Callable[[], str | None], ecwid: Ecwid) -> Iterator[House]:
    house = House(tmp_path, new_database(), ecwid)
    yield house
    house.close()
