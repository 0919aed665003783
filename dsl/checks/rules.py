"""Runs every rule over a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.diagnostics import Diagnostic

if TYPE_CHECKING:
    from dsl.project import Project


def check(project: Project) -> list[Diagnostic]:
    """Everything that is wrong beyond syntax, in no particular order."""
    assert project.files is not None
    return []
