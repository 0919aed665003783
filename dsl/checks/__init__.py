"""Static checks: every rule is one function, and all problems of a project come in one go."""

from __future__ import annotations

from dsl.checks.rules import check, diagnose

__all__ = ["check", "diagnose"]
