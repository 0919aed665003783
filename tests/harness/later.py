"""The command line of a Headrace that is newer than ours by some revisions of the database.

`python -m tests.harness.later FOLDER VERB ..`, with revisions in the folder that follow ours.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from alembic.config import Config

from engine.store.migrations import run

_ours = run._config


def with_later(folder: Path) -> Config:
    """Where our revisions are, and those in `folder`."""
    config = _ours()
    places = [Path(run.__file__).parent / "versions", folder]
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(map(str, places)))
    return config


def main() -> None:
    from editor.cli import main

    folder = Path(sys.argv.pop(1))
    run._config = lambda: with_later(folder)
    main()


if __name__ == "__main__":
    main()
