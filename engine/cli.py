"""The verbs of the engine: each `engine/cli_*.py` registers its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def plainly(*more: type[Exception], code: int = 1) -> Iterator[None]:
    """What the engine, its store or the running server refuse is one sentence on standard error,
    and this exit code. So is each of `more`. Wrong settings are the whole command's: exit code 2.
    """
    from engine.runtime.control import ServerSaidNoError
    from engine.runtime.errors import RuntimeRefusalError
    from engine.store.errors import StoreError

    refusals: tuple[type[Exception], ...] = (
        ServerSaidNoError,
        RuntimeRefusalError,
        StoreError,
        *more,
    )
    try:
        yield
    except refusals as error:
        typer.echo("\n  ".join([str(error), *getattr(error, "findings", ())]), err=True)
        raise typer.Exit(code) from None
