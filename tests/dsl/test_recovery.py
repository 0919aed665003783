"""One broken statement costs one diagnostic and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl import tree
from dsl.parsing.parser import Parsed, parse
from dsl.printing.printer import print_file, print_statement
from dsl.project import project_of
from tests.harness.strategies import SIMPLE_STEPS, files

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


def test_a_broken_if_keeps_its_branches() -> None:
    """Below an `if` that cannot be read every step is read, those of its `else` lines too."""
    parsed = parse(
        "flow a:\n  wait 1 day\n  if cart.value >:\n    exit\n  else if x is 3:\n    exit\n"
        "  # why\n  else:\n    send email x\n  exit\n"
    )
    assert codes(parsed) == [("syntax", 3)]
    assert kinds(parsed) == ["Wait", "UnreadableHead", "Exit"]
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    broken = flow.steps.steps[1]
    assert isinstance(broken, tree.UnreadableHead)
    assert broken.text == "if cart.value >:"
    assert broken.block == tree.Block((tree.Exit(),))
    assert [type(one).__name__ for one in broken.others] == ["ElseIf"]
    assert broken.otherwise is not None
    assert broken.otherwise.lead == ("why",)


def test_a_broken_else_if_leaves_the_if_readable() -> None:
    """What stands above a broken branch keeps its meaning, and what stands below it is read."""
    parsed = parse(
        "flow a:\n  if x is 3:\n    exit\n  else if x is:\n    exit\n  else:\n    exit\n"
    )
    assert codes(parsed) == [("syntax", 4)]
    assert kinds(parsed) == ["If", "UnreadableHead"]


HEADS = (
    "if cart.value >:",
    "if a is 3",
    "fi a is 3:",
    "repeat three times:",
    "wait up to 2 dys for purchase:",
    "wait up to 2 days for:",
    "if a is 3 {",
)
ARMS = {
    "switch customer country:": ('case "DE":', 'case "AT", "CH":'),
    "swtich customer.country:": ('case "DE":', "case 3:"),
    "experiment Big:": ("50% as a:", "20% as b:"),
    "wait up 2 days:": ("for purchase:", "for ping:"),
    "wait up to 2 days": ("for purchase:", "for ping or purchase:"),
}


@pytest.mark.parametrize("head", HEADS)
def test_steps_below_a_broken_line_are_read_and_drawn(head: str) -> None:
    """A bad line hides none of the steps below it: they stand in the graph, with their `else`."""
    text = (
        f"flow a:\n  enter manually\n\n  {head}  # why\n    wait 1 day\n    send email x\n"
        "  else:\n    send email y\n  exit\n"
    )
    parsed = parse(text)
    assert len(parsed.diagnostics) == 1
    graph = project_of(text).graphs["a"]
    assert [node.kind for node in graph.nodes] == [
        "entry", "unreadable", "wait", "send", "send", "exit", "end"
    ]  # fmt: skip
    assert print_file(parsed.tree) == text


@pytest.mark.parametrize("head", ARMS)
def test_arms_below_a_broken_line_are_read_and_drawn(head: str) -> None:
    """One diagnostic for a `switch`, an experiment or a `wait`, none for the arms that lost it."""
    one, other = ARMS[head]
    text = (
        f"flow a:\n  enter manually\n\n  {head}\n    {one}\n      send email x\n    {other}\n"
        "      send email y\n    else:\n      exit\n  exit\n"
    )
    parsed = parse(text)
    assert len(parsed.diagnostics) == 1
    graph = project_of(text).graphs["a"]
    ways = {edge.target: edge.label for edge in graph.edges if edge.source == graph.nodes[1].id}
    assert set(ways) == {"send_x", "send_y", "exit"}
    assert ways["exit"] == "otherwise"
    assert print_file(parsed.tree) == text


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("flow a", "a"),
        ('flow a "A:', "a"),
        ("flow a b:", "a"),
        ("Flow a:", "a"),
        ("flwo a:", "a"),
        ("flow a “A”:", "a"),
        ("flow Abandoned-Cart:", "abandoned_cart"),
        ('flow "Win back":', "win_back"),
        ("flow cart:", "cart"),
        ('flow a "A";', "a"),
        ("  flow a:", "a"),
    ],
)
def test_a_flow_whose_own_line_is_broken_has_a_graph(head: str, name: str) -> None:
    """Whatever is wrong with the `flow` line, its steps are read, checked and drawn."""
    text = f"{head}\n    enter when purchase\n\n    wait 1 day\n    exit\n"
    assert len(parse(text).diagnostics) == 1
    assert [node.kind for node in project_of(text).graphs[name].nodes] == [
        "entry", "wait", "exit", "end"
    ]  # fmt: skip


def test_a_flow_that_is_not_indented_is_one_error() -> None:
    """Lines that nobody indented belong to the flow above them, and that is said once."""
    text = (
        "flow x:\nenter when purchase\n\nwait 1 day\nif cart.value > 3:\nsend email a\nelse:\n"
        "send email b\n\nflow y:\n  enter manually\n\n  exit\n"
    )
    (fault,) = parse(text).diagnostics
    assert (fault.code, fault.span.line) == ("missing-block", 1)
    assert "not indented" in fault.message
    project = project_of(text)
    assert sum(node.kind == "send" for node in project.graphs["x"].nodes) == 2
    assert set(project.graphs) == {"x", "y"}


def test_a_file_indented_as_a_whole_is_one_error() -> None:
    """The first line that stands too deep is told; what stands beside it is no second fault."""
    text = (
        "  flow x:\n    enter manually\n\n    exit\n\n  flow y:\n    enter manually\n\n    exit\n"
    )
    assert codes(parse(text)) == [("unexpected-indent", 1)]


@given(files(), st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_broken_text_prints_as_it_stands(file: tree.File, data: st.DataObject) -> None:
    """A file with broken lines, printed and read again, is the same tree with the same faults."""
    rows = print_file(file).split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        n = data.draw(st.integers(0, len(rows) - 1))
        if rows[n].strip() and not rows[n].lstrip().startswith("#") and '"' not in rows[n]:
            rows[n] = rows[n].replace(" is ", " si ").replace("wait", "wiat").replace(":", " :)", 1)
    once = print_file(parse("\n".join(rows)).tree)
    again = parse(once)
    assert print_file(again.tree) == once


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
    assert [type(case).__name__ for case in switch.cases] == ["UnreadableHead", "Case"]
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


@pytest.mark.parametrize("word", ["event", "flow", "test", "coupon", "send", "enter", "customer"])
def test_a_condition_behind_a_group_may_begin_with_any_word(word: str) -> None:
    """`event.value > 3` behind an `any of:` is a condition; the words of others lie further out."""
    lines = ("any of:", "  x is 1", f"{word}.value > 3", "none of:", "  all of:", "    x > 1")
    text = "\n".join(
        [
            "segment s:",
            *(f"  {row}" for row in lines),
            "event ping",
            "flow f:",
            "  enter manually",
            "  only if:",
            *(f"    {row}" for row in (*lines, f"{word}.value > 4")),
            "  exit",
        ]
    )
    parsed = parse(text)
    assert parsed.diagnostics == ()
    segment, event, *_ = parsed.tree.declarations
    assert isinstance(segment, tree.Segment)
    assert len(segment.block.lines) == 3
    assert isinstance(event, tree.Event)
