"""The verbs of the engine: each `engine/cli_*.py` registers its own."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import typer

import engine


def register(app: typer.Typer) -> None:
    """Add every verb. The modules import what is heavy only inside their commands."""
    names = sorted(module.name for module in iter_modules(engine.__path__))
    for name in names:
        if name.startswith("cli_"):
            import_module(f"engine.{name}").register(app)
