"""The settings page and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.logs import keep_above, logger
from engine.service.service import Service
from engine.settings import Settings, SettingsError, read_settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_every_setting_has_its_row() -> None:
    """Whoever looks a setting up finds it, and finds no setting that does nothing."""
    rows = set(re.findall(r"^\| `HEADRACE_([A-Z_]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE))
    assert rows == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "nonsense"),
        ("SMTP_URL", "smtp://host:port"),
        ("CLOCK_OFFSET", "soon"),
        ("MAX_LATENESS", "-1"),
        ("SMTP_CONNECTIONS", "0"),
        ("LOG_LEVEL", "loud"),
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
