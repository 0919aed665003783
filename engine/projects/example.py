"""The example shop's project, which the demo serves and `headrace new --template` copies from."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve()


def example_flows() -> Path:
    """The folder of the example shop: inside an installed wheel, or beside the packages."""
    inside = _HERE.parent / "example"
    return inside if inside.is_dir() else _HERE.parents[2] / "flows"
