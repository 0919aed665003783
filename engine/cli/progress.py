"""What a person at a terminal sees while a command takes its time; scripts see nothing of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


def shown() -> bool:
    """Whether somebody looks on: standard error is a terminal."""
    return sys.stderr.isatty()


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say on standard error what is being done and for how long, as long as it is. It leaves no
    line behind, and where standard error is a file or a pipe it writes none.
    """
    if not shown():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    # Seldom: what is measured is not to be measured drawing.
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        refresh_per_second=2,
    ) as bar:
        bar.add_task(what, total=None)
        yield
