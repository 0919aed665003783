"""The log: one line a happening, on standard error, where no script reads a document."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, Literal

Level = Literal["debug", "info", "warning", "error"]


def logger(name: str) -> Any:
    """The logger of a module."""
    import structlog

    _configure()
    return structlog.get_logger(name)


def keep_above(level: Level) -> None:
    """Log what is of this level or above it, from now on."""
    import structlog

    _configure()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))


@cache
def _configure() -> None:
    # Here: it brings rich with it, and a check of the flows logs nothing.
    import structlog

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ],
        # Asked for anew each time: tests and servers may put another file in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
