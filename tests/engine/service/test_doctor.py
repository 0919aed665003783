"""`headrace doctor` names what is wrong, and the line that mends it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from engine.clock import SettableClock, SystemClock
from engine.core.model import DAY, HOUR, MINUTE
from engine.intake import keys
from engine.service.doctor import Finding, examine
from engine.service.service import Service
from engine.settings import Settings

NOW = SystemClock(0).now()
FLOWS = """
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
{sender}
flow hello "Hello":
  enter when purchase

  wait 1 hour
  {send}
"""
MAIL = """---
subject: Hello
---
<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>
"""


class Accepting:
    """A mail server that takes everything."""

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Accepting(), hostname="127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}"
    controller.stop()


class Clinic:
    """A shop to look at; its doctor knows a mail server and a public address."""

    def __init__(self, folder: Path, smtp: str, url: str | None) -> None:
        self.folder, self.data = folder, folder / "data"
        self.database = None if url is None else SecretStr(url)
        self.settings = self.set(smtp)
        self.clock = SettableClock(NOW)

    def set(self, smtp: str) -> Settings:
        return Settings(
            database_url=self.database,
            smtp_url=smtp,
            public_url="https://headrace.shop.example",
            admin_email="ada@example.com",
        )

    def publish(
        self,
        send: str = "send email hi",
        sender: str = '  sender email "Shop <shop@example.com>"',
    ) -> Service:
        flows = self.folder / "flows"
        (flows / "messages").mkdir(parents=True)
        text = FLOWS.format(sender=sender, send=send)
        (flows / "hello.flow").write_text(text, encoding="utf-8")
        (flows / "messages/hi.email.mjml").write_text(MAIL, encoding="utf-8")
        (flows / "messages/hi.sms.liquid").write_text("Hi\n", encoding="utf-8")
        service = Service(self.data, flows, self.settings, self.clock)
        service.start(background=False)
        return service

    def look(self) -> dict[str, Finding]:
        now = SystemClock(0).now()
        return {one.code: one for one in examine(self.data, self.settings, now)}

    def run(self, service: Service, sql: str, *values: object) -> None:
        service.writer.run(lambda tx: tx.execute(sql, values))


@pytest.fixture
def clinic(tmp_path: Path, smtp: str, database_url: str | None) -> Clinic:
    return Clinic(tmp_path, smtp, database_url)


def test_nothing_is_wrong_with_a_shop_that_is_well(clinic: Clinic) -> None:
    """Someone whose shop works reads nothing that worries them."""
    service = clinic.publish()
    service.writer.run(lambda tx: keys.create(tx, "shop", "server", NOW))
    service.stop()
    assert [one.severity for one in clinic.look().values() if one.severity != "note"] == []


def test_a_folder_without_a_database_is_named(tmp_path: Path, smtp: str) -> None:
    """A wrong --data is the first thing that newcomers get wrong."""
    found = Clinic(tmp_path, smtp, None).look()
    assert found["no-database"].severity == "error"
    assert "--data" in found["no-database"].mend


INTENT = (
    "insert into intent (run, step, visit, recipient, customer, flow, version, channel, message,"
    " made_at, due_at, priority, counts, state, attempts, reason, provider_id)"
    " values (1, 's', 1, 0, 1, 1, 1, 'email', 'hi', ?, ?, 10, ?, ?, 0, '', '')"
)
RUN = (
    "insert into run (customer, flow, version, key, state, node, entered_at, arrived_at, wake_at,"
    " unclaimed) values (1, 1, 1, '', 0, 0, 1, 1, ?, ?)"
)
PAUSED = (
    "insert into setting (name, value) values ('paused', 'this is a copy')"
    " on conflict (name) do update set value = excluded.value"
)
TROUBLES: dict[str, tuple[str, tuple[object, ...]]] = {
    "messages-waiting": (INTENT, (NOW - HOUR, NOW - HOUR, True, "ready")),
    "dead-letters": (INTENT, (1, 1, True, "failed")),
    "runs-waiting": (RUN, (NOW - 6 * MINUTE, False)),
    "set-aside": ("insert into failure (customer, at, reason) values (1, 1, 'poison')", ()),
    "paused": (PAUSED, ()),
    "migrations": ("update alembic_version set version_num = 'r0001'", ()),
}


@pytest.mark.parametrize("code", TROUBLES)
def test_each_trouble_has_its_name_and_its_mend(clinic: Clinic, code: str) -> None:
    """What waits too long, failed or stands still is found, and only that."""
    service = clinic.publish()
    before = set(clinic.look())
    sql, values = TROUBLES[code]
    clinic.run(service, sql, *values)
    service.stop()
    found = clinic.look()
    assert set(found) - before == {code}
    assert found[code].mend


def test_a_clock_that_was_set_back_is_told(clinic: Clinic) -> None:
    """Events from tomorrow mean that this machine's clock was or is wrong."""
    service = clinic.publish()
    clinic.run(
        service,
        "insert into event"
        " (message_id, customer, name, occurred_at, received_at, enters, properties)"
        " values ('m', 1, 'purchase', 1, ?, ?, ?)",
        *(NOW + DAY + HOUR, True, b"{}"),
    )
    service.stop()
    assert "1 day" in clinic.look()["clock"].message


def test_a_shop_without_a_sender_hears_so(clinic: Clinic) -> None:
    """No sender means no mail: an error with the line to add."""
    clinic.publish(sender="").stop()
    found = clinic.look()["no-sender"]
    assert found.severity == "error"
    assert "sender email" in found.mend


def test_a_send_without_a_provider_is_named(clinic: Clinic) -> None:
    """What is skipped for want of a provider is said with its flow and message."""
    clinic.publish(send="send sms hi").stop()
    found = clinic.look()["no-provider"]
    assert "Flow hello" in found.message
    assert "is skipped" in found.message


def test_a_mail_server_that_is_not_there_is_an_error(clinic: Clinic) -> None:
    """The address is named, and the setting that changes it."""
    clinic.publish().stop()
    clinic.settings = clinic.set("smtp://127.0.0.1:1")
    found = clinic.look()["smtp"]
    assert "127.0.0.1:1 " in found.message
    assert "HEADRACE_SMTP_URL" in found.mend


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (None, "no-public-address"),
        ("http://127.0.0.1:8400", "public-address"),
        ("http://headrace.shop.example", "public-address"),
    ],
)
def test_links_that_lead_nowhere_are_told_before_they_go_out(
    clinic: Clinic, url: str | None, code: str
) -> None:
    """An unsubscribe link to this machine is a promise nobody can keep."""
    clinic.publish().stop()
    clinic.settings = clinic.settings.model_copy(update={"public_url": url})
    assert clinic.look()[code].severity == "warning"


def test_customers_without_suppressions_are_named(clinic: Clinic) -> None:
    """Who moves in with customers and without dead addresses is told before the first send."""
    service = clinic.publish()
    job = "insert into import_job (id, kind, digest, name, position, warnings, started_at)"
    clinic.run(service, f"{job} values (1, 'customers', 'a', 'a.csv', 0, ?, 0)", b"{}")
    assert clinic.look()["no-suppressions"].severity == "warning"
    clinic.run(service, f"{job} values (2, 'suppressions', 'b', 'b.csv', 0, ?, 0)", b"{}")
    service.stop()
    assert "no-suppressions" not in clinic.look()
