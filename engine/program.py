"""A flow compiled for the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Program:
    """`flow` in one `version`; runs refer to its ops by index and store node ids in memory."""

    flow: str
    version: int
