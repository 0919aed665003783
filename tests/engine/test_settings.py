"""The settings page and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from engine.channels import registry
from engine.core.facts import CONTACT
from engine.logs import keep_above, logger
from engine.service.service import Service
from engine.settings import Settings, SettingsError, read_settings

SECRET = SecretStr("")
PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_every_setting_has_its_row() -> None:
    """Whoever looks a setting up finds it, and finds no setting that does nothing."""
    rows = set(re.findall(r"^\| `HEADRACE_([A-Z_]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE))
    own = {name.upper() for name in Settings.model_fields}
    channels = {channel.upper() for channel in CONTACT}
    drivers = {
        name.upper() for driver in registry.known({}) for name in driver.settings.model_fields
    }
    assert rows == own | channels | drivers


def test_what_a_driver_says_of_its_settings_stands_on_the_page() -> None:
    """A setting's row holds its driver's own words and default, a channel's row the drivers."""
    page = PAGE.read_text("utf-8")
    for driver in registry.known({}):
        [choice] = [
            line
            for line in page.splitlines()
            if line.startswith(f"| `HEADRACE_{driver.channel.upper()}` |")
        ]
        assert f"`{driver.name}`" in choice
        for name, field in driver.settings.model_fields.items():
            default = "none" if field.is_required() or field.default in (None, "", SECRET) else ""
            if not default:
                told = field.default
                default = f"`{str(told).lower() if isinstance(told, bool) else told}`"
            assert f"| `HEADRACE_{name.upper()}` | {default} | {field.description} |" in page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "nonsense"),
        ("SMTP_URL", "smtp://host:port"),
        ("CLOCK_OFFSET", "soon"),
        ("MAX_LATENESS", "-1"),
        ("SMTP_CONNECTIONS", "0"),
        ("LOG_LEVEL", "loud"),
        ("EMAIL", "smpt"),
        ("SMS", "pigeon"),
        ("DRIVERS", "/nowhere"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A setting that makes no sense is refused by its name."""
    monkeypatch.setenv(f"HEADRACE_{name}", value)
    with pytest.raises(SettingsError, match=f"HEADRACE_{name}"):
        read_settings()


def test_the_log_says_as_much_as_the_setting_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Below the level nothing is written, however the level is spelt."""
    log = logger("test")
    try:
        monkeypatch.setenv("HEADRACE_LOG_LEVEL", "ERROR")
        Service(tmp_path)
        log.warning("quiet")
        log.error("heard")
    finally:
        keep_above("info")
    told = capsys.readouterr().err
    assert "heard" in told
    assert "quiet" not in told
