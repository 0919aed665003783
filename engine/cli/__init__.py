"""The verbs of the engine: each module of this package registers its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules

import typer


def register(app: typer.Typer) -> None:
    """Add every verb. The modules import what is heavy only inside their commands."""
    for name in sorted(module.name for module in iter_modules(__path__)):
        import_module(f"{__name__}.{name}").register(app)


@contextmanager
def plainly(*more: type[Exception], code: int = 1) -> Iterator[None]:
    """What the engine, its store or the running server refuse is one sentence on standard error,
    and this exit code. So is each of `more`. Wrong settings are the whole command's: exit code 2.
    """
    from engine.errors import RefusedError
    from engine.service.control import ServerSaidNoError
    from engine.store.errors import StoreError

    refusals: tuple[type[Exception], ...] = (
        ServerSaidNoError,
        RefusedError,
        StoreError,
        *more,
    )
    try:
        yield
    except refusals as error:
        typer.echo("\n  ".join([str(error), *getattr(error, "findings", ())]), err=True)
        raise typer.Exit(code) from None
