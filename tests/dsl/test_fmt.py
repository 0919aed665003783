"""`headrace fmt`: mends what is style, keeps what the author decided."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dsl import tree
from dsl.cli import register
from dsl.parsing.parser import parse
from dsl.printing.formatting import format_text
from dsl.printing.printer import print_condition, print_happening, print_step_head, print_value
from dsl.project import load_project

UGLY = """\
# The welcome series.
flow welcome  "Welcome":
    enter   when subscribe    # at consent
    re-enter never


    send email else sms   welcome_1 as  first   # hello
    # two days of silence
    wait 2 day
    call crm (
        a: 1,   # the first
        b: (2 + 3) * 4,
    )
    if (cart.value >= 20) and (not (cart is empty)):
        exit
    else:
        exit "no"
        # nothing else
"""

PRETTY = """\
# The welcome series.
flow welcome "Welcome":
  enter when subscribe  # at consent
  re-enter never

  send email else sms welcome_1 as first  # hello
  # two days of silence
  wait 2 days
  call crm (
    a: 1,  # the first
    b: (2 + 3) * 4,
  )
  if cart.value >= 20 and not cart is empty:
    exit
  else:
    exit "no"
    # nothing else
"""


def run(*arguments: str) -> tuple[int, str, str]:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    register(app)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_style_is_mended() -> None:
    """Blanks, indentation and needless parentheses go; comments and line breaks stay."""
    assert format_text(UGLY).text == PRETTY
    assert format_text(PRETTY).text == PRETTY


def test_tabs_and_a_byte_order_mark_are_mended() -> None:
    """A file indented with tabs becomes one indented with blanks."""
    formatted = format_text("\ufeffflow x:\n\tif a is 3:\n\t\texit\n\texit\n")
    assert formatted.text == "flow x:\n  if a is 3:\n    exit\n  exit\n"
    assert formatted.diagnostics == ()


def test_a_file_with_errors_is_left_alone() -> None:
    """Nothing is moved in a file that cannot be read as a whole."""
    text = "flow x:\n    wiat 2 days\n"
    formatted = format_text(text)
    assert formatted.text == text
    assert [d.code for d in formatted.diagnostics] == ["unknown-word"]


def test_fmt_writes_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    """Formatting a folder changes what needs it; a second time nothing does."""
    ugly, pretty = tmp_path / "ugly.flow", tmp_path / "deep" / "pretty.flow"
    pretty.parent.mkdir()
    ugly.write_text(UGLY, encoding="utf-8")
    pretty.write_text(PRETTY, encoding="utf-8")
    untouched = pretty.stat().st_mtime_ns
    assert run("fmt", str(tmp_path), "--check")[0] == 1
    assert ugly.read_text(encoding="utf-8") == UGLY
    assert run("fmt", str(tmp_path))[0] == 0
    assert ugly.read_text(encoding="utf-8") == PRETTY
    assert pretty.stat().st_mtime_ns == untouched
    assert run("fmt", str(tmp_path), "--check")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "ugly.flow"]


def test_diff_shows_and_changes_nothing(tmp_path: Path) -> None:
    """`--diff` shows the lines that would change."""
    path = tmp_path / "ugly.flow"
    path.write_text(UGLY, encoding="utf-8")
    code, out, _ = run("fmt", str(path), "--diff")
    assert code == 1
    assert "-    re-enter never" in out
    assert "+  re-enter never" in out
    assert path.read_text(encoding="utf-8") == UGLY


def test_fmt_reports_errors_and_formats_the_rest(tmp_path: Path) -> None:
    """One broken file does not keep the others from being formatted."""
    (tmp_path / "a.flow").write_text("flow x:\n   wiat\n", encoding="utf-8")
    (tmp_path / "b.flow").write_text("flow x:\n   exit\n", encoding="utf-8")
    code, _, err = run("fmt", str(tmp_path))
    assert code == 1
    assert "a.flow:2:4" in err
    assert (tmp_path / "b.flow").read_text(encoding="utf-8") == "flow x:\n  exit\n"


def test_fmt_prints_one_json_document(tmp_path: Path) -> None:
    """Scripts read which files changed and what was wrong."""
    (tmp_path / "a.flow").write_text("flow x:\n   wiat\n", encoding="utf-8")
    (tmp_path / "b.flow").write_text("flow x:\n   exit\n", encoding="utf-8")
    code, out, _ = run("fmt", str(tmp_path), "--check", "--format", "json")
    document = json.loads(out)
    assert code == 1
    assert document["files"] == 2
    assert document["changed"] == [str(tmp_path / "b.flow")]
    assert [d["line"] for d in document["diagnostics"]] == [2]


def test_a_missing_path_is_wrong_usage(tmp_path: Path) -> None:
    """Asking for what is not there is code 2."""
    code, _, err = run("fmt", str(tmp_path / "nowhere"))
    assert code == 2
    assert "nowhere" in err


@pytest.mark.parametrize(
    "text",
    [
        "a is 1 or b is 2 and not c is 3",
        "(a is 1 or b is 2) and c is 3",
        "not (a is 1 or b is 2)",
        "a - (b - c) < 3 * (d + 1) / 2",
        "customer.created_at < now - 180 days",
        "time since open_email of first with same order_id > (a + 1) days",
        "did ping at most 2 times in last 3 days where (x is 1 and cart has item where y is 2)",
        "count of purchase exactly 1 time since entry >= 4",
        'sum of purchase.value of this product since 2026-01-01 where value > 3 in [1, 2.50, "x"]',
        "customer not in segment vip",
        "cart has item where (price > 3 or price is not set)",
        '"a\\"b\\\\c\\n" is customer.x',
    ],
)
def test_a_condition_prints_as_it_is_best_written(text: str) -> None:
    """Conditions keep their words and have no needless parentheses."""
    parsed = parse(f"flow f:\n  exit if {text}\n")
    assert parsed.diagnostics == ()
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    header = flow.headers[0]
    assert isinstance(header, tree.ExitIf)
    assert print_condition(header.condition) == text


@pytest.mark.parametrize(
    "text",
    [
        "a is 1 or (b is 2 and c is 3)",
        "(a is 1 and b is 2) or c is 3 or (d is 4 and e is 5)",
        "(did purchase where value > 3) and a is 1",
        "not (did not purchase in last 3 days)",
        "did ping where (value > 3) and a is 1",
        "(sum of purchase.value in last 365 days) / 2 > 30",
        "(count of purchase in last 30 days) >= 3",
        "(count of purchase >= 3) or customer in segment vip",
        "(time since purchase) > 3 days",
        "(cart.value + 5) >= (a * 2) + 1",
        "(cart has item where price > 3) and a is 1",
    ],
)
def test_parentheses_that_guide_the_reader_stay(text: str) -> None:
    """What the author put together around a history, a sum or an `and` stays together."""
    for line in (f"exit if {text}", f"enter when ping where ({text})", f"only if {text}"):
        source = f"flow f:\n  {line}\n"
        assert format_text(source).text == source


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("(a is 1)", "a is 1"),
        ("((a is 1 or b is 2))", "a is 1 or b is 2"),
        ("(a) is (3)", "a is 3"),
        ("((did ping))", "(did ping)"),
        ("(a is 1) and (b is 2)", "a is 1 and b is 2"),
    ],
)
def test_parentheses_around_what_is_plain_go(text: str, plain: str) -> None:
    """Around one plain comparison, a value or everything, parentheses tell nobody anything."""
    assert format_text(f"flow f:\n  exit if {text}\n").text == f"flow f:\n  exit if {plain}\n"


BROKEN = """\
flow f:
  enter when purchase where (
    value >= 20  # enough
    and currency in ["EUR", "CHF"]
  )

  # the crew
  if customer.country in [  # German speaking
    "DE",
    # Alps
    "AT", "CH",
  ]:
    track ping (
      kind: "big",
      amount: (1 + 2
        + 3),
    ) as told  # done
  exit
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_line_broken_over_rows_stays_so(ends: str) -> None:
    """Lists, arguments and parentheses keep the rows and the comments that the author gave them."""
    text = BROKEN.replace("\n", ends)
    assert format_text(text).diagnostics == ()
    assert format_text(text).text == text
    ugly = BROKEN.replace("    ", "       ").replace("20  #", "20 #").replace("+ 2", "+   2")
    assert format_text(ugly.replace("\n", ends)).text == text


