"""A shop that sends pushes to browsers, by the real driver, to a push service of this machine."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.channels import registry
from engine.channels.drivers.web_push import WebPush, public_key
from engine.intake import keys
from engine.public.app import create_public_app
from engine.service.service import Service
from engine.settings import Settings
from tests.harness.push_service import Browser, PushService, ToThisMachine
from tests.harness.workshop import HEAD, HOUR, Workshop

PUBLIC = "https://headrace.shop.example"
FLOW = """
flow hello "Hello":
  enter when view_item
  only if customer can receive push

  send push one
"""


async def _resolve(_host: str, _port: int) -> list[Any]:
    return [ipaddress.ip_address("93.184.216.34")]


class PushShop(Workshop):
    """`push` is what the messages of the flow say; `opt_in` is the soft prompt's message."""

    def __init__(
        self,
        folder: Path,
        service: PushService,
        url: str,
        database_url: str | None,
        *,
        flow: str = FLOW,
        push: str = '---\ntitle: "Back in stock"\nlink: "https://shop.example/p/1"\n---\nHello\n',
        messages: dict[str, str] | None = None,
    ) -> None:
        self._texts = {"one.push.liquid": push, **(messages or {})}
        self._push, self._url = service, url
        self._database_url = database_url
        super().__init__(folder, flow, head=HEAD, database_url=database_url)

    def write(self, text: str) -> None:
        super().write(text)
        for name, content in self._texts.items():
            (self.flows / "messages" / name).write_text(content, encoding="utf-8")

    def open(self, *, background: bool = False) -> Service:
        settings = Settings(
            _env_file=None,
            database_url=self._database_url,
            public_url=PUBLIC,
            store_url="https://shop.example",
            push="web",
            push_contact="mailto:hello@shop.example",
        )
        transports: dict[str, Any] = {"email": self.notebook, "call": self.notebook}
        chosen = registry.chosen(settings.channels)["push"]

        class Late:
            """The house is known when the service has started."""

            def __init__(self) -> None:
                self._made: WebPush | None = None

            async def deliver(this, key: str, envelope: Any) -> Any:  # noqa: N805
                this._made = this._made or WebPush(
                    chosen.settings,  # type: ignore[arg-type]
                    service.house,
                    resolve=_resolve,
                    transport=ToThisMachine(self._url),
                    timeout=10,
                )
                return await this._made.deliver(key, envelope)

            async def close(self) -> None:
                if self._made is not None:
                    await self._made.close()

        transports["push"] = Late()
        service = Service(
            self.folder / "data", self.flows, settings, self.clock, transports=transports
        )
        service.start(background=background)
        self._push.now = self.clock.now() // 1000
        self._push.public = public_key(chosen.settings, service.house)  # type: ignore[arg-type]

        def add_keys(tx: Any) -> None:
            keys.create(tx, "page", "browser", self.clock.now(), "demo-browser")
            self.signing = keys.signing_secret(tx, "demo-browser")

        if not service.writer.run(lambda tx: tx.rows("select 1 from api_key")):
            service.writer.run(add_keys)
        self.app: FastAPI = create_public_app(service)
        self.client = TestClient(self.app, base_url=PUBLIC)
        return service

    def subscribe(self, browser: Browser, visitor: str = "", **more: Any) -> httpx.Response:
        told = {
            "writeKey": "demo-browser",
            "anonymousId": visitor,
            "permission": "granted",
            "subscription": browser.as_json(),
            "page": "https://shop.example/",
            **more,
        }
        self.clock.turn(self.clock.now() + 1000)
        return self.client.post("/v1/push", json=told)

    def signed(self, user: str) -> dict[str, str]:
        return {"userId": user, "signature": keys.signature(self.signing, user)}

    def owner(self, browser: Browser) -> int | None:
        rows = self.rows(
            "select customer from push_device where endpoint = ?", browser.as_json()["endpoint"]
        )
        return rows[0][0] if rows else None

    def look_at(self, customer: int) -> None:
        """The customer looks at a product, which is what the flow is about."""
        self.happen(customer, "view_item")
        self.forward(HOUR)
        self._push.now = self.clock.now() // 1000
