"""The `headrace` command."""

from editor.cli.main import main

__all__ = ["main"]