def test_a_comment_may_stand_between_two_words_that_belong_together() -> None:
    """`in last` and `count of` are read as such over a line end with a comment."""
    text = "flow f:\n  exit if (count  # how often\n    of ping in  # when\n    last 3 days > 2)\n"
    assert format_text(text).diagnostics == ()
    assert format_text(text).text == text


def test_fmt_and_check_take_the_same_files(tmp_path: Path) -> None:
    """Hidden folders and files belong to other tools: neither verb reads them."""
    for name in (".cache/a.flow", ".b.flow", "deep/.c/d.flow", "deep/e.flow"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("flow x:\n   exit\n", encoding="utf-8")
    code, out, _ = run("fmt", str(tmp_path), "--format", "json")
    assert code == 0
    assert json.loads(out)["changed"] == [str(tmp_path / "deep" / "e.flow")]
    assert [file.name for file in load_project(tmp_path).files] == json.loads(out)["changed"]
    assert (tmp_path / ".b.flow").read_text(encoding="utf-8") == "flow x:\n   exit\n"


def test_parts_print_on_one_line() -> None:
    """Drawings and failures can show a step, a value or a happening in its own words."""
    parsed = parse("flow f:\n  wait up to 1 day for purchase where value > 3 as pause:\n    exit\n")
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    wait = flow.steps.steps[0]
    assert isinstance(wait, tree.Wait)
    assert print_step_head(wait) == "wait up to 1 day for purchase where value > 3 as pause"
    assert print_happening(wait.happenings[0]) == "purchase where value > 3"
    assert print_value(tree.Path(("customer", "x"))) == "customer.x"
