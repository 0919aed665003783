"""Law 3: an edit of the drawing is an edit of a few lines, which then say just that."""

from __future__ import annotations

import os
import re
from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from dsl import edits, tree
from dsl.parsing.parser import Parsed, parse
from dsl.parsing.source import BOM
from dsl.printing.printer import print_file
from tests.dsl.edits.campaign import Act, acts, untidy
from tests.harness.strategies import files

FILES = int(os.environ.get("HEADRACE_EDITED_FILES", "20"))
"""How many files a campaign edits, a tenth of a second each; thousands need `--timeout 0`."""
ACTS = 25
_NOTHING_GOES = ("insert", "move", "up", "down", "wrap", "duplicate", "add way")
_NOTHING_COMES = {
    "move": {"go on", "else"},
    "up": {"go on"},
    "down": {"go on"},
    "delete": {"go on"},
    "wrap": {"if customer can receive email"},
}
_TAKE_AWAY = ("delete", "another", "note", "tail", "no header", "off", "label", "remove way")


def sample(parsed: Parsed, chance: Random) -> list[Act]:
    names = dict.fromkeys(
        one.name for one in parsed.tree.declarations if isinstance(one, tree.Flow)
    )
    every = [act for name in names for act in acts(parsed, name)]
    return chance.sample(every, min(ACTS, len(every)))


@pytest.mark.parametrize("broken", [False, True], ids=["readable", "broken"])
def test_every_edit_says_what_was_asked_and_keeps_the_rest(broken: bool) -> None:
    """Whatever a hand does on the drawing of however untidy a file, the text says it, line ends
    and comments stay, and undo gives the bytes back; hardly ever is it refused, and then nothing
    changes.
    """
    made: Counter[str] = Counter()
    refused: list[str] = []

    @given(files(), st.integers(0, 2**32))
    @settings(
        max_examples=FILES,
        # One file in some hundreds with broken lines has an edit that is refused, or several.
        derandomize=broken and FILES < 1_000,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def campaign(file: tree.File, seed: int) -> None:
        chance = Random(seed)
        text = untidy(print_file(file), chance, broken=broken)
        parsed = parse(text)
        some = sample(parsed, chance)
        assume(some)  # a file without a flow has nothing to edit
        for act in some:
            made[act.kind] += 1
            try:
                edited = act.make()
            except edits.Unsayable:
                refused.append(act.kind)
                continue
            holds(text, edited, act)

    campaign()
    assert made.total() >= FILES
    assert len(refused) <= made.total() // 1_000 * broken, Counter(refused)


def holds(text: str, edited: edits.Edited, act: Act) -> None:
    now = edits.apply(text, edited.edits)
    assert parse(now).tree == edited.parsed.tree
    assert edits.apply(now, edits.invert(text, edited.edits)) == text
    assert now.startswith("\ufeff") == text.startswith("\ufeff")
    assert now.endswith("\n") == text.endswith("\n") or not text.strip("\ufeff")
    if text.count("\r\n") == text.count("\n"):
        assert now.count("\r\n") == now.count("\n") or "\r" not in text
    if not act.kind.startswith(_TAKE_AWAY):
        assert not comments(text) - comments(now), act
    if act.kind.startswith(_NOTHING_GOES):
        assert set(rows(text) - rows(now)) <= {"go on"}, act
    if act.kind.split()[0] in _NOTHING_COMES:
        assert set(rows(now) - rows(text)) <= _NOTHING_COMES[act.kind.split()[0]], act
    for one in edited.edits:
        assert not text[: one.start].endswith("\r")
        assert not text[: one.end].endswith("\r")


def comments(text: str) -> Counter[str]:
    """What comments say in lines of their own."""
    return Counter(one.strip() for one in re.findall(r"^[ \t]*#(.*)$", text, re.MULTILINE))


def rows(text: str) -> Counter[str]:
    """What rows say, but for how deep they stand and the `:` of those with a block."""
    said = (" ".join(re.sub("[:#]", " ", row).split()) for row in text.strip(BOM).split("\n"))
    return Counter(one for one in said if one)
