"""A channel by one file: it is chosen by a setting, and everything else follows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import engine.cli
from engine.channels import registry
from engine.channels.driver import DriverError
from engine.service.doctor import examine
from engine.service.service import Service
from engine.settings import Settings, SettingsError, read_settings
from tests.harness.providers import Provider, serving
from tests.harness.workshop import HEAD, HOUR, Workshop

PAGE = Path(__file__).parents[3] / "docs" / "channels.md"
FLOW = """
flow hello "Hello":
  enter when purchase

  send whatsapp one
"""


AGAIN = "from dataclasses import replace\nfrom engine.channels.drivers.smtp import DRIVER as own\n"


class Shop(Workshop):
    """A shop that sends with whatever its settings choose."""

    def write(self, text: str) -> None:
        super().write(text)
        (self.flows / "messages" / "one.whatsapp.liquid").write_text(
            "Hello {{ customer.first_name }}\n"
        )

    def open(self, *, background: bool = False) -> Service:
        self.settings = read_settings()
        service = Service(self.folder / "data", self.flows, self.settings, self.clock)
        service.start(background=background)
        return service


@pytest.fixture
def whatsapp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str | None
) -> tuple[Path, Provider]:
    """The file of the documentation in a folder, and settings that choose it."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    folder = tmp_path / "drivers"
    folder.mkdir()
    (folder / "whatsapp.py").write_text(code, encoding="utf-8")
    provider = Provider()
    provider.answers["default"] = (200, {"messages": [{"id": "wamid.1"}]})
    monkeypatch.setenv("HEADRACE_DRIVERS", str(folder))
    monkeypatch.setenv("HEADRACE_WHATSAPP", "cloud")
    monkeypatch.setenv("HEADRACE_WHATSAPP_NUMBER", "1065")
    monkeypatch.setenv("HEADRACE_WHATSAPP_TOKEN", "EAAG")
    monkeypatch.setenv("HEADRACE_DATABASE_URL", database_url or "")
    return folder, provider


def _shop(tmp_path: Path) -> tuple[Shop, int]:
    shop = Shop(tmp_path, FLOW, head=HEAD)
    ada = shop.customer("ada", phone="+4915112345678", first_name="Ada")
    shop.service.writer.run(
        lambda tx: tx.execute(
            "insert into consent (customer, what, allowed, at) values (?, 'whatsapp', true, ?)",
            (ada, shop.clock.now()),
        )
    )
    return shop, ada


def test_a_file_is_a_channel(
    whatsapp: tuple[Path, Provider], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file in a folder, nothing else touched, and a flow's message arrives at the provider."""
    with serving(whatsapp[1]) as url:
        monkeypatch.setenv("HEADRACE_WHATSAPP_URL", url)
        shop, ada = _shop(tmp_path)
        shop.happen(ada, "purchase")
        shop.forward(HOUR)
        rows = shop.rows("select channel, state, provider_id from intent")
        shop.service.stop()
    assert rows == [("whatsapp", "sent", "wamid.1")]
    [request] = whatsapp[1].requests
    assert request.path == "/1065/messages"
    assert request.headers["Authorization"] == "Bearer EAAG"
    assert request.json["to"] == "4915112345678"
    assert request.json["text"]["body"].strip() == "Hello Ada"


def test_a_number_that_the_channel_does_not_know_gets_nothing_more(
    whatsapp: tuple[Path, Provider], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the one file says of its provider's errors reaches the suppressions."""
    whatsapp[1].answers["default"] = (400, {"error": {"code": 131026}})
    with serving(whatsapp[1]) as url:
        monkeypatch.setenv("HEADRACE_WHATSAPP_URL", url)
        shop, ada = _shop(tmp_path)
        for _ in range(2):
            shop.happen(ada, "purchase")
            shop.forward(HOUR)
        shop.service.stop()
    assert len(whatsapp[1].requests) == 1


def test_what_has_a_provider_follows_the_settings(
    whatsapp: tuple[Path, Provider], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`check`, `plan` and `doctor` name the channel as long as nothing is chosen for it."""
    monkeypatch.chdir(tmp_path)
    shop, _ = _shop(tmp_path)
    shop.service.stop()
    app = typer.Typer()
    engine.cli.register(app)
    verbs = (
        ["check", str(shop.flows)],
        ["plan", str(shop.flows), "--data", str(tmp_path / "data")],
    )
    for said, provided in ((False, True), (True, False)):
        if not provided:
            monkeypatch.delenv("HEADRACE_WHATSAPP")
        for verb in verbs:
            told = CliRunner().invoke(app, verb)
            assert told.exit_code == 0
            assert ("no provider for whatsapp" in told.stderr) is said, verb
        found = examine(tmp_path / "data", read_settings(), shop.clock.now())
        assert ("no-provider" in {one.code for one in found}) is said


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"sms": "pigeon"}, "HEADRACE_SMS: there is no driver 'pigeon'"),
        ({"email": "smpt"}, "Did you mean smtp?"),
        ({"smtp_url": "nonsense"}, "HEADRACE_SMTP_URL must look like"),
        ({"drivers": "/nowhere"}, "there is no folder /nowhere"),
    ],
)
def test_a_wrong_choice_is_named(told: dict[str, str], says: str) -> None:
    """Whoever mistypes a driver or its setting is told which and what there is."""
    with pytest.raises(DriverError, match=re.escape(says)):
        registry.chosen(told)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n", "holds no DRIVER"),
        ("import nothing_of_that_name\n", "cannot be loaded: ModuleNotFoundError"),
        ("def\n", "cannot be loaded: SyntaxError"),
        (f"{AGAIN}DRIVER = replace(own)\n", "two drivers for email are called smtp"),
        (f"{AGAIN}DRIVER = replace(own, channel='pigeon')\n", "there is no channel 'pigeon'"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    """A driver that cannot be used stops the start with its file's name, not later."""
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(DriverError, match=re.escape(says)):
        registry.known({"drivers": str(tmp_path)})


def test_a_missing_setting_of_a_driver_is_named(
    whatsapp: tuple[Path, Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver without its token does not start; its values are not repeated."""
    monkeypatch.setenv("HEADRACE_WHATSAPP_TOKEN", "")
    with pytest.raises(SettingsError, match="HEADRACE_WHATSAPP_TOKEN: is missing"):
        read_settings()


def test_an_env_file_chooses_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of `.env` counts for drivers as for all else; the environment stands above it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEADRACE_SMTP_URL", raising=False)
    (tmp_path / ".env").write_text("HEADRACE_SMTP_URL=smtp://a:1\nHEADRACE_SMTP_CONNECTIONS=9\n")
    monkeypatch.setenv("HEADRACE_SMTP_CONNECTIONS", "2")
    told = Settings().channels
    assert (told["smtp_url"], told["smtp_connections"]) == ("smtp://a:1", "2")
