"""The texts about the language that an assistant reads: inside an installed wheel, or in docs/."""

from __future__ import annotations

import re
from pathlib import Path

from dsl.parsing.mistakes.codes import CODES
from engine.errors import RefusedError

_HERE = Path(__file__).resolve().parent


class UnknownCodeError(RefusedError):
    """There is no diagnostic of that code."""


def text(name: str) -> str:
    """`llms.txt` or `diagnostics.md`."""
    inside = _HERE / name
    path = inside if inside.is_file() else _HERE.parents[1] / "docs" / name
    return path.read_text("utf-8")


def explained(code: str) -> str:
    """What a diagnostic means: an example, and the message with what to do.

    Raises:
        UnknownCodeError: there is none of that code.
    """
    sections = re.split(r"^## `", text("diagnostics.md"), flags=re.MULTILINE)
    found = {one.partition("`")[0]: f"## `{one}".strip() for one in sections[1:]}
    wanted = code.strip().strip("[]`")
    if wanted in CODES:
        means, example = CODES[wanted]
        shown = f"\n\n```\n{example.strip()}\n```" if example else ""
        return f"## `{wanted}` (error)\n\n{means}{shown}"
    if wanted not in found:
        near = sorted(one for one in found if wanted and wanted.split("-")[0] in one)
        more = f"; did you mean {', '.join(near[:5])}?" if near else ""
        raise UnknownCodeError(
            f"there is no page about `{wanted[:60]}`; its message says what to do{more}"
        )
    return found[wanted]
