"""`headrace preview` shows a message without sending it."""

from __future__ import annotations

import asyncio
import email
import email.policy
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner

from engine.cli.preview import register
from engine.clock import SettableClock
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.service.service import Service
from engine.settings import Settings
from tests.engine.channels.servers import Script, serving

app = typer.Typer()
app.callback()(lambda: None)
register(app)
RUN = CliRunner()
NOW = 1_767_600_000_000


def test_an_invented_person_is_shown_without_data() -> None:
    """Without a data folder the message is shown for an invented person, as one JSON document."""
    result = RUN.invoke(app, ["preview", "cart_reminder", "--format", "json"])
    assert result.exit_code == 0
    document = orjson.loads(result.stdout)
    assert document["subject"] == "Ada, dein Warenkorb wartet"
    assert "Hallo Ada" in document["text"]
    assert "<html" in document["html"]


def test_a_channel_can_be_chosen() -> None:
    """A message that is written for several channels is shown for the one that is asked for."""
    result = RUN.invoke(app, ["preview", "welcome_1", "--channel", "sms"])
    assert result.exit_code == 0
    assert "STOP" in result.stdout
    assert "1 segment: " in result.stderr
    result = RUN.invoke(app, ["preview", "welcome_1", "--channel", "sms", "--format", "json"])
    document = orjson.loads(result.stdout)
    assert (document["segments"], document["encoding"]) == (1, "GSM-7")
    assert document["letters"] == len(document["text"])


def test_a_wrong_name_says_what_was_meant() -> None:
    """A message that does not exist ends with code 1 and a suggestion."""
    result = RUN.invoke(app, ["preview", "cart_remindr"])
    assert result.exit_code == 1
    assert "cart_reminder" in result.output


def test_a_data_folder_without_database_is_named(tmp_path: Path) -> None:
    """A folder that holds no data ends with code 2 and a sentence, not a traceback."""
    arguments = ["preview", "cart_reminder", "--customer", "ada", "--data", str(tmp_path)]
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 2
    assert str(tmp_path) in result.output


FLOWS = """
store "Preview":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@shop.example>"
  staff care "care@shop.example"

score engagement:
  +5 on purchase

flow letter:
  enter when purchase
  send email letter:
    products 2 bestsellers
  wait 1 day
  send email letter as again:
    subject "{{ entry.order_id }}, once more"
"""
LETTER = """---
subject: Hello {{ customer.first_name }}
---
Score: {{ score.engagement }}.
{% for product in products %}{{ product.name }};{% endfor %}
"""


def test_a_stored_customer_sees_nothing_invented(tmp_path: Path) -> None:
    """Neither points nor products are shown that the message would not tell this customer of."""
    flows = tmp_path / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "letter.flow").write_text(FLOWS, encoding="utf-8")
    (flows / "messages" / "letter.email.txt").write_text(LETTER, encoding="utf-8")
    service = Service(tmp_path / "data", flows, Settings(), SettableClock(NOW))
    service.start(background=False)
    traits = {"first_name": "Ada", "email": "ada@example.com"}
    ada = Incoming("identify", "m1", user="ada", traits=traits)
    told = {"value": 3, "order_id": "o-7"}
    bought = Incoming("track", "m2", user="ada", event="purchase", properties=told)
    service.writer.run(lambda tx: take(tx, [ada, bought], service.deployment.types, NOW))
    service.run_until_idle()
    service.stop()
    result = RUN.invoke(
        app,
        [
            *("preview", "letter", "--customer", "ada", "--path", str(flows)),
            *("--data", str(tmp_path / "data"), "--format", "json"),
        ],
    )
    assert result.exit_code == 0, result.output
    document = orjson.loads(result.stdout)
    assert document["subject"] == "Hello Ada"
    assert "Score: 5." in document["text"]
    assert "Zweipersonenzelt" not in document["text"]
    assert document["to"] == "ada@example.com"
    again = _told(
        *("--flow", "letter", "--step", "again", "--as", "ada", "--path", str(flows)),
        *("--data", str(tmp_path / "data")),
    )
    assert again["subject"] == "o-7, once more"
    assert "{" not in again["text"]


def _told(*arguments: str) -> dict[str, Any]:
    result = RUN.invoke(app, ["preview", *arguments, "--format", "json"])
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = orjson.loads(result.stdout)
    return document


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--flow", "nowhere"], "there is no flow nowhere"),
        (["--step", "first_touch"], "say the flow, too"),
        (["--flow", "abandoned_cart", "--step", "nowhere"], "no step of flow abandoned_cart"),
        (["cart_reminder", "--flow", "welcome"], "no step of flow welcome sends cart_reminder"),
        ([], "say which message"),
        (["cart_nudge", "--channel", "sms", "--send-to", "care"], "staff can be mailed only"),
        (["cart_reminder", "--send-to", "nobody"], "the store has no staff 'nobody'"),
    ],
)
def test_what_is_meant_has_to_be_said(arguments: list[str], words: str) -> None:
    """A flow, a step or a staff that there is not ends with a sentence that names it."""
    result = RUN.invoke(app, ["preview", *arguments])
    assert result.exit_code != 0
    assert words in result.output


def test_a_step_shows_its_own_message_and_subject() -> None:
    """The flow's subject and the step's message, as the sender takes them, in each language."""
    asked = ("--flow", "abandoned_cart", "--step", "first_touch")
    assert _told(*asked)["subject"] == "Ada, dein Warenkorb wartet"
    assert _told(*asked, "--language", "en")["subject"] == "Your cart is waiting for you"
    assert _told("--flow", "order_status")["headers"] == {}  # it is transactional


def test_a_test_goes_to_staff_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is marked in its subject, its links count nothing, and it unsubscribes nobody."""

    async def send() -> list[bytes]:
        script = Script()
        async with serving(script) as url:
            monkeypatch.setenv("HEADRACE_SMTP_URL", url)
            arguments = ["preview", "cart_reminder", "--send-to", "care"]
            result = await asyncio.to_thread(RUN.invoke, app, arguments)
            assert result.exit_code == 0, result.output
            assert "Sent to care@alpenglow.example" in result.output
        return script.mails

    mails = asyncio.run(send())
    assert len(mails) == 1
    mail = email.message_from_bytes(mails[0], policy=email.policy.default)
    assert mail["to"] == "care@alpenglow.example"
    assert mail["subject"] == "[Test] Ada, dein Warenkorb wartet"
    assert mail["list-unsubscribe"] is None
    parts = {part.get_content_type() for part in mail.walk()}
    assert {"text/plain", "text/html"} <= parts
    html = mail.get_body(("html",)).get_content()
    assert "/c/" not in html
    assert "/o/" not in html
