"""The `headrace` command: every layer registers its verbs here."""

from __future__ import annotations

from importlib import import_module

import typer

from engine.collecting import rarely
from engine.errors import PlainError

_VERBS = (
    "dsl.cli",
    "engine.cli",
    "editor.cli.bench",
    "editor.cli.serving",
    "editor.cli.working",
    "editor.cli.user",
    "editor.cli.mcp",
)


def main() -> None:
    """Run the command line. Exit code 0 is fine, 1 findings or failures, 2 wrong usage."""
    rarely()
    app = typer.Typer(
        name="headrace",
        help="Marketing automation whose flows are text files and drawings.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name in _VERBS:
        try:
            module = import_module(name)
        except ModuleNotFoundError as missing:
            if missing.name is None or not name.startswith(missing.name):
                raise
            continue
        module.register(app)
    try:
        app()
    except PlainError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(2) from None
