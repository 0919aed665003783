"""A shop that sends text messages by a fake Twilio and hears what people answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from engine.public.app import create_public_app
from engine.service.service import Service
from engine.settings import Settings
from tests.harness.twilio import ACCOUNT, TOKEN, signed
from tests.harness.workshop import HOUR, Workshop

ADA, BEN = "+4915112345678", "+4915112345679"
PUBLIC = "https://headrace.shop.example"

FLOW = """
flow hello "Hello":
  enter when purchase

  send sms one
"""


class SmsShop(Workshop):
    """`text` is what the message says; `url` is where Twilio is."""

    def write(self, text: str) -> None:
        super().write(text)
        path = self.flows / "messages" / "one.sms.liquid"
        path.write_text(self.text, encoding="utf-8")

    def open(self, *, background: bool = False) -> Service:
        settings = Settings(
            _env_file=None,
            database_url=self.settings.database_url,
            public_url=PUBLIC,
            store_url="https://www.shop.example",
            sms="twilio",
            twilio_account=ACCOUNT,
            twilio_token=TOKEN,
            twilio_url=self.url,
        )
        service = Service(self.folder / "data", self.flows, settings, self.clock)
        service.start(background=background)
        self.client = TestClient(create_public_app(service), base_url=PUBLIC)
        return service

    def __init__(
        self, folder: Path, url: str, database_url: str | None, text: str = "Hello\n"
    ) -> None:
        self.url, self.text = url, text
        super().__init__(folder, FLOW, database_url=database_url)
        self.numbers = 0

    def customer_with(self, name: str, phone: str) -> int:
        customer = self.customer(name, phone=phone)
        at = self.clock.now()

        def work(tx: Any) -> None:
            tx.execute(
                "insert into consent (customer, what, allowed, at) values (?, 'sms', true, ?)",
                (customer, at - 1),
            )
            tx.execute(
                "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)",
                (
                    "phone" if name in ("ada", "ben") else "same phone",
                    phone if name in ("ada", "ben") else f"{phone} {customer}",
                    customer,
                    at,
                ),
            )

        self.service.writer.run(work)
        return customer

    def answer(
        self, body: str, phone: str = ADA, *, sid: str = "", url: str = "", **more: str
    ) -> httpx.Response:
        self.numbers += 1
        self.clock.turn(self.clock.now() + 1000)
        form = {
            "AccountSid": ACCOUNT,
            "MessageSid": sid or f"SM{self.numbers}",
            "From": phone,
            "To": "+4930123",
            "Body": body,
            **more,
        }
        headers = {"X-Twilio-Signature": signed(f"{PUBLIC}/v1/replies/sms", form)}
        return self.client.post(url or "/v1/replies/sms", data=form, headers=headers)

    def consent(self, customer: int) -> bool:
        [(allowed,)] = self.rows(
            "select allowed from consent where customer = ? and what = 'sms'", customer
        )
        return bool(allowed)

    def buy(self, customer: int) -> None:
        self.happen(customer, "purchase")
        self.forward(HOUR)
