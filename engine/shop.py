"""All compiled flows of a project with what they share, indexed by what can move them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.model import Instant
from engine.program import Program


@dataclass(slots=True)
class Shop:
    """A published project, ready to run.

    `programs` are the versions that people may enter, by flow name. `versions` hold every version
    that still has runs, by (flow, version). `messages` names the channels that each message has a
    file for; None where the project has no `messages/` folder.
    """

    zone: str
    currency: str
    programs: dict[str, Program]
    versions: dict[tuple[str, int], Program] = field(default_factory=dict)
    messages: dict[str, frozenset[str]] | None = None
    max_lateness: Instant = 24 * 3_600_000
    extra: dict[str, Any] = field(default_factory=dict)


def build_shop(project: Any, *, versions: dict[str, int] | None = None) -> Shop:
    """Compile a `dsl.project.Project` without errors."""
    raise NotImplementedError
