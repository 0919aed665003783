"""One template cannot hold up all others: rendering ends after a moment, with an error.

Looked at wherever a template looks up a value, calls a filter or begins a loop: each of these
takes little by itself, since texts and loops are limited, so nothing goes on for long between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from liquid import BoundTemplate
from liquid.context import RenderContext
from liquid.exceptions import ResourceLimitError
from liquid.token import Token

SECONDS: Final = 2.0
"""How much of a processor's time one message may take to render.

On a busy machine a clock would tell of the others, and refuse what is well.
"""
LONGEST: Final = 512 * 1024
"""Characters that one filter may make."""

_AGAIN: Final = 0.02


class _Until:
    """When it is enough, by the processor's time, and the clock's before which it cannot be: a
    processor's time is asked of the system, which costs more than a filter does.
    """

    __slots__ = ("clock", "processor")

    def __init__(self, seconds: float) -> None:
        self.clock = time.monotonic() + seconds
        self.processor = time.thread_time() + seconds


_until: ContextVar[_Until | None] = ContextVar("until", default=None)


@contextmanager
def limited(seconds: float | None = None) -> Iterator[None]:
    """What is rendered within ends with an error after so many seconds."""
    token = _until.set(_Until(SECONDS if seconds is None else seconds))
    try:
        yield
    finally:
        _until.reset(token)


def look(token: Token | None = None) -> None:
    """Raises `ResourceLimitError` when the time is up."""
    until = _until.get()
    if until is None or time.monotonic() < until.clock:
        return
    if time.thread_time() > until.processor:
        raise ResourceLimitError(f"rendering takes longer than {SECONDS:g} seconds", token=token)
    until.clock = time.monotonic() + _AGAIN


class TimedContext(RenderContext):
    """A context that knows when it is enough."""

    def get(self, path: list[object], *, token: Token | None, **more: Any) -> object:
        look(token)
        return super().get(path, token=token, **more)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        look(token)
        found = super().filter(name, token)

        def bounded(left: object, *arguments: Any, **named: Any) -> object:
            if name.startswith("replace") and len(arguments) == 2:
                told, old, new = str(left), str(arguments[0]), str(arguments[1])
                if len(told) + (told.count(old) or 0) * len(new) > LONGEST:
                    raise ResourceLimitError(f"`{name}` makes too long a text", token=token)
            made = found(left, *arguments, **named)
            if isinstance(made, str | list) and len(made) > LONGEST:
                raise ResourceLimitError(f"`{name}` makes too long a text", token=token)
            return made

        return bounded

    def raise_for_loop_limit(self, length: int = 1) -> None:
        look()
        super().raise_for_loop_limit(length)


class TimedTemplate(BoundTemplate):
    """A template that is rendered with such a context."""

    context_class = TimedContext
