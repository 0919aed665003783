"""Every kind of edit at places of the example shop's flows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsl import edits, tree
from dsl.edits.places import Places
from dsl.edits.regions import Regions
from dsl.parsing.parser import Parsed, parse
from dsl.printing.formatting import format_text
from tests.dsl.edits.campaign import Act, acts

FLOWS = sorted((Path(__file__).parents[3] / "flows").glob("*.flow"))
ONE_IN = 1 if os.environ.get("HEADRACE_EDITED_FILES") else 151
_ELSEWHERE = ("label", "title", "header", "no header", "flip", "off", "add way", "remove way")


def some(parsed: Parsed) -> Iterator[tuple[str, Act]]:
    """Acts spread over a file, each kind among them in its turn."""
    flows = [one.name for one in parsed.tree.declarations if isinstance(one, tree.Flow)]
    every = [(flow, act) for flow in flows for act in acts(parsed, flow)]
    for n, (flow, act) in enumerate(every):
        if n % ONE_IN == 0 or (n % 89 == 5 and act.kind != "move"):
            yield flow, act


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_no_edit_of_an_example_is_refused_and_each_reads_as_formatted(path: Path) -> None:
    """In a formatted file every edit is made, what is written is formatted, and lines of other
    steps stay as they are.
    """
    text = path.read_text(encoding="utf-8")
    parsed = parse(text)
    for name, act in some(parsed):
        edited = act.make()
        now = edits.apply(text, edited.edits)
        assert format_text(now).text == now, act
        assert edits.apply(now, edits.invert(text, edited.edits)) == text
        if act.kind not in _ELSEWHERE:
            first = act.where.split()[0] if "insert" not in act.kind else None
            there = edited.select if "delete" not in act.kind else None
            two = act.kind.endswith("two")
            if act.kind == "duplicate":
                first = None
            assert others(parsed, name, first, two=two) == others(
                edited.parsed, name, there, two=act.kind == "down two"
            ), act


def others(parsed: Parsed, flow: str, step_id: str | None, *, two: bool) -> list[str]:
    """The lines of a file without those of a step, of two, or of none, and without what only makes
    room for steps: a way of its own, or the `:` in front of it.
    """
    text = parsed.text
    if step_id is not None:
        places, regions = Places(parsed, flow), Regions(parsed)
        step = places.step(step_id)
        block, index = places.home(step)
        last = block.steps[index + 1] if two else step
        text = text[: regions[step].lead] + text[regions[last].end :]
    rows = (re.sub(r":(?=$|  #)", "", row.strip()) for row in text.split("\n"))
    return [row for row in rows if row not in ("", "go on", "else")]
