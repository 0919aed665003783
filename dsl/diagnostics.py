"""What is wrong with a project, apart from how it is drawn.

A `Diagnostic` is a value: a code, a place and sentences. `dsl.rendering` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of source text.

    `start` and `end` are offsets in code points, lines and columns count from 1,
    ends are exclusive.
    """

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


NOWHERE = Span(0, 0, 1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that helps to understand a diagnostic."""

    message: str
    file: str
    span: Span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of a project.

    `code` is stable (`unknown-event`); `message` is one sentence that says what is wrong;
    `hint` says what to do about it, with a "did you mean" where there is one.
    """

    code: str
    severity: Severity
    message: str
    file: str
    span: Span
    hint: str = ""
    related: tuple[Related, ...] = field(default=())
