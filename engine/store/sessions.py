"""What processes call themselves at a database's server, so that others know them by it.

`headrace writer, process 17 on ape` holds a database, `headrace work NAME, process ..` helps it.
"""

from __future__ import annotations

from typing import Final

HOLDER: Final = "writer"
_HOLDS: Final = f"headrace {HOLDER}, "
WORKS: Final = "headrace work "
"""What the names of all that work beside the holder begin with."""


def named(what: str, process: int, machine: str) -> str:
    """Of a session: `what` it is there for. Names have room for 63 bytes."""
    return f"headrace {what}, process {process} on {machine}"[:63]


def worker(name: str) -> str:
    """What a session is there for that works beside the holder."""
    return f"{WORKS.removeprefix('headrace ')}{name}"


def holders(names: list[str]) -> list[str]:
    """Those that hold the database, as people call them: "process 17 on ape"."""
    return [one.removeprefix(_HOLDS) for one in names if one.startswith(_HOLDS)]


def workers(names: list[str]) -> list[str]:
    """Those that work beside it: "NAME, process 18 on ape"."""
    return [one.removeprefix(WORKS) for one in names if one.startswith(WORKS)]
