"""`headrace preview` shows a message without sending it."""

from __future__ import annotations

from pathlib import Path

import orjson
import typer
from typer.testing import CliRunner

from engine.cli.preview import register
from engine.clock import SettableClock
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.service.service import Service
from engine.settings import Settings

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
    assert document["subject"] == "Dein Warenkorb wartet auf dich"
    assert "Hallo Ada" in document["text"]
    assert "<html" in document["html"]


def test_a_channel_can_be_chosen() -> None:
    """A message that is written for several channels is shown for the one that is asked for."""
    result = RUN.invoke(app, ["preview", "welcome_1", "--channel", "sms"])
    assert result.exit_code == 0
    assert "STOP" in result.stdout


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

score engagement:
  +5 on purchase

flow letter:
  enter when purchase
  send email letter:
    products 2 bestsellers
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
    ada = Incoming("identify", "m1", user="ada", traits={"first_name": "Ada"})
    bought = Incoming("track", "m2", user="ada", event="purchase", properties={"value": 3})
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
