"""Two people edit one text: nothing that either wrote is lost, and nobody gets half a statement."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.edits.merging import Merge, merge
from dsl.parsing.parser import parse

BASE = """\
# What all flows share.
store "Tea":
  timezone "Europe/Berlin"
  currency EUR

flow welcome "Welcome":
  enter when sign_up
  exit when purchase

  wait 1 day
  # Who is new.
  if customer.orders > 3 and (
    customer.country is "DE"  # at home
  ):
    send email regular
    # more to come
  else if customer.orders > 1:
    wait 2 days
    send email again
  else:
    send email first:
      subject "Hello"
    wait up to 3 days for purchase:
      go on
    else:
      send email offer
  repeat 2 times:
    wait 7 days
    send email more
  exit "done"

flow other:
  enter manually
  go on
# the end
"""
LINES = settings(max_examples=60, deadline=None)


@st.composite
def edited(draw: st.DrawFn, who: str) -> str:
    """The text after a few edits of one person, each of which leaves it readable."""
    text = BASE
    for number in range(draw(st.integers(0, 4))):
        rows = text.split("\n")
        at = draw(st.integers(0, len(rows) - 2))
        depth = re.match(" *", rows[at])
        blanks = depth.group() if depth else ""
        match draw(st.sampled_from(("step", "comment", "change", "remove", "indent"))):
            case "step":
                rows[at:at] = [f'{blanks}add tag "{who}{number}"']
            case "comment":
                rows[at:at] = [f"{blanks}# {who}{number}"]
            case "change":
                rows[at] = re.sub(r"\d+", lambda found: f"{int(found[0]) + len(who)}", rows[at])
            case "remove":
                del rows[at : at + draw(st.integers(1, 4))]
            case _:
                rows[at] += f"  # {who}{number}"
        made = "\n".join(rows)
        if made.endswith("\n") and not parse(made).diagnostics:
            text = made
    return text


def dressed(text: str, crlf: bool, final: bool, bom: bool) -> str:
    text = text if final else text.removesuffix("\n")
    return "\ufeff" * bom + (text.replace("\n", "\r\n") if crlf else text)


def lines(text: str) -> Counter[str]:
    return Counter(row.rstrip("\r") for row in text.removeprefix("\ufeff").split("\n"))


def said(merged: Merge) -> Counter[str]:
    """All lines of a merge, those of both sides of a conflict with them."""
    return lines(merged.chosen(["both"] * len(merged.conflicts)))


@given(edited("mine"), edited("their"))
@LINES
def test_it_does_not_matter_whose_edit_comes_first(mine: str, theirs: str) -> None:
    """Two people's edits in either order give one text, or the same conflicts."""
    one, other = merge(BASE, mine, theirs), merge(BASE, theirs, mine)
    assert one.text == other.text
    assert [(it.base, it.mine, it.theirs) for it in one.conflicts] == [
        (it.base, it.theirs, it.mine) for it in other.conflicts
    ]


@given(edited("mine"), edited("their"))
@LINES
def test_each_line_that_somebody_added_is_there(mine: str, theirs: str) -> None:
    """What one of them wrote is in the merge or in a conflict; a merge of readable texts reads."""
    merged = merge(BASE, mine, theirs)
    for text in (mine, theirs):
        for line, times in (lines(text) - lines(BASE)).items():
            assert said(merged)[line] >= times
    if merged.text is not None:
        assert parse(merged.text).diagnostics == ()
    else:
        sides = len(merged.conflicts)
        assert merged.chosen(["mine"] * sides) != merged.chosen(["theirs"] * sides)


@given(edited("mine"), edited("their"))
@LINES
def test_a_conflict_holds_whole_statements(mine: str, theirs: str) -> None:
    """One side of a conflict, taken out of its text, stands at the line that it names."""
    for one in merge(BASE, mine, theirs).conflicts:
        for text, piece in ((BASE, one.base), (mine, one.mine), (theirs, one.theirs)):
            rows = text.splitlines(keepends=True)[piece.line - 1 :]
            assert "".join(rows[: len(piece.text.splitlines())]) == piece.text
            first = next((it for it in piece.text.split("\n") if it.strip()), "").strip()
            assert not first.startswith("else")


@given(edited("mine"), st.booleans(), st.booleans(), st.booleans(), st.booleans())
@LINES
def test_line_ends_are_kept(mine: str, crlf: bool, final: bool, bom: bool, turned: bool) -> None:
    """CR LF, a missing last line end and a byte order mark clash with nothing and outlive it."""
    base = dressed(BASE, crlf, final, bom)
    ours = dressed(mine, crlf, final, bom)
    assert merge(base, ours, base).text == merge(base, base, ours).text == ours
    other = dressed(BASE, not crlf, not final, bom != turned)
    assert merge(base, ours, other).text == dressed(mine, not crlf, not final, bom != turned)


def test_both_sides_of_a_conflict_can_be_taken() -> None:
    """Mine, theirs or both: each gives a whole text."""
    base = "flow a:\n  enter manually\n\n  wait 1 day\n  exit\n"
    merged = merge(base, base.replace("1 day", "2 days"), base.replace("1 day", "3 days"))
    assert merged.text is None
    (conflict,) = merged.conflicts
    assert (conflict.mine.text.strip(), conflict.mine.line) == (
        "wait 2 days",
        3,
    )  # with the blank line above
    assert merged.chosen(["mine"]) == base.replace("1 day", "2 days")
    assert merged.chosen(["theirs"]) == base.replace("1 day", "3 days")
    assert merged.chosen(["both"]).count("wait") == 2
    with pytest.raises(ValueError, match="without"):
        merged.chosen([])


def test_an_else_is_not_torn_from_its_if() -> None:
    """Who changed the `else` and who changed what stands above it choose between two branches."""
    base = "flow a:\n  enter manually\n  if x is 3:\n    exit\n  else:\n    go on\n  exit\n"
    merged = merge(base, base.replace("    exit", "    go on"), base.replace("else", "else as z"))
    (conflict,) = merged.conflicts
    assert conflict.base.text == "  if x is 3:\n    exit\n  else:\n    go on\n"


def test_two_lines_that_only_apart_can_be_read_are_a_conflict() -> None:
    """A step of one side above a header line of the other makes no flow: both are shown whole."""
    base = "flow a:\n  enter manually\n  # one\n  # two\n  exit\n\nflow b:\n  enter manually\n"
    mine = base.replace("  # one", "  wait 1 day\n  # one")
    theirs = base.replace("  # two", "  priority 3\n  # two")
    (conflict,) = merge(base, mine, theirs).conflicts
    assert conflict.mine.text == mine.split("\nflow b")[0]
    assert conflict.theirs.text == theirs.split("\nflow b")[0]


@pytest.mark.parametrize("text", ["", "\n", "x", "\ufeff", "  x\n\n y\n", "else:\n"])
def test_any_text_can_be_merged(text: str) -> None:
    """Empty, unreadable and half-written texts merge, too."""
    assert merge(text, text, text).text == text
    assert merge(BASE, text, BASE).text == text
    assert merge(text, BASE, text).text == BASE
    merged = merge(BASE, text, BASE.replace("1 day", "3 days"))
    assert said(merged)["  wait 3 days"]
