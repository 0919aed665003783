"""The demo's own shop: a copy of the example in its data folder, and a git repository."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from editor import git
from engine.core.model import Instant
from engine.errors import PlainError
from engine.projects.example import example_flows

_MADE_BY: Final = git.Author("Headrace", "demo@localhost")


class NoShopError(PlainError):
    """The example shop cannot be copied; the text says why."""


def own_shop(data: Path, at: Instant) -> Path:
    """The folder of flows in a demo's data folder; made where it is not there yet.

    Whoever plays with the demo writes to the copy, never to the installed example.

    Raises:
        NoShopError: the folder cannot be written.
    """
    flows = data / "flows"
    if flows.is_dir():
        return flows
    # Laid out aside and renamed: the shop is there as a whole, whoever is killed.
    aside = data / "flows.begun"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        data.mkdir(parents=True, exist_ok=True)
        shutil.copytree(example_flows(), aside, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        git.begin(aside, _MADE_BY, "Begin with the example shop\n", at)
        aside.rename(flows)
    except OSError as error:
        raise NoShopError(f"The example shop cannot be copied to {flows}: {error}.") from None
    return flows
