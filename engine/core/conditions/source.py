"""The source of one Python function, and the constants that it is bound to.

Nothing of the user's text gets in except names and literals written with `repr`; everything else is
bound as a constant. A function has the arguments (scope, e, i): `e` are the properties of the event
that a `where` looks at, `i` is the item of an item's `where`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from engine.core.conditions.scope import Scope


class Source:
    """One function that is being written; `constants` become its globals."""

    def __init__(self, *, careful: bool) -> None:
        self.careful = careful
        self.constants: dict[str, Any] = {}
        self.number = count()
        self.prelude: dict[str, str] = {}

    def function(self, code: str) -> Any:
        lines = [f"  {name} = {value}" for name, value in self.prelude.items()]
        inner = "\n".join(lines)
        body = f"{inner}\n  return {code}" if lines else f"  return {code}"
        if self.careful:
            source = f"def test(s, e=None, i=None):\n{body}\n"
        else:
            guarded = "\n".join("  " + line for line in body.split("\n"))
            source = (
                "def test(s, e=None, i=None):\n  try:\n"
                f"{guarded}\n  except TypeError:\n    return careful(s, e, i)\n"
            )
        exec(compile(source, "<condition>", "exec"), self.constants)  # noqa: S102 - own source
        return self.constants["test"]

    def bind(self, value: Any) -> str:
        name = f"k{next(self.number)}"
        self.constants[name] = value
        return name

    def temporary(self) -> str:
        return f"t{next(self.number)}"

    @property
    def facts(self) -> str:
        self.prelude.setdefault("f", "s.facts")
        return "f"

    @property
    def customer(self) -> str:
        self.prelude.setdefault("f", "s.facts")
        self.prelude.setdefault("c", "f.customer")
        return "c"


def with_care(build: Callable[[bool], Any]) -> Any:
    """The fast form, which asks for the careful one when Python refuses to compare."""
    fast = build(False)
    slow: list[Any] = []

    def careful(s: Scope, e: Any, i: Any) -> Any:
        if not slow:
            slow.append(build(True))
        try:
            return slow[0](s, e, i)
        except (TypeError, OverflowError):
            return None

    fast.__globals__["careful"] = careful
    return fast
