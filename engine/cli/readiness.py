"""Not a verb: what `check`, `plan`, `publish` and `run` say of messages that stay in the house."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from dsl.project import Project


def tell(project: Project | Path, *said: str) -> None:
    """On standard error, a line each. `said` are the kinds that were told in another way."""
    from dsl.project import load_project
    from engine.channels.registry import provided
    from engine.projects.readiness import lacks
    from engine.settings import SettingsError, read_settings

    if isinstance(project, Path):
        project = load_project(project)
    try:
        providers = provided(read_settings().channels)
    except SettingsError as error:
        # What the flows say can be looked at all the same; a server would not start.
        typer.echo(f"note: {error}", err=True)
        return
    for lack in lacks(project, providers):
        if lack.code in said:
            continue
        typer.echo(f"note: {lack.message}{' ' + lack.mend if lack.mend else ''}", err=True)
