"""One broken statement costs one diagnostic and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl import tree
from dsl.parsing.parser import Parsed, parse
from dsl.printing.printer import print_file, print_statement
from tests.strategies import SIMPLE_STEPS, files

CASES = Path(__file__).parent.parent / "cases" / "projects"
EXAMPLES = sorted(CASES.rglob("*.flow"))


def kinds(parsed: Parsed) -> list[str]:
    """The steps of the first flow, by class name."""
    flow = next(d for d in parsed.tree.declarations if isinstance(d, tree.Flow))
    return [type(step).__name__ for step in flow.steps.steps]


def codes(parsed: Parsed) -> list[tuple[str, int]]:
    return [(d.code, d.span.line) for d in parsed.diagnostics]


def test_two_broken_statements_are_two_diagnostics() -> None:
    """Two broken statements give two diagnostics, and all around them is read."""
    parsed = parse(
        "flow a:\n  enter when purchase\n  re-enter nevr\n\n  wait 2 days\n  sned email x\n"
        "  exit\n\nflow b:\n  enter manually\n\n  exit\n"
    )
    assert codes(parsed) == [("unknown-word", 3), ("unknown-word", 6)]
    assert kinds(parsed) == ["Wait", "Unreadable", "Exit"]
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    assert [type(header).__name__ for header in flow.headers] == ["Enter", "Unreadable"]
    assert len(parsed.tree.declarations) == 2


def test_a_broken_if_takes_its_else_with_it() -> None:
    """The branches of an `if` that cannot be read raise no complaint of their own."""
    parsed = parse(
        "flow a:\n  wait 1 day\n  if cart.value >:\n    exit\n  else if x is 3:\n    exit\n"
        "  # why\n  else:\n    send email x\n  exit\n"
    )
    assert codes(parsed) == [("syntax", 3)]
    assert kinds(parsed) == ["Wait", "Unreadable", "Exit"]
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    broken = flow.steps.steps[1]
    assert isinstance(broken, tree.Unreadable)
    assert broken.text.startswith("if cart.value >:\n  exit")
    assert "# why" in broken.text
    assert broken.text.endswith("send email x")


def test_a_broken_else_if_leaves_the_if_readable() -> None:
    """What stands above a broken branch keeps its meaning."""
    parsed = parse(
        "flow a:\n  if x is 3:\n    exit\n  else if x is:\n    exit\n  else:\n    exit\n"
    )
    assert codes(parsed) == [("syntax", 4)]
    assert kinds(parsed) == ["If", "Unreadable"]


def test_a_broken_case_leaves_the_other_arms() -> None:
    """A switch with one broken case keeps the others and its else."""
    parsed = parse(
        "flow a:\n  switch customer.country:\n    case DE:\n      exit\n"
        '    case "FR":\n      exit\n    else:\n      exit\n'
    )
    assert codes(parsed) == [("name-spelling", 3)] or codes(parsed) == [("syntax", 3)]
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    switch = flow.steps.steps[0]
    assert isinstance(switch, tree.Switch)
    assert [type(case).__name__ for case in switch.cases] == ["Unreadable", "Case"]
    assert switch.otherwise is not None


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("flow a:\n", "missing-block", 1),
        ("flow a\n  exit\n", "missing-colon", 1),
        ("flow a:\n  if x is 3:\n  exit\n", "missing-block", 2),
        ("flow a:\n  exit\n    exit\n", "unexpected-indent", 3),
        ("flow a:\n    exit\n  exit\n", "inconsistent-indent", 3),
        ("flow a:\n  if x is 3:\n      exit\n    exit\n", "inconsistent-indent", 4),
        ("flow a:\n  exit\n  goal purchase within 3 days\n", "header-after-step", 3),
        ("flow a:\n  if x is 3:\n    exit when purchase\n", "misplaced-line", 3),
        ("flow a:\n  else:\n    exit\n", "misplaced-line", 2),
        ("send email x\n", "misplaced-line", 1),
        ("flow a:\n  flow b:\n    exit\n", "misplaced-line", 2),
        (
            "flow a:\n  switch x:\n    else:\n      exit\n    case 3:\n      exit\n",
            "else-not-last",
            5,
        ),
        ("flow exit:\n  enter manually\n", "reserved-name", 1),
        ("flow a:\n  exit as this\n", "reserved-name", 2),
    ],
)
def test_lines_in_the_wrong_place_are_explained_once(text: str, code: str, line: int) -> None:
    """Indentation and order have their own words."""
    assert codes(parse(text)) == [(code, line)]


def test_the_line_above_a_stray_block_is_still_read() -> None:
    """Lines indented by mistake do not spoil the statement above or below them."""
    parsed = parse('flow a:\n  exit\n    wait 1 day\n    exit\n  add tag "x"\n')
    assert kinds(parsed) == ["Exit", "Unreadable", "AddTag"]


def test_an_unreadable_statement_keeps_its_comments() -> None:
    """Comments above, behind and inside what cannot be read are kept."""
    parsed = parse("flow a:\n  # above\n  wiat 1 day  # behind\n\n  # next\n  exit\n  # last\n")
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    broken, after = flow.steps.steps
    assert (broken.lead, broken.tail, after.lead) == (("above",), "behind", ("next",))
    assert flow.steps.dangling == ("last",)
    assert print_file(parsed.tree).count("#") == 4


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_prefix_of_a_file_can_be_read(path: Path) -> None:
    """A file that is being typed never breaks the parser, and complains about its end only."""
    text = path.read_text(encoding="utf-8")
    whole = parse(text).tree.declarations
    step = max(len(text) // 60, 1)
    for end in range(0, len(text), step):
        parsed = parse(text[:end])
        begun = [d for d in whole if d.span.start < end]
        assert parsed.tree.declarations[: len(begun) - 1] == tuple(begun[:-1])
        assert len(parsed.diagnostics) <= 2


@given(st.lists(SIMPLE_STEPS, min_size=3, max_size=5), st.integers(0, 4), st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_broken_line_never_costs_its_neighbours(
    steps: list[tree.Step], broken: int, data: st.DataObject
) -> None:
    """Whatever happens inside one line, the steps above and below it read as before."""
    broken %= len(steps)
    texts = [print_statement(step, 1) for step in steps]
    line = data.draw(
        st.sampled_from(["wiat 2 days", "send", "if", "?", "exit exit", "wait 2 mins"])
    )
    texts[broken] = f"  {line}\n"
    parsed = parse("flow a:\n" + "".join(texts))
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    assert len(parsed.diagnostics) == 1
    readable = [step for step in flow.steps.steps if not isinstance(step, tree.Unreadable)]
    assert readable == [step for n, step in enumerate(steps) if n != broken]


@given(files(), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_edit_breaks_the_parser(file: tree.File, data: st.DataObject) -> None:
    """Cut or insert anything anywhere: there is a tree, and every place lies in the text."""
    text = print_file(file)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 9))
        new = data.draw(
            st.sampled_from(["", "(", "]", '"', ":", "\n", "  ", "\t", "else:", "#", "é"])
        )
        text = text[:at] + new + text[at + cut :]
    parsed = parse(text)
    print_file(parsed.tree)
    for one in parsed.diagnostics:
        assert 0 <= one.span.start <= one.span.end <= len(text)
        assert text[: one.span.start].count("\n") + 1 == one.span.line
