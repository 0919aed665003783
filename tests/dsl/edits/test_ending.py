"""An experiment ends: one arm's steps take its place, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl import edits, tree
from dsl.parsing.parser import parse
from dsl.printing.formatting import format_text

FLOWS = sorted((Path(__file__).parents[3] / "flows").glob("*.flow"))
HEAD = "flow f:\n  enter manually\n\n"
BODY = """\
  # about it
  experiment x "A or B":
    50% as a:  # cheap
      wait 1 day as w1
      send email m as s1
    # dear
    else as b:
      wait 2 days as w2
      # the end of b
"""


def ended(body: str, arm: str, live: tuple[str, ...] = (), behind: str = "") -> str:
    text = HEAD + body + behind
    edited = edits.end_experiment(parse(text), "f", "x", arm, live)
    now = edits.apply(text, edited.edits)
    assert edits.apply(now, edits.invert(text, edited.edits)) == text
    assert edited.parsed.tree == parse(now).tree
    return now.removeprefix(HEAD)


def test_the_arm_s_steps_stand_where_the_experiment_stood() -> None:
    """With their comments and those about the experiment; what comes behind stays as it is."""
    assert ended(BODY, "a", behind="  exit  # done\n") == (
        "  # about it\n  # cheap\n  wait 1 day as w1\n  send email m as s1\n  exit  # done\n"
    )
    assert ended(BODY, "else", behind="  exit  # done\n") == (
        "  # about it\n  # dear\n  # the end of b\n  wait 2 days as w2\n  exit  # done\n"
    )
    assert ended(BODY, "b") == ended(BODY, "way:else") == ended(BODY, "way:-1")


def test_who_stands_at_a_name_that_goes_is_moved() -> None:
    """To the step behind where it has a name, out of the flow where none comes; else no line is
    needed. Nobody stands where nothing is live.
    """
    live = ("w1", "w2")
    said = ended(BODY, "b", live, behind="  wait 3 days as later\n")
    assert "moved" not in said.partition("wait")[2]
    text = HEAD + BODY
    now = edits.apply(text, edits.end_experiment(parse(text), "f", "x", "b", live).edits)
    assert "\n  moved w1 to exit\n" in now
    assert "s1" not in now
    text += "  wait 3 days as later\n"
    now = edits.apply(text, edits.end_experiment(parse(text), "f", "x", "b", live).edits)
    assert "\n  moved w1 to later\n" in now
    text = HEAD + BODY + "  wait 3 days\n"
    now = edits.apply(text, edits.end_experiment(parse(text), "f", "x", "b", live).edits)
    assert "moved" not in now


def test_a_header_that_led_into_an_arm_leads_on() -> None:
    """Who was moved to a step that goes is moved on; a name is moved once."""
    text = HEAD.replace("manually\n", "manually\n  moved old to w1\n") + BODY
    now = edits.apply(text, edits.end_experiment(parse(text), "f", "x", "b", ("w1",)).edits)
    assert "  moved old to exit\n  moved w1 to exit\n" in now


def test_an_arm_in_which_nothing_happens_leaves_nothing() -> None:
    """The control arm wins: the experiment goes, and an empty way says so."""
    body = "  if cart is empty:\n    experiment x:\n      50% as a:\n        exit\n      else:\n"
    body += "        go on\n"
    assert ended(body, "else") == "  if cart is empty:\n    go on\n"


def test_what_speaks_of_a_step_that_goes_is_named() -> None:
    """Nothing is left that speaks of what is gone; an arm that is not there is refused."""
    spoken = "  if did click_email of s1:\n    exit\n"
    with pytest.raises(edits.Refusal, match="speak of steps"):
        ended(BODY, "b", behind=spoken)
    assert "s1" in ended(BODY, "a", behind=spoken)
    with pytest.raises(edits.Refusal, match="no arm `c`"):
        ended(BODY, "c")
    with pytest.raises(edits.Refusal, match="Only an experiment"):
        edits.end_experiment(parse(HEAD + BODY), "f", "w1", "a")


def test_tests_are_given_no_arm_any_more() -> None:
    """The line goes from this flow's tests, for whatever arm; another flow's stay."""
    tests = 'test "one" for f:\n  given arm a of x\n  expect email m\n'
    now = ended(BODY, "a", behind="\n" + tests)
    assert 'test "one" for f:\n  expect email m\n' in now
    assert "given arm" not in now


EXAMPLES = [
    (path, flow.name, step, place)
    for path in FLOWS
    for flow in parse(path.read_text(encoding="utf-8")).tree.declarations
    if isinstance(flow, tree.Flow)
    for step in tree.walk(flow)
    if isinstance(step, tree.Experiment)
    for place in range(len(step.arms))
]


@pytest.mark.parametrize(
    ("path", "flow", "step", "place"), EXAMPLES, ids=[f"{e[2].name}-{e[3]}" for e in EXAMPLES]
)
def test_the_examples_experiments_end(
    path: Path, flow: str, step: tree.Experiment, place: int
) -> None:
    """Each arm of each experiment of the example shop: formatted, readable, and taken back."""
    text = path.read_text(encoding="utf-8")
    edited = edits.end_experiment(parse(text), flow, step.name, f"way:{place}")
    now = edits.apply(text, edited.edits)
    assert format_text(now).text == now
    assert edits.apply(now, edits.invert(text, edited.edits)) == text
    assert f"experiment {step.name}" not in now
    assert not [one for one in parse(now).diagnostics if one.severity == "error"]


STEPS = st.lists(
    st.sampled_from(
        ("wait 1 day", "send email m", "# a note\nexit", 'add tag "x"  # why',
         "if cart is empty:\n  exit\nelse:\n  wait 2 hours")
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def block(steps: list[str], depth: int) -> str:
    return "".join("  " * depth + line + "\n" for step in steps for line in step.split("\n"))


@given(before=STEPS, one=STEPS, other=STEPS, behind=STEPS, arm=st.sampled_from("ab"))
@settings(deadline=None, max_examples=60)
def test_the_flow_is_the_one_that_was_written_without_it(
    before: list[str], one: list[str], other: list[str], behind: list[str], arm: str
) -> None:
    """Whatever stands around and inside: the same tree as the same steps without an experiment."""
    test = "  experiment x:\n    50% as a:\n" + block(one, 3) + "    50% as b:\n" + block(other, 3)
    kept = one if arm == "a" else other
    now = ended(block(before, 1) + test + block(behind, 1), arm)
    assert parse(HEAD + now).tree == parse(HEAD + block([*before, *kept, *behind], 1)).tree
