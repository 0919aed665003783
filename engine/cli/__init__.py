"""The verbs of the engine: each module of this package registers its own."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

import typer

NO_VERBS: Final = frozenset({"learned", "options", "progress", "readiness", "verb"})
"""What the verbs share."""


def register(app: typer.Typer) -> None:
    """Add every verb. The modules import what is heavy only inside their commands."""
    for name in sorted({module.name for module in iter_modules(__path__)} - NO_VERBS):
        import_module(f"{__name__}.{name}").register(app)
