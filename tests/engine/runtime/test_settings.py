"""The settings page and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

from engine.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_every_setting_has_its_row() -> None:
    """Whoever looks a setting up finds it, and finds no setting that does nothing."""
    rows = set(re.findall(r"^\| `HEADRACE_([A-Z_]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE))
    assert rows == {name.upper() for name in Settings.model_fields}
