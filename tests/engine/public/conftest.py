"""A public surface over a real data folder, and the same behind a real server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
import uvicorn

from engine.clock import SettableClock
from engine.core.model import Instant
from engine.core.values import Types
from engine.delivery.progress import Progress
from engine.intake import keys, touches
from engine.messages.links import LinkMaker
from engine.public.app import create_public_app
from engine.service.meters import Meters
from engine.service.readiness import Readiness
from engine.settings import Settings
from engine.store.database import Database

NOW: Instant = 1_767_603_600_000  # 2026-01-05 09:00 UTC, 10:00 in Berlin

TYPES = Types(
    customer={"tier": "text", "birthday": "date", "budget": "money", "email": "text"},
    product={"price": "money", "stock": "number", "name": "text", "category": "text"},
    events={
        "add_to_cart": {
            "item": "text",
            "items": "list",
            "value": "money",
            "price": "money",
            "quantity": "number",
            "name": "text",
            "category": "text",
        },
        "purchase": {"order_id": "text", "value": "money", "items": "list"},
    },
    currency="EUR",
    zone="Europe/Berlin",
)


@dataclass
class StubDeployment:
    """The published project, as far as the public surface looks at it."""

    name: str = "Alpenglow"
    language: str = "en"
    zone: str = "Europe/Berlin"
    types: Types = field(default_factory=lambda: TYPES)
    topics: dict[str, str] = field(default_factory=lambda: {"news": "News from the mountains"})
    waited_for: frozenset[str] | None = None
    programs: dict[str, Any] = field(default_factory=dict)


class StubService:
    """A service whose flows stand still: the database and the keys are real."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.database = Database(folder, url)
        self.database.open_to_write()
        self.clock = SettableClock(NOW)
        self.settings = Settings(_env_file=None)
        self.deployment = StubDeployment()
        self.live = SimpleNamespace(deployment=self.deployment, folders={}, providers={"email"})
        self.links = LinkMaker("http://shop.test", b"k" * 32)
        self.readiness = Readiness(self.database, folder, self.clock, Progress())
        self.meters = Meters()
        self.paused = ""
        self.woken = 0
        self.signing = ""

    def wake(self) -> None:
        self.woken += 1

    def signed(self, user: str) -> dict[str, Any]:
        """A userId as the shop's server signs it for a page's calls."""
        return {"userId": user, "context": {"signature": keys.signature(self.signing, user)}}

    def judge(self) -> int:
        """Let the time pass after which clicks are judged, and judge them."""
        rule = self.settings.click_rule
        self.clock.turn(self.clock.now() + rule.window)
        return self.database.writer.run(
            lambda tx: touches.judge_due(tx, self.deployment.types, self.clock.now(), rule)
        )

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database.reader() as reader:
            return reader.rows(sql, values)

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """Name and properties of every event, in the order of receipt, without the records."""
        return [
            (name, orjson.loads(properties))
            for name, properties in self.rows("select name, properties from event order by id")
            if not name.startswith("$")
        ]

    def customer(self, user: str) -> dict[str, Any]:
        """The properties of the customer with this userId (or anonymousId)."""
        row = self.rows(
            "select properties from customer where id ="
            " (select customer from identity where kind in ('user', 'anonymous') and value = ?)",
            user,
        )
        return orjson.loads(row[0][0]) if row else {}

    def consent(self, user: str) -> dict[str, bool]:
        return {
            what: bool(allowed)
            for what, allowed in self.rows(
                "select what, allowed from consent where customer ="
                " (select customer from identity where kind in ('user', 'anonymous')"
                " and value = ?)",
                user,
            )
        }

    def everything(self) -> list[Any]:
        """All that tracking can change, to see that it did not."""
        return [
            self.rows(f"select * from {table} order by 1, 2")
            for table in (
                *("customer", "identity", "consent", "consent_proof", "event", "pending"),
                *("product", "run", "intent"),
            )
        ]


@pytest.fixture
def url() -> str | None:
    """SQLite; a module whose promises rest on the database has a fixture `url` of its own."""
    return None


@pytest.fixture
def service(tmp_path: Path, url: str | None) -> Iterator[StubService]:
    service = StubService(tmp_path, url)

    def add_keys(transaction: Any) -> None:
        keys.create(transaction, "shop", "server", NOW, "demo")
        keys.create(transaction, "page", "browser", NOW, "demo-browser")
        service.signing = keys.signing_secret(transaction, "demo-browser")
        keys.create(transaction, "old", "server", NOW, "gone")
        keys.revoke(transaction, "old", NOW)

    service.database.writer.run(add_keys)
    yield service
    service.database.close()


AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36"
)
"""A browser with a person before it."""


class Caller:
    """Calls the application in this process, without a socket."""

    def __init__(self, service: StubService) -> None:
        self.service = service
        self.app = create_public_app(service)  # type: ignore[arg-type]

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        import asyncio

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://shop.test", headers={"user-agent": AGENT}
            ) as it:
                return await it.request(method, path, **more)

        return asyncio.run(call())

    def post(self, path: str, told: Any, key: str = "demo", **more: Any) -> httpx.Response:
        body = told if isinstance(told, bytes) else orjson.dumps(told)
        return self("POST", path, content=body, auth=(key, ""), **more)


@pytest.fixture
def api(service: StubService) -> Caller:
    return Caller(service)


@pytest.fixture
def server(service: StubService) -> Iterator[str]:
    """The address of a real uvicorn on the loopback interface."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    app = create_public_app(service)  # type: ignore[arg-type]
    config = uvicorn.Config(app, log_level="warning", lifespan="off")
    running = uvicorn.Server(config)
    started = threading.Event()
    serve = running.startup

    async def startup(*arguments: Any, **more: Any) -> None:
        await serve(*arguments, **more)
        started.set()

    running.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert started.wait(10)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join(10)
    listener.close()
