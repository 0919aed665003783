"""Every diagnostic has an example; valid projects have none."""

import re
from pathlib import Path

import pytest

from dsl.checks import diagnose
from dsl.checks.__main__ import page
from dsl.project import load_project, project_of

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases" / "diagnostics"
MARK = re.compile(r"### ([a-z0-9-]+)")


@pytest.mark.parametrize("file", sorted(CASES.glob("*.flow")), ids=lambda file: file.stem)
def test_each_mistake_is_found_on_its_line(file: Path) -> None:
    """A mistake is reported on its line, and nothing else is."""
    text = file.read_text("utf-8")
    expected = [
        (line, code) for line, row in enumerate(text.splitlines(), 1) for code in MARK.findall(row)
    ]
    project = project_of(text, file.name)
    assert [(one.span.line, one.code) for one in diagnose(project)] == expected
    assert file.stem in {code for _, code in expected}


def test_every_code_has_an_example() -> None:
    """No diagnostic of the checks goes without an example in the docs."""
    codes = set()
    for file in (ROOT / "dsl" / "checks").glob("*.py"):
        codes |= set(re.findall(r'Problem\(\s*"([a-z-]+)"', file.read_text("utf-8")))
        codes |= set(re.findall(r'Unknown\(\s*"([a-z-]+)"', file.read_text("utf-8")))
    types = (ROOT / "dsl" / "names" / "types.py").read_text("utf-8")
    codes |= set(re.findall(r'Unknown\(\s*"([a-z-]+)"', types))
    assert codes <= {file.stem for file in CASES.glob("*.flow")}


def test_the_list_of_diagnostics_is_fresh() -> None:
    """docs/diagnostics.md shows what the code says today."""
    assert (ROOT / "docs" / "diagnostics.md").read_text("utf-8") == page(CASES)


@pytest.mark.parametrize(
    "folder", ["flows", "tests/cases/projects/bookshop", "tests/cases/projects/semantics"]
)
def test_valid_projects_are_left_in_peace(folder: str) -> None:
    """A valid project gets neither an error nor a warning."""
    assert diagnose(load_project(ROOT / folder)) == ()


def test_a_flow_of_too_many_steps_is_refused() -> None:
    """A flow of more than 2,000 steps is a diagnostic, not a crash."""
    steps = '  add tag "x"\n' * 2_001
    project = project_of(f"flow long:\n  enter manually\n\n{steps}")
    assert [one.code for one in diagnose(project)] == ["too-many-steps"]


def test_one_mistake_does_not_cascade() -> None:
    """An unknown event is one diagnostic, whatever is said of its properties."""
    project = project_of(
        "flow one:\n  enter when bought per order_no\n\n"
        "  if entry.total > 3:\n    send email hello\n"
    )
    assert [one.code for one in diagnose(project)] == ["unknown-event"]
