"""Static checks: every rule is one function, and all problems of a project come in one go."""

from __future__ import annotations

from dsl.checks.rules import advise, check, diagnose

__all__ = ["advise", "check", "diagnose"]
