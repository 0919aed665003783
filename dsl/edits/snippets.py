"""Steps as a piece of text: what is copied, and what is pasted or inserted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dsl import tree
from dsl.edits.edit import Refusal
from dsl.edits.places import Places, Run
from dsl.edits.regions import Regions
from dsl.parsing.parser import Parsed, parse
from dsl.parsing.source import BOM
from dsl.printing.formatting import MENDED
from dsl.printing.printer import print_statement


def read_steps(text: str) -> tuple[tuple[tree.Step, ...], tuple[str, ...]]:
    """The steps that a text says, however deep it is indented, and the comments behind them.

    Raises `Refusal` with the reason where it says something else.
    """
    rows = text.removeprefix(BOM).replace("\r\n", "\n").strip("\n").split("\n")
    said = [row for row in rows if row.strip() and not row.lstrip().startswith("#")]
    if not said:
        raise Refusal("There is no step in this text.")
    blanks = _blanks(said[0])
    body = "\n".join("  " + row.removeprefix(blanks) if row.strip() else "" for row in rows)
    parsed = parse(f"flow pasted:\n{body}\n", "<pasted>")
    wrong = next((one for one in parsed.diagnostics if one.code not in MENDED), None)
    declared = parsed.tree.declarations
    flow = declared[0] if declared else None
    if wrong is not None:
        raise Refusal(f"This text is no step: {wrong.message}")
    if len(declared) != 1 or not isinstance(flow, tree.Flow) or flow.headers:
        raise Refusal("This text is no step; only steps can be put into a flow.")
    return flow.steps.steps, (*flow.steps.dangling, *parsed.tree.dangling)


def copy_text(parsed: Parsed, flow: str, steps: Sequence[str]) -> str:
    """The text of neighbouring steps with their comments, as if they stood at the margin."""
    return "\n".join([*rows_of(parsed, Places(parsed, flow).run(steps)), ""])


def rows_of(parsed: Parsed, run: Run) -> list[str]:
    """The lines of neighbouring steps with their comments, as if they stood at the margin."""
    regions = Regions(parsed)
    first, last = regions[run.steps[0]], regions[run.steps[-1]]
    rows = parsed.text[first.lead : last.end].replace("\r\n", "\n").removesuffix("\n").split("\n")
    if all(row.startswith(first.indent) or not row.strip() for row in rows):
        return [row.removeprefix(first.indent) for row in rows]
    return "".join(print_statement(step) for step in run.steps).removesuffix("\n").split("\n")


def _blanks(row: str) -> str:
    found = re.match(r"[ \t]*", row)
    return found.group() if found else ""
